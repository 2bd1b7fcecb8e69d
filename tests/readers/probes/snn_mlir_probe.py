"""What snn-mlir gets wrong."""

import nir
import numpy as np
import snn_mlir
from chains import affine, answer, chain, error, forked, graph, neurons
from snn_mlir import _run


def ends(graph):
    """Return the ops of the exported text, in order."""
    return [line.split()[0] for line in snn_mlir.to_mlir(graph).splitlines() if line.strip().startswith("snn.")]


one = np.ones(1, np.float32)
outlet = nir.LI(tau=one, r=one, v_leak=np.zeros(1, np.float32))
passed = graph("input>a a>b b>c c>d d>output", a=affine([1]), b=neurons(), c=affine([2]), d=outlet)
two = neurons(threshold=np.array([1.0, 2.0]), size=2)
mixed = graph("input>a a>b b>c c>output", a=affine([1], [1]), b=two, c=affine([1, 1]))
answer(
    dropped=ends(chain(neurons())),
    unwritten=snn_mlir.to_mlir(chain(neurons())).count("%output"),  # but for the argument, nothing
    forgets=snn_mlir.to_mlir(passed).count("state(%voltage_d) out(%output) {decay_float = 0.0"),
    passed=ends(passed),
    toolchain=_run.toolchain_available(),
    mixed=error(lambda: snn_mlir.to_mlir(mixed)),
    forked=error(lambda: snn_mlir.to_mlir(forked())),
)
