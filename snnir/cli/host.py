"""What stays on the host, in words and in the lines of Python that do it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from snnir.analysis import Stage, host_stages
from snnir.cli.output import echo
from snnir.compiler import load_stepwise
from snnir.errors import UsageError
from snnir.registry import frontend_for
from snnir.stepwise import Hosted, Part


def is_in_time(path: Path) -> bool:
    """Whether files of this kind hold networks in time."""
    try:
        return frontend_for(path).in_time
    except UsageError:
        return False


def show_lines(path: Path, hosted: Hosted | None = None) -> None:
    """Print the lines of Python that run a file with its host part, where there is one.

    Args:
        path: A file of ours.
        hosted: What is in it, where that is known already.
    """
    if hosted is None:
        hosted = load_stepwise(path).hosted if is_in_time(path) else None
    if hosted is not None and hosted.host.nodes:
        echo(f"\n{path.name} does not hold what stays on the host. All of it in Python:\n")
        echo("\n".join(host_lines(path, hosted)))


def host_lines(path: Path, hosted: Hosted) -> Iterator[str]:
    """Yield the lines of Python that run a NIR file between pieces of the host part, each an ONNX file.

    Args:
        path: Of the NIR file; its pieces lie beside it.
        hosted: What is in it.
    """
    yield "import numpy as np, onnxruntime"
    yield "from snnir_nir import interpret, read_nir  # or any other reader"
    yield from _given(hosted)
    yield "def host(file):"
    yield "    session = onnxruntime.InferenceSession(file)"
    yield "    names = [each.name for each in session.get_outputs()]"
    yield "    given = {each.name: values[each.name] for each in session.get_inputs()}"
    yield "    values.update(zip(names, session.run(names, given)))"
    ends = [(tuple(part.inputs.values()), tuple(part.outputs.values())) for part in hosted.parts]
    for stage in host_stages(hosted.host, ends):
        if stage.piece is not None:
            yield _piece(path, stage)
        for index in stage.parts:
            yield from _part(path, hosted, hosted.parts[index])
    yield f"outputs = {{name: values[name] for name in {list(hosted.outputs)!r}}}"


def _given(hosted: Hosted) -> Iterator[str]:
    takes = ", ".join(f"{value.name} {value.type}" for value in hosted.inputs)
    if len(hosted.inputs) == 1:
        (value,) = hosted.inputs
        yield f'values = {{{value.name!r}: np.load("POINTS.npy").astype("{value.type.dtype}")}}  # {takes}'
        return
    types = {value.name: value.type.dtype for value in hosted.inputs}
    yield f'values = {{name: np.load("POINTS.npz")[name].astype(kind) for name, kind in {types!r}.items()}}  # {takes}'


def _piece(path: Path, stage: Stage) -> str:
    file = path.with_name(f"{path.stem}_{stage.place}.onnx")
    if file.is_file():
        return f"host({str(file)!r})"
    assert stage.piece is not None  # noqa: S101 - the caller has looked
    ops = ", ".join(f"{node.name} ({node.op.mnemonic})" for node in stage.piece.nodes)
    return f"# {file.name} is not there; compute {', '.join(stage.piece.outputs)} here: {ops}"


def _part(path: Path, hosted: Hosted, part: Part) -> Iterator[str]:
    """Yield the lines that run a spiking part: points by their values, ``[N, values]``, whatever the host has."""
    types = hosted.host.types
    flat = {name: len(types[value].shape) == 2 for name, value in (*part.inputs.items(), *part.outputs.items())}
    given = ", ".join(
        f"{name!r}: values[{value!r}]{'' if flat[name] else f'.reshape(-1, {types[value].shape[-1]})'}"
        for name, value in part.inputs.items()
    )
    yield f"made = interpret(read_nir({str(path)!r}), {{{given}}}).outputs  # the mean over the steps"
    lead = f"*values[{next(iter(part.inputs.values()))!r}].shape[:-1]"
    for name, value in part.outputs.items():
        shaped = "" if flat[name] else f".reshape({lead}, {types[value].shape[-1]})"
        yield f'values[{value!r}] = made[{name!r}]{shaped}.astype("{types[value].dtype}")'
