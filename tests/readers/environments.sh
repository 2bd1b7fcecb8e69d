#!/usr/bin/env bash
# Installs the programs that read NIR files, unmodified and without CUDA builds, into two environments:
#     tests/readers/environments.sh FOLDER [--newest]
# FOLDER/readers has torch, jax and all readers but sinabs; FOLDER/sinabs has sinabs with the old nir that it pins,
# and sees the torch of the first. Versions are those that the profiles were observed in; --newest takes what there is
# today, to notice repairs. What is there already is kept. Needs Python 3.11 or newer as python3.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
newest=${2:-}
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_PROGRESS_BAR=off

pinned() { # NAME==VERSION ... -> the same, or the names alone
    if [ "$newest" = --newest ]; then printf '%s\n' "${@%%==*}"; else printf '%s\n' "$@"; fi
}

install() { # ENVIRONMENT OPTIONS-AND-PACKAGES ...
    "$folder/$1/bin/pip" install -q "${@:2}"
}

for name in readers sinabs; do
    [ -x "$folder/$name/bin/python" ] || python3 -m venv "$folder/$name"
done

# Torch first: norse and spikingjelly would pull torchvision, and with it a CUDA build of another torch.
install readers torch==2.13.0 numpy h5py loguru tqdm
install readers --no-deps $(pinned nir==1.0.8 nirtorch==2.6 norse==1.1.0 spikingjelly==2.0.0 snntorch==1.0.0 snn-mlir==1.0.0)
install readers $(pinned spyx==1.0.0 jax==0.10.2)

site=$("$folder/readers/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
own=$("$folder/sinabs/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo "$site" >"$own/readers.pth"
install sinabs --no-deps $(pinned sinabs==3.1.3) nirtorch==2.0.2 'nir<=1.0.4'
install sinabs pbr matplotlib
echo "readers of NIR: $folder (${SECONDS}s)"
