"""What all layers of neurons have in common, whatever their code."""

from __future__ import annotations

from dataclasses import dataclass

from snnir.ir import Op, Tensor


@dataclass(frozen=True)
class Neuron(Op):
    """A layer of neurons: takes a current, gives spikes. Subclasses say by which rule.

    Attributes:
        threshold: theta, of shape ``[neurons]``.
    """

    threshold: Tensor

    @property
    def neurons(self) -> int:
        """How many they are."""
        return self.threshold.shape[0]
