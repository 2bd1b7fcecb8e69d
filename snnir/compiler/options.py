"""What a user may ask of a compile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import InitVar, dataclass

from snnir.codes import Code, steps_findings
from snnir.compiler.choice import Choice, meant, whole
from snnir.errors import Diagnostic, UsageError, did_you_mean
from snnir.metrics import ERRORS_OF
from snnir.metrics.energy_models import FLOAT32, MODELS, EnergyModel
from snnir.passes import CALIBRATIONS, Calibration
from snnir.registry import backend_for
from snnir.target import FORMS, Form, Target

TIME_LIMIT = 60.0
"""Seconds of processor time for choosing a setting."""
PREFERENCES = ("energy", "latency")


@dataclass(frozen=True)
class Options:
    """What a user may ask for; checked when made.

    Attributes:
        target: Name of the target.
        code: How units travel as spikes: an object, the name of a code, or ``auto`` (also if empty), the cheapest that
            reaches `error`. Made, it is a code or a choice of codes.
        steps: T, in the radix code the digits of every layer; None searches for the fewest that reach `error`.
        error: Conversion error that must be reached; None takes the nearest to `DEFAULT_ERROR`.
        error_of: What that is of: ``both``, the larger of relative L2 and of error over variation, or ``norm``,
            relative L2; see `snnir.analysis.asked_error`.
        calibration: How weights are fitted; the sigma-delta code has none, and takes ``least-squares`` for none.
        prefer: What decides among settings that reach the error: ``energy`` or ``latency``.
        seed: Of everything random; the same seed gives the same bytes.
        reader: Program that will load the file; None for a target as it is.
        form: Of the file: ``portable``, or ``exact``, which encodes reset by subtraction in primitives of its format.
        legacy: Write the file for old readers, without what they do not support.
        time_limit: Processor seconds for choosing a setting.
        energy_model: By which energies of settings are compared, one of `snnir.metrics.energy_models.MODELS`.
        code_options: Options of the code by name, see `snnir.codes.options_of`; not kept apart from it.
    """

    target: str = "nir"
    code: str | Code | Choice = ""
    steps: int | None = None
    error: float | None = None
    calibration: Calibration = "least-squares"
    seed: int = 0
    reader: str | None = None
    prefer: str = "energy"
    form: Form = "portable"
    legacy: bool = False
    error_of: str = "both"
    time_limit: float = TIME_LIMIT
    energy_model: str = FLOAT32.name
    code_options: InitVar[Mapping[str, object] | None] = None

    @property
    def place(self) -> Target:
        """The target, with the reader that was asked for.

        Raises:
            UsageError: There is no such target or reader, or it cannot run the form.
        """
        return backend_for(self.target).target.with_reader(self.reader, self.form)

    @property
    def candidates(self) -> tuple[Code, ...]:
        """The code, or those among which a search chooses; none where the name was wrong."""
        if isinstance(self.code, Choice):
            return self.code.among
        return () if isinstance(self.code, str) else (self.code,)

    @property
    def chosen(self) -> Code:
        """The code.

        Raises:
            RuntimeError: It is still to be chosen.
        """
        if not isinstance(self.code, Code):
            raise RuntimeError("no code was chosen yet")  # noqa: TRY004 - a matter of order, not of type
        return self.code

    @property
    def compared_by(self) -> EnergyModel:
        """The model by which energies are compared."""
        return MODELS[self.energy_model]

    def __post_init__(self, code_options: Mapping[str, object] | None) -> None:
        """Raise a UsageError with everything that is wrong; integers of NumPy become Python's."""
        for name in ("steps", "seed"):
            object.__setattr__(self, name, whole(name, getattr(self, name)))
        findings = list[Diagnostic]()
        try:
            _ = self.place
        except UsageError as error:
            findings += error.diagnostics
        try:
            object.__setattr__(self, "code", meant(self.code, code_options or {}))
        except UsageError as error:
            findings += error.diagnostics
        findings += _misfits(self)
        if self.error is not None and not 0 < self.error < 1:
            hint = "give a relative error between 0 and 1, e.g. 1e-2"
            findings.append(Diagnostic("bad-error", f"{self.error:g} is no error to aim for", "`error`", hint))
        if self.calibration not in CALIBRATIONS:
            hint = did_you_mean(self.calibration, CALIBRATIONS)
            findings.append(
                Diagnostic(
                    "unknown-calibration", f"there is no calibration {self.calibration!r}", "`calibration`", hint
                )
            )
        if not self.time_limit > 0:
            hint = f"give seconds, e.g. {TIME_LIMIT:g}"
            findings.append(
                Diagnostic("bad-time-limit", f"{self.time_limit:g} s are no time to search in", "`time_limit`", hint)
            )
        if self.seed < 0:
            findings.append(Diagnostic("bad-seed", "a seed is not negative", "`seed`"))
        if findings:
            raise UsageError(findings)


def _misfits(options: Options) -> Iterator[Diagnostic]:
    """Yield what does not go with the code, and words that mean nothing."""
    if not options.candidates:
        yield from steps_findings(options.steps)
    elif all(tuple(each.check(options)) for each in options.candidates):
        yield from max(options.candidates, key=lambda each: each.max_steps).check(options)
    if options.form not in FORMS:
        hint = did_you_mean(options.form, FORMS)
        yield Diagnostic("unknown-form", f"there is no form {options.form!r}", "`form`", hint)
    if options.prefer not in PREFERENCES:
        hint = did_you_mean(options.prefer, PREFERENCES)
        yield Diagnostic("unknown-preference", f"{options.prefer!r} is nothing to prefer", "`prefer`", hint)
    if options.error_of not in ERRORS_OF:
        hint = did_you_mean(options.error_of, ERRORS_OF)
        yield Diagnostic("unknown-error", f"there is no error of {options.error_of!r}", "`error_of`", hint)
    if options.energy_model not in MODELS:
        hint = did_you_mean(options.energy_model, MODELS)
        message = f"there is no energy model {options.energy_model!r}"
        yield Diagnostic("unknown-energy-model", message, "`energy_model`", hint)
