#!/usr/bin/env bash
# Makes the environment that emitted programs for SANA-FE run in, and prints its interpreter.
# SANA-FE is licensed under the GPL, version 3: it stays in an environment and in processes of its own.
#
#   export SNNIR_SANAFE_PYTHON=$(tests/sanafe/environment.sh FOLDER)
#   python -m pytest -m sanafe tests/sanafe
set -euo pipefail
folder=${1:?name a folder for the environment}

source "$(dirname "${BASH_SOURCE[0]}")/../find_python.sh"

python=$(find_python 3.11) # 3.10, 3.12 and 3.13 do as well
if [ -z "$python" ]; then
    echo "Python 3.11 is not here" >&2
    exit 1
fi
"$python" -m venv "$folder" >&2
"$folder/bin/pip" install -q --disable-pip-version-check sanafe==2.2.9 numpy >&2
"$folder/bin/python" -c "import numpy, sanafe; sanafe.load_loihi()" >&2
echo "$folder/bin/python"
