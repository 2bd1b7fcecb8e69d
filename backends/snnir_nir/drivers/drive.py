"""Run a NIR file in a reader: ``python drive.py READER FILE.nir JOB.npz RESULT.npz``.

JOB holds ``steps``, ``dtype`` and ``input``: ``[points, values]``, the same at every step, or
``[steps, points, values]``. RESULT holds ``output``, ``[steps, points, values]``; under ``spikes/NAME`` how many spikes
left each neuron of an IF, LIF or Threshold node in each step, ``[steps, points, neurons]``; and under
``versions/PACKAGE`` what was installed.

Exits with 3 where the reader cannot be imported, and 4 where it cannot run the file; the reason is the last line of the
standard error.
"""

from __future__ import annotations

import platform
import sys
import traceback
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

MISSING, FAILED = 3, 4


def main(reader: str, file: str, job: str, result: str) -> int:
    """Run a file and write what was observed; return the exit code."""
    sys.path.insert(0, str(Path(__file__).parent))
    try:
        import numpy as np

        driver = import_module(f"{reader.replace('-', '_')}_driver")
    except ImportError as error:
        print(error, file=sys.stderr)
        return MISSING
    with np.load(job, allow_pickle=False) as given:
        steps, signal = int(given["steps"]), given["input"].astype(str(given["dtype"]))
    if signal.ndim == 2:
        signal = np.broadcast_to(signal, (steps, *signal.shape))
    try:
        output, spikes = driver.run(file, signal)
    except Exception as error:
        traceback.print_exc()
        first = (str(error).strip() or "no details").splitlines()[0]
        print(f"{type(error).__name__}: {first}", file=sys.stderr)
        return FAILED
    versions = {"python": platform.python_version(), **{name: version(name) for name in driver.PACKAGES}}
    arrays = {f"spikes/{name}": np.asarray(train) for name, train in spikes.items()}
    arrays |= {f"versions/{name}": np.array(number) for name, number in versions.items()}
    np.savez(result, output=np.asarray(output), **arrays)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
