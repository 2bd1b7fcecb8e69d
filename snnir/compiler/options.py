"""What a user may ask of a compile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, SupportsIndex

from snnir.codes import CODES, MAX_DIGITS, MAX_PER_UNIT
from snnir.errors import Diagnostic, UsageError, did_you_mean, usage_error
from snnir.metrics import ERRORS_OF
from snnir.passes import CALIBRATIONS, Calibration, Thresholds
from snnir.registry import backend_for
from snnir.target import FORMS, Form, Target

TIME_LIMIT = 60.0
"""Seconds of processor time for choosing a setting."""
MAX_STEPS = 1 << 16
PER_UNIT = "--neurons-per-unit"
PRODUCTS = ("host", "spikes")
PREFERENCES = ("energy", "latency")


@dataclass(frozen=True)
class Options:
    """What a user may ask for; checked when made.

    Attributes:
        target: Name of the target.
        code: How units travel as spikes; if empty it becomes ``auto``, the cheapest that reaches `error`; or ``rate``
            where something else is given that only this code has.
        steps: T, in the radix code the digits of every layer; None searches for the fewest that reach `error`.
        error: Conversion error that must be reached; None takes the nearest to `DEFAULT_ERROR`.
        error_of: What that is of: ``both``, the larger of relative L2 and of error over variation, or ``norm``,
            relative L2; see `snnir.analysis.asked_error`.
        calibration: How weights are fitted; the sigma-delta code has none, and takes ``least-squares`` for none.
        thresholds: How thresholds are scaled; None takes what suits the calibration.
        normalise: Scale all thresholds to 1.
        neurons_per_unit: K, of the population code; None takes what suits the code.
        products: Where signals are multiplied between layers: on the ``host``, or as squares of sums in ``spikes``.
        pipelined: Layers of the radix code start while digits still arrive.
        prefer: What decides among settings that reach the error: ``energy`` or ``latency``.
        seed: Of everything random; the same seed gives the same bytes.
        reader: Program that will load the file; None for a target as it is.
        form: Of the file: ``portable``, or ``exact``, which says reset by subtraction by the letter of its format.
        legacy: Write the file for old readers, without what they do not know.
    """

    target: str = "nir"
    code: str = ""
    steps: int | None = None
    error: float | None = None
    calibration: Calibration = "least-squares"
    thresholds: Thresholds | None = None
    normalise: bool = True
    seed: int = 0
    reader: str | None = None
    neurons_per_unit: int | None = None
    products: str = "host"
    pipelined: bool = False
    prefer: str = "energy"
    form: Form = "portable"
    legacy: bool = False
    error_of: str = "both"
    time_limit: float = TIME_LIMIT

    @property
    def place(self) -> Target:
        """The target, with the reader that was asked for.

        Raises:
            UsageError: There is no such target or reader, or it cannot run the form.
        """
        return backend_for(self.target).target.with_reader(self.reader, self.form)

    def __post_init__(self) -> None:
        """Raise a UsageError with everything that is wrong; integers of NumPy become Python's."""
        for name in ("steps", "seed", "neurons_per_unit"):
            value: Any = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, SupportsIndex)):
                option = f"--{name.replace('_', '-')}"
                raise usage_error("bad-number", f"{name} is {value!r}, which is no integer", option)
            object.__setattr__(self, name, value if value is None else value.__index__())
        findings = list[Diagnostic]()
        try:
            _ = self.place
        except UsageError as error:
            findings += error.diagnostics
        if not self.code:
            object.__setattr__(self, "code", "auto" if self.thresholds is None and self.normalise else "rate")
        findings += _misfits(self)
        if self.error is not None and not 0 < self.error < 1:
            hint = "give a relative error between 0 and 1, e.g. 1e-2"
            findings.append(Diagnostic("bad-error", f"{self.error:g} is no error to aim for", "--error", hint))
        if self.calibration not in CALIBRATIONS:
            hint = did_you_mean(self.calibration, CALIBRATIONS)
            findings.append(
                Diagnostic(
                    "unknown-calibration", f"there is no calibration {self.calibration!r}", "--calibration", hint
                )
            )
        if not self.time_limit > 0:
            hint = f"give seconds, e.g. {TIME_LIMIT:g}"
            findings.append(
                Diagnostic("bad-time-limit", f"{self.time_limit:g} s are no time to search in", "--time-limit", hint)
            )
        if self.seed < 0:
            findings.append(Diagnostic("bad-seed", "a seed is not negative", "--seed"))
        if findings:
            raise UsageError(findings)


def _misfits(options: Options) -> Iterator[Diagnostic]:
    """Yield what does not go with the code, and words that mean nothing."""
    if options.code not in {*CODES, "auto"}:
        yield _unknown_code(options.code)
    most, such = (MAX_DIGITS, 14) if options.code == "radix" else (MAX_STEPS, 32)
    if options.steps is not None and not 1 <= options.steps <= most:
        message = f"{options.steps} time steps are not possible"
        yield Diagnostic("bad-steps", message, "--steps", f"choose 1 to {most}, e.g. {such}")
    if options.form not in FORMS:
        hint = did_you_mean(options.form, FORMS)
        yield Diagnostic("unknown-form", f"there is no form {options.form!r}", "--form", hint)
    yield from _stream_misfits(options) if options.code == "sigma-delta" else _neuron_misfits(options)
    if options.prefer not in PREFERENCES:
        hint = did_you_mean(options.prefer, PREFERENCES)
        yield Diagnostic("unknown-preference", f"{options.prefer!r} is nothing to prefer", "--prefer", hint)
    if options.error_of not in ERRORS_OF:
        hint = did_you_mean(options.error_of, ERRORS_OF)
        yield Diagnostic("unknown-error", f"there is no error of {options.error_of!r}", "--error-of", hint)
    if options.products not in PRODUCTS:
        hint = did_you_mean(options.products, PRODUCTS)
        yield Diagnostic("unknown-products", f"products are not taken in {options.products!r}", "--products", hint)
    elif options.products == "spikes" and options.code not in {"population", "auto"}:
        hint = "use --code population, or leave products on the host"
        yield Diagnostic(
            "unknown-products", f"the {options.code} code cannot compute squares of sums", "--products", hint
        )
    if options.pipelined and options.code != "radix":
        message = "layers of all codes but radix work side by side anyway"
        yield Diagnostic("bad-pipelined", message, "--pipelined", "leave it out, or use --code radix")


def _neuron_misfits(options: Options) -> Iterator[Diagnostic]:
    """Yield what of neurons per unit and thresholds does not go with a code of spikes."""
    count = options.neurons_per_unit
    if count is not None and not 1 <= count <= MAX_PER_UNIT:
        hint = f"choose 1 to {MAX_PER_UNIT}, e.g. 8"
        yield Diagnostic("bad-neurons-per-unit", f"{count} neurons per unit are not possible", PER_UNIT, hint)
    elif count is not None and options.code not in {"population", "auto"}:
        hint = "leave it out, or use --code population"
        yield Diagnostic("bad-neurons-per-unit", f"the {options.code} code has one neuron per unit", PER_UNIT, hint)
    if options.thresholds is not None and options.code == "population":
        message = "the population code places its neurons by itself, with thresholds of 1"
        yield Diagnostic("bad-thresholds", message, "thresholds", "leave them out, or use the rate code")
    if options.thresholds is not None and options.code == "radix":
        message = "neurons of the radix code have no thresholds of their own"
        yield Diagnostic("bad-thresholds", message, "thresholds", "leave them out, or use the rate code")


def _stream_misfits(options: Options) -> Iterator[Diagnostic]:
    """Yield what does not go with the sigma-delta code."""
    if options.steps not in {None, 1}:
        message = "the sigma-delta code takes one step for every point of a stream"
        yield Diagnostic("bad-steps", message, "--steps", "leave it out; the stream is as long as it has points")
    if options.neurons_per_unit is not None:
        message = "the sigma-delta code has one neuron per unit"
        yield Diagnostic("bad-neurons-per-unit", message, PER_UNIT, "leave it out, or use --code population")
    if options.calibration in {"light", "advanced"}:
        message = "the neurons of the sigma-delta code compute f itself: there is nothing to calibrate"
        yield Diagnostic("bad-calibration", message, "--calibration", "leave it out; --error sets the thresholds")
    if options.thresholds is not None:
        message = "the sigma-delta code sets its thresholds from the error that is asked for"
        yield Diagnostic("bad-thresholds", message, "thresholds", "leave them out; error sets them")


def _unknown_code(code: str) -> Diagnostic:
    return Diagnostic("unknown-code", f"there is no code {code!r}", "--code", did_you_mean(code, (*CODES, "auto")))
