"""NIR's own vocabulary as frozen, typed data: what an emitted file holds, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, final

from snnir.ir import Tensor


@final
@dataclass(frozen=True)
class Port:
    """An ``Input`` or ``Output`` of the file.

    Attributes:
        size: Values per point.
        into: Whether values enter here.
    """

    size: int
    into: bool


@final
@dataclass(frozen=True)
class Affine:
    """``y = W x + b``; NIR's ``Linear`` where there is no b.

    Attributes:
        weight: W, of shape ``[outputs, inputs]``.
        bias: b, of shape ``[outputs]``, or None for a ``Linear``.
    """

    weight: Tensor
    bias: Tensor | None


@final
@dataclass(frozen=True)
class Neurons:
    """``IF``: ``dv/dt = r i``, fires at the threshold, then v is reset.

    All of shape ``[neurons]``, voltages in units of current times steps.

    Attributes:
        r: Resistance; 1 in our files.
        threshold: Fires there.
        reset: v after a spike, as NIR specifies it; 0 in our files, whose metadata ask for subtraction.
        initial: v before the first step, from the node's metadata ``v_init``, or None for zero.
        amplitude: What a spike of the unsplit neuron stands for, from the node's metadata, of shape
            ``[units]``; None in files of others.
    """

    r: Tensor
    threshold: Tensor
    reset: Tensor
    initial: Tensor | None = None
    amplitude: Tensor | None = None


@final
@dataclass(frozen=True)
class Integrator:
    """``I``: ``dv/dt = r i``, and v goes on to who reads it.

    Attributes:
        r: Resistance, of shape ``[neurons]``; 1 in our files.
        amplitude: As of `Neurons`, from the node's metadata; None in files of others.
    """

    r: Tensor
    amplitude: Tensor | None = None


@final
@dataclass(frozen=True)
class LeakyIntegrator:
    """``LI``: ``tau dv/dt = (leak - v) + r i``, and v goes on to who reads it.

    All of shape ``[neurons]``.

    Attributes:
        tau: Time constant in steps; -1 in our files, with which a step of forward Euler doubles v.
        r: Resistance; -1 in our files, so that ``v <- 2 v + i``.
        leak: What v leaks to; 0 in our files.
        amplitude: As of `Neurons`, from the node's metadata; None in files of others.
    """

    tau: Tensor
    r: Tensor
    leak: Tensor
    amplitude: Tensor | None = None


@final
@dataclass(frozen=True)
class LeakyNeurons:
    """``LIF``: the membrane of `LeakyIntegrator`, with the threshold and the reset of `Neurons`.

    Attributes:
        membrane: What leaks.
        threshold: Fires there, of shape ``[neurons]``.
        reset: v after a spike, as NIR specifies it; 0 in our files, whose metadata ask for subtraction.
    """

    membrane: LeakyIntegrator
    threshold: Tensor
    reset: Tensor


@final
@dataclass(frozen=True)
class Delay:
    """``y(t) = x(t - delay)``, zero before the first step.

    Attributes:
        delay: In steps, of shape ``[values]``.
    """

    delay: Tensor


@final
@dataclass(frozen=True)
class Threshold:
    """``z = 1 if v > threshold else 0``.

    Attributes:
        threshold: Of shape ``[neurons]``.
    """

    threshold: Tensor


@final
@dataclass(frozen=True)
class Scale:
    """``y = scale x``, value by value.

    Attributes:
        scale: Of shape ``[values]``.
    """

    scale: Tensor


NetNode: TypeAlias = Port | Affine | Neurons | Integrator | LeakyNeurons | LeakyIntegrator | Threshold | Scale | Delay


@dataclass(frozen=True)
class Net:
    """The content of a NIR file.

    Attributes:
        nodes: By name.
        edges: Source and target of each; several into a node add up.
        metadata: Our JSON text; empty in files of others.
    """

    nodes: Mapping[str, NetNode]
    edges: tuple[tuple[str, str], ...]
    metadata: str = ""

    def into(self, name: str) -> tuple[str, ...]:
        """Return the nodes with an edge into this one, in the order of the edges."""
        return tuple(source for source, target in self.edges if target == name)
