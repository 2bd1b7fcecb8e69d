"""The paper's plain networks on Loihi 1 as SANA-FE simulates it: `python -m examples.paper.chip [--measure]`.

With `--measure` it compiles Poisson and Burgers for target `sana-fe`, runs the emitted programs on 64 points that
calibration did not see, compares every spike with the reference simulator, and writes what came out to `chip.json`.
That needs SANA-FE, in an interpreter named by SNNIR_SANAFE_PYTHON (`tests/sanafe/environment.sh` makes one), and takes
six minutes. Without it the table of `chip.json` is printed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

import snnir
from snnir.compiler import verify_file

from . import PROBLEMS
from .markdown import small, table
from .shipped import model_path

MEASURED = Path(__file__).with_name("chip.json")


@dataclass(frozen=True)
class Case:
    """A setting.

    Attributes:
        code: Name of the code.
        per_unit: K.
        steps: T, or digits.
        reader: ``hard`` for neurons that reset to 0.
    """

    code: str
    per_unit: int
    steps: int
    reader: str | None = None

    @property
    def words(self) -> str:
        """In short."""
        reset = ", reset to 0" if self.reader else ""
        return f"{self.code}{reset}, K = {self.per_unit}, {'b' if self.code == 'phase' else 'T'} = {self.steps}"


CASES = (
    Case("population", 4, 16),
    Case("population", 4, 32, "hard"),
    Case("phase", 2, 7),
    Case("phase", 4, 6),
)


def measure(network: str, case: Case) -> dict[str, Any]:
    """Return a row: what a setting costs, how good it is, and whether its spikes are those of the simulator."""
    problem = PROBLEMS[network]
    options: dict[str, Any] = {"code": case.code, "neurons_per_unit": case.per_unit, "steps": case.steps}
    graph = snnir.load(model_path(network))
    compiled = snnir.compile(graph, target="sana-fe", domain=problem.domain, reader=case.reader, **options)
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{network}.py"
        compiled.save(file)
        verified = verify_file(file).report
    (part,) = verified.sections[0]["parts"]
    return {
        "network": network,
        "case": asdict(case),
        "rel_l2": compiled.rel_l2,
        "per_unit_spikes": compiled.report.spikes.per_unit,
        "arithmetic": compiled.report.energy_pj.ratio,
        "points": max(verified.points.values()),
        "sent": verified.spikes.sent,
        "different": verified.spikes.different,
        "chip": part,
    }


def load() -> list[dict[str, Any]]:
    """Return what was measured."""
    found: list[dict[str, Any]] = json.loads(MEASURED.read_text(encoding="utf-8"))
    return found


def chip_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Energy and latency of every setting, as Markdown."""
    header = (
        *("network", "setting", "error", "spikes per unit", "energy", "synapses", "somas", "network on chip"),
        *("latency", "cores", "spikes that differ"),
    )
    return table(header, map(_cells, rows))


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    chip = row["chip"]
    energy = (f"{chip['energy_pj'][kind] / 1e6:.3g} uJ" for kind in ("total", "synapse", "soma", "network"))
    costs = (*energy, f"{chip['latency_us']:.0f} us", str(chip["cores"]))
    measured = (small(row["rel_l2"]), f"{row['per_unit_spikes']:.2f}")
    differ = f"{row['different']} of {row['sent']:,}"
    return (row["network"].capitalize(), Case(**row["case"]).words, *measured, *costs, differ)


@click.command()
@click.option("--measure", "again", is_flag=True, help="Measure again, which needs SANA-FE.")
def main(*, again: bool) -> None:
    """Print energy and latency of an inference on the simulated chip."""
    if again:
        rows = [measure(network, case) for network in ("poisson", "burgers") for case in CASES]
        MEASURED.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    click.echo(chip_table(load()))


if __name__ == "__main__":
    main()
