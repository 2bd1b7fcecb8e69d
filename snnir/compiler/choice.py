"""Which codes are meant: an object, a name with options, or all that can be searched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, SupportsIndex

from snnir.codes import Code, Option, defaults_of, given, options_of
from snnir.errors import Diagnostic, UsageError, usage_error
from snnir.metrics import Argument
from snnir.registry import AUTO, code_class, codes


@dataclass(frozen=True)
class Choice:
    """Codes among which a search chooses.

    Attributes:
        among: Those that are tried, the most promising ones first.
    """

    among: tuple[Code, ...]

    @property
    def name(self) -> str:
        """What ``code`` takes."""
        return AUTO


def meant(code: str | Code | Choice, values: Mapping[str, object]) -> Code | Choice:
    """Return the code that is meant, or the choice of codes.

    Args:
        code: An object, the name of a code, ``auto``, or empty: that is ``auto``, too, unless an option settles it.
        values: Options by name; those that are None or as they are anyway count as not given.

    Raises:
        UsageError: There is no such code, or it has no such option; all findings at once.
        TypeError: No code has such an option.
    """
    if isinstance(code, Choice):
        return code
    known = all_options()
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise TypeError(f"no code has an option {unknown[0]!r}")
    wanted = {name: _whole(name, value, known[name]) for name, value in values.items()}
    if isinstance(code, Code):
        return _with(code, given(wanted, type(code)))
    settled = code or _settled(wanted)
    return searched(wanted) if settled == AUTO else _with(code_class(settled)(), wanted)


def searched(values: Mapping[str, object]) -> Choice:
    """Return the codes that a search may choose, with options that narrow them down.

    Raises:
        UsageError: An option needs a code that is named, or no code has them all.
    """
    classes = [found for name in codes() if (found := code_class(name))().ladder() is not None]
    findings: list[Diagnostic] = []
    for name, value in values.items():
        having = [each for each in classes if name in options_of(each)]
        if value in (None, all_defaults()[name]):
            continue
        option = all_options()[name]
        if option.narrows:
            classes = having
        else:
            findings.append(_lacking(name, option, AUTO))
    if findings:
        raise UsageError(findings)
    if not classes:
        raise usage_error("no-code", "no code has all of these options", "`code`", "leave some of them out")
    made = [each(**{name: value for name, value in values.items() if name in options_of(each)}) for each in classes]
    return Choice(tuple(sorted(made, key=_rank)))


def all_options() -> dict[str, Option]:
    """Return the options of all codes, by name."""
    return {name: option for each in reversed(codes()) for name, option in options_of(code_class(each)).items()}


def all_defaults() -> dict[str, Argument]:
    """Return what the options of all codes are where they are not given."""
    return {name: value for each in reversed(codes()) for name, value in defaults_of(code_class(each)).items()}


def checked(code: Code) -> Code:
    """Return a code whose integers are Python's.

    Raises:
        UsageError: One is no integer; code ``bad-number``.
    """
    options = options_of(code)
    return replace(code, **{name: _whole(name, getattr(code, name), each) for name, each in options.items()})


def _rank(code: Code) -> int:
    ladder = code.ladder()
    return 0 if ladder is None else ladder.rank


def _settled(values: Mapping[str, object]) -> str:
    """Return the name of the code that options settle; ``auto`` where none does."""
    known, defaults = all_options(), all_defaults()
    for name, value in values.items():
        if known[name].settles and value != defaults[name]:
            return next(each for each in codes() if name in options_of(code_class(each)))
    return AUTO


def _with(code: Code, values: Mapping[str, object]) -> Code:
    """Return a code with options.

    Raises:
        UsageError: It does not have some of them; all findings at once.
    """
    findings = list(_not_in(code, values))
    if findings:
        raise UsageError(findings)
    return checked(replace(code, **{name: value for name, value in values.items() if name in options_of(code)}))


def _not_in(code: Code, values: Mapping[str, object]) -> Iterator[Diagnostic]:
    defaults = all_defaults()
    for name, value in values.items():
        if name not in options_of(code) and value not in (None, defaults[name]):
            yield _lacking(name, all_options()[name], code.name)


def _lacking(name: str, option: Option, code: str) -> Diagnostic:
    where = f"`{name}`" if option.help else name
    return Diagnostic(option.finding, option.lacking.format(code=code), where, option.hint)


def _whole(name: str, value: Any, option: Option) -> Any:
    """Return a value; an integer of NumPy as Python's.

    Raises:
        UsageError: It should be an integer and is none; code ``bad-number``.
    """
    return whole(name, value) if option.kind is int else value


def whole(name: str, value: Any) -> int | None:
    """Return an integer as Python's, None as None.

    Raises:
        UsageError: It is no integer; code ``bad-number``.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        where = f"--{name.replace('_', '-')}"
        raise usage_error("bad-number", f"{name} is {value!r}, which is no integer", where)
    return value.__index__()
