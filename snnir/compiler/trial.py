"""One setting that was tried: the spiking network, its error and its cost, before all the rest is measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from snnir.analysis import Simulation
from snnir.codes import Converted
from snnir.compiler.options import Options
from snnir.metrics import ConversionErrors, Range, Tried, asked_error, nearness
from snnir.metrics.energy_models import FLOAT32, ModelEnergy


@dataclass(frozen=True)
class Trial:
    """A setting and what it does on points that calibration did not see.

    Attributes:
        options: The setting.
        converted: The spiking network and what it was fitted to.
        ranges: Of its integers.
        simulation: What it gives on these points.
        limit: Errors of what its neurons tend to with ever more steps, as of `conversion_errors`; None where that is
            the analog network.
        latency: Steps from the inputs to the last output, of all layers together.
        neurons_per_unit: On average.
    """

    options: Options
    converted: Converted
    ranges: tuple[Range, ...]
    simulation: Simulation
    limit: ConversionErrors | None
    latency: int
    neurons_per_unit: float

    @property
    def steps(self) -> int:
        """T."""
        assert self.options.steps is not None  # noqa: S101 - it was simulated
        return self.options.steps

    @property
    def error(self) -> float:
        """The error that is compared with the one asked for."""
        return asked_error(self.simulation.errors, self.options.error_of)

    @property
    def limit_error(self) -> float:
        """The same of what the neurons tend to; 0 where that is the analog network."""
        return 0.0 if self.limit is None else asked_error(self.limit, self.options.error_of)

    @property
    def nearness(self) -> tuple[float, float]:
        """A key that orders trials by nearness to a goal: the lower, the nearer."""
        return nearness(self.simulation.errors, self.options.error_of)

    @property
    def energies(self) -> ModelEnergy:
        """Of both networks per inference, by the model that was asked for."""
        return self.simulation.energy_by(self.options.compared_by)

    @property
    def energy(self) -> float:
        """Picojoule per inference, by that model."""
        return self.energies.snn

    def cost(self, prefer: str) -> tuple[float, float]:
        """Return what counts first and second: energy and latency, or the other way round."""
        return (self.energy, float(self.latency)) if prefer == "energy" else (float(self.latency), self.energy)

    def row(self) -> Tried:
        """Return the setting and what it does, as a report has it."""
        return Tried(
            code=self.options.chosen.name,
            neurons_per_unit=self.neurons_per_unit,
            steps=self.steps,
            latency=self.latency,
            rel_l2=self.simulation.errors.rel_l2,
            over_variation=self.simulation.errors.over_variation,
            per_unit=self.simulation.total / self.simulation.units,
            energy=self.energies.ratio,
            energy_model=None if self.options.compared_by is FLOAT32 else self.options.energy_model,
        )


def cheapest(tried: Sequence[Trial], goal: float, prefer: str) -> Tried | None:
    """Return the row of the cheapest setting that has an error; None where none has."""
    reaching = [each for each in tried if each.error <= goal]
    return min(reaching, key=lambda each: each.cost(prefer)).row() if reaching else None
