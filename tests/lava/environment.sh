#!/usr/bin/env bash
# Makes the environment that emitted Lava programs run in, and prints its interpreter.
# Lava is archived and pins Python 3.10 and NumPy 1; snnir itself needs a newer networkx than it does, so the two do
# not share an environment.
#
#   export SNNIR_LAVA_PYTHON=$(tests/lava/environment.sh FOLDER)
#   python -m pytest -m lava tests/lava
set -euo pipefail
folder=${1:?name a folder for the environment}

source "$(dirname "${BASH_SOURCE[0]}")/../find_python.sh"

python=$(find_python 3.10)
if [ -z "$python" ]; then
    echo "Python 3.10 is not here: Lava needs it" >&2
    exit 1
fi
"$python" -m venv "$folder" >&2
"$folder/bin/pip" install -q lava-nc==0.10.0 >&2
"$folder/bin/python" -c "import lava.proc.atrlif.process" >&2
echo "$folder/bin/python"
