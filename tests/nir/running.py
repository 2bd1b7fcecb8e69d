"""Files of graphs, run and compared with the simulator."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from snnir.ir import Graph
from snnir.ops import Encode
from snnir.registry import Trial
from snnir.semantics import evaluate
from snnir.setting import Setting
from snnir.types import Array
from snnir_nir import BACKEND
from snnir_nir.readers import SPEC


def assert_runs_as_simulated(graph: Graph, points: Mapping[str, Array], setting: Setting, path: Path) -> None:
    """Check that the file of a graph, run by our interpreter, gives the simulator's spikes and outputs.

    Args:
        graph: To write.
        points: By input name.
        setting: What it is written with.
        path: Of the file.
    """
    made: dict[str, list[Array]] = {}
    wanted = [value for node in graph.of(Encode) for value in node.inputs]
    values = evaluate(
        graph,
        points,
        outputs=dict.fromkeys((*wanted, *graph.types)),
        semantics=setting.semantics,
        observe=lambda node, _, spikes: made.setdefault(node.name, []).append(spikes.copy()),
    )
    path.write_bytes(BACKEND.emit(graph, setting)[".nir"])
    trial = Trial(SPEC, setting.semantics, {value: values[value] for value in wanted})
    observed = BACKEND.run(path, graph, setting, trial)
    assert observed.changed == ()
    assert observed.spikes.keys() == made.keys()
    for layer, trains in made.items():
        np.testing.assert_array_equal(observed.spikes[layer], np.concatenate(trains, axis=1), err_msg=layer)
    for output, array in observed.outputs.items():
        np.testing.assert_allclose(array.ravel(), values[output].ravel(), rtol=0, atol=1e-5)
