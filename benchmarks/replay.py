"""What every combination of code, target, reader and form compiles to, as digests: the safety net of a refactoring.

    python -m benchmarks.replay record DIGESTS.json [--quick]     before the first step
    python -m benchmarks.replay compare DIGESTS.json [--quick]    after every step; exit status 1 if anything differs

Compiles two small random networks with every combination of the command line, and the six networks of the paper and
two of `examples/models/fits` with every code on three targets; with `--quick` only the first of the small ones. Of
each compile it keeps a digest of every graph's text, of every emitted file, and of every part of the report; of a
refusal the message. Digests are of bits, so both runs have to be on one machine with the same packages. Parts that a
report has gained are listed and are no difference; versions are left out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner

from examples.fits import table as fits
from examples.paper.shipped import model_path
from snnir.cli.app import cli

from .models import TITLES, shipped_domain
from .networks import tanh_network

CODES: Mapping[str, Sequence[str]] = {
    "rate": ("--code", "rate", "--steps", "16"),
    "rate-light": ("--code", "rate", "--steps", "16", "--calibration", "light"),
    "rate-advanced": ("--code", "rate", "--steps", "16", "--calibration", "advanced"),
    "population": ("--code", "population", "--neurons-per-unit", "2", "--steps", "8"),
    "phase": ("--code", "phase", "--neurons-per-unit", "2", "--steps", "5"),
    "phase-pipelined": ("--code", "phase", "--neurons-per-unit", "2", "--steps", "7", "--pipelined"),
    "first-spike": ("--code", "first-spike", "--neurons-per-unit", "2", "--steps", "8"),
    "radix": ("--code", "radix", "--steps", "8"),
    "radix-pipelined": ("--code", "radix", "--steps", "8", "--pipelined"),
    "radix-none": ("--code", "radix", "--steps", "8", "--calibration", "none"),
    "sigma-delta": ("--code", "sigma-delta", "--error", "3e-2"),
}
"""Options by what a case is called."""
TARGETS = ("numpy", "nir", "lava-float", "loihi1", "loihi2", "sana-fe")
READERS: Mapping[str, Sequence[str]] = {
    "nir": ("spec", "nirtorch", "norse", "spikingjelly", "sinabs", "spyx", "snntorch", "snn-mlir"),
    "lava-float": ("lif",),
    "loihi2": ("lif",),
    "sana-fe": ("hard",),
}
"""Readers are combined with codes that some of them can carry and others refuse."""
READ_CODES = ("population", "rate", "phase", "first-spike")
LARGE_CODES = ("rate", "population", "phase", "radix", "sigma-delta")
LARGE_TARGETS = ("numpy", "nir", "loihi2")
QUICK = "narrow "
"""Begins the names of the cases of a quick run."""
UNSTABLE = {"versions"}
"""Parts of a report that differ between two installations."""


@dataclass(frozen=True)
class Case:
    """One compile.

    Attributes:
        name: Of the case.
        model: The file.
        domain: As the command line takes it.
        options: Further ones.
    """

    name: str
    model: Path
    domain: str
    options: tuple[str, ...]


def domain_text(domain: Mapping[str, tuple[float, float]]) -> str:
    """Return a domain as the command line takes it."""
    return ",".join(f"{name}={low!r}:{high!r}" for name, (low, high) in domain.items())


def small_networks(folder: Path) -> Iterator[tuple[str, Path, str]]:
    """Write the random networks, and yield their names, files and domains."""
    for name, widths in {"narrow": (2, 8, 8, 1), "forked": (3, 6, 6, 6, 2)}.items():
        path = folder / f"{name}.onnx"
        path.write_bytes(tanh_network(widths, [1.2] * (len(widths) - 1), seed=len(widths)).SerializeToString())
        yield name, path, ",".join(f"x{index}=-1:1" for index in range(widths[0]))


def small_cases(folder: Path) -> Iterator[Case]:
    """Yield the combinations for the small networks."""
    for name, path, domain in small_networks(folder):
        for (code, options), target in product(CODES.items(), TARGETS):
            yield Case(f"{name} {code} {target}", path, domain, (*options, "--target", target))
        for target, readers in READERS.items():
            for reader, code, form in product(readers, READ_CODES, ("portable", "exact")):
                place = ("--target", target, "--reader", reader, "--form", form)
                yield Case(f"{name} {code} {target} {reader} {form}", path, domain, (*CODES[code], *place))
        legacy = ("--target", "nir", "--legacy")
        yield Case(f"{name} population nir legacy", path, domain, (*CODES["population"], *legacy))


def large_cases() -> Iterator[Case]:
    """Yield the combinations for the networks that are shipped."""
    networks = [(name, model_path(name), shipped_domain(name)) for name in TITLES]
    networks += [(name, fits.MODELS / f"{name}.onnx", fits.SQUARE) for name in ("silu", "modified_mlp")]
    for (name, path, domain), code, target in product(networks, LARGE_CODES, LARGE_TARGETS):
        yield Case(f"{name} {code} {target}", path, domain_text(domain), (*CODES[code], "--target", target))


def digest(content: bytes) -> str:
    """Return a short SHA-256."""
    return hashlib.sha256(content).hexdigest()[:16]


def outcome(case: Case, folder: Path) -> dict[str, str]:
    """Return the digests of everything that a compile gives, or the message of its refusal."""
    out = folder / "out"
    out.mkdir()
    arguments = ["compile", str(case.model), "--domain", case.domain, *case.options, "-o", str(out)]
    done = CliRunner().invoke(cli, arguments)
    if done.exit_code:
        return {"refused": f"{done.exit_code}: {done.stderr.strip().replace(str(folder), '')}"}
    made = dict[str, str]()
    for path in sorted(out.rglob("*.*")):
        if path.suffix != ".snnir":
            made[path.name] = digest(path.read_bytes())
            continue
        with zipfile.ZipFile(path) as archive:
            texts = [name for name in archive.namelist() if name.endswith(".snn") or name.startswith("arrays/")]
            made |= {name: digest(archive.read(name)) for name in texts}
            report = json.loads(archive.read("report.json"))
        made |= {
            f"report {key}": digest(json.dumps(value, sort_keys=True).encode())
            for key, value in report.items()
            if key not in UNSTABLE
        }
    return made


def outcomes(*, quick: bool) -> Iterator[tuple[str, dict[str, str]]]:
    """Compile all cases and yield their digests by name."""
    with TemporaryDirectory() as made:
        cases = [*small_cases(Path(made)), *large_cases()]
        cases = [case for case in cases if not quick or case.name.startswith(QUICK)]
        for count, case in enumerate(cases, 1):
            if sys.stderr.isatty():
                print(f"\r{count}/{len(cases)} {case.name:60}", end="", file=sys.stderr, flush=True)
            with TemporaryDirectory() as folder:
                yield case.name, outcome(case, Path(folder))


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """Yield what is not as it was, a line each."""
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old != new and not (old is None and key.startswith("report ")):
            yield f"{key}: {old} -> {new}"


def compare(path: Path, *, quick: bool) -> int:
    """Print what differs from recorded digests, case by case, and return how many cases do."""
    before: dict[str, dict[str, str]] = json.loads(path.read_text())
    failed, gained = 0, set[str]()
    for name, found in outcomes(quick=quick):
        known = before.get(name, {})
        gained |= {key for key in found.keys() - known.keys() if key.startswith("report ")}
        lines = sorted(changes(known, found))
        failed += bool(lines)
        if lines:
            print(f"{name}\n  " + "\n  ".join(lines), flush=True)
    print(f"{failed} cases differ; parts that reports have gained: {', '.join(sorted(gained)) or 'none'}")
    return failed


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("record", "compare"))
    parser.add_argument("digests", type=Path, metavar="DIGESTS.json")
    parser.add_argument("--quick", action="store_true", help="the first network only")
    chosen = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if chosen.action == "compare":
        sys.exit(1 if compare(chosen.digests, quick=chosen.quick) else 0)
    chosen.digests.write_text(json.dumps(dict(outcomes(quick=chosen.quick)), indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
