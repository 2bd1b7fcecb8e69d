#!/usr/bin/env bash
# Makes the environment that emitted Lava programs run in, and prints its interpreter.
# Lava is archived and pins Python 3.10 and NumPy 1; snnir itself needs a newer networkx than it does, so the two do
# not share an environment.
#
#   export SNNIR_LAVA_PYTHON=$(tests/lava/environment.sh FOLDER)
#   python -m pytest -m lava tests/lava
set -euo pipefail
folder=${1:?name a folder for the environment}

find_python() { # a working Python 3.10, or nothing
    if python3.10 --version >/dev/null 2>&1; then
        echo python3.10
    elif command -v pyenv >/dev/null; then
        find "$(pyenv root)/versions" -maxdepth 3 -path "*/3.10.*/bin/python" | head -n 1
    fi
}

python=$(find_python)
if [ -z "$python" ]; then
    echo "Python 3.10 is not here: Lava needs it" >&2
    exit 1
fi
"$python" -m venv "$folder" >&2
"$folder/bin/pip" install -q lava-nc==0.10.0 >&2
"$folder/bin/python" -c "import lava.proc.atrlif.process" >&2
echo "$folder/bin/python"
