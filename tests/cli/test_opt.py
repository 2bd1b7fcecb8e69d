"""``snnir opt``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from snnir.semantics import evaluate
from snnir.text import parse_graph
from tests.cli.common import DOMAIN, done, refused, snnir

ANALOG = "fold,canonicalise,fuse,separate"


def test_passes_are_run_by_name(net: Path) -> None:
    """The graph is printed after the passes, and can be read."""
    text = done("opt", net, "-p", ANALOG)
    assert [node.op.mnemonic for node in parse_graph(text).nodes] == ["dense", "tanh", "dense", "tanh", "dense"]


def test_without_passes_the_graph_is_shown(net: Path) -> None:
    """As it was read, all tensors written out; or none."""
    assert parse_graph(done("opt", net)).nodes
    assert "sha256:" in done("opt", net, "--inline", 0)


def test_text_goes_on_where_it_stopped(net: Path, tmp_path: Path) -> None:
    """One run after the other gives what both together do, bit for bit."""
    half = tmp_path / "half.snn"
    assert done("opt", net, "-p", "fold", "-o", half) == ""
    assert done("opt", half, "-p", "canonicalise,activations,couple") == done(
        "opt", net, "-p", "fold,canonicalise,activations,couple"
    )


def test_passes_calibrate_on_points(net: Path, points: Path) -> None:
    """Points come from a domain or a file, the analog network is the last one on the way."""
    chain = f"{ANALOG},activations,couple,thresholds{{per=layer}},normalise,least-squares"
    graph = parse_graph(done("opt", net, "-p", chain, *DOMAIN, "--steps", 8))
    assert {value.type.steps for node in graph.nodes for value in node.outputs} == {1, 8}
    other = parse_graph(done("opt", net, "-p", chain, "--samples", points, "--steps", 8))
    (first, second) = (evaluate(each, {"points": np.zeros((1, 2), np.float32)})["u"] for each in (graph, other))
    assert np.isfinite(first).all()
    assert np.isfinite(second).all()


def test_graphs_on_the_way_are_shown(net: Path) -> None:
    """After one pass or after all, on the standard error."""
    result = snnir("opt", net, "-p", "fold,canonicalise", "--print-after", "fold")
    assert result.exit_code == 0
    assert result.stderr.startswith('# after fold\nsnnir 1 graph "net"')
    assert "# after canonicalise" not in result.stderr
    every = snnir("opt", net, "-p", "fold,canonicalise", "--print-after", "all").stderr
    assert parse_graph(every.partition("# after canonicalise\n")[2]) == parse_graph(result.stdout)


def test_compiled_networks_are_read(compiled: Path) -> None:
    """An archive's graph is a spiking one."""
    assert "integrate_and_fire" in done("opt", compiled, "-p", "join")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("-p", "fould"), "there is no pass 'fould' [unknown-pass]\n  hint: did you mean 'fold'?"),
        (("-p", "normalise{amplitude=true}"), "'amplitude' is none of its options [unknown-pass-option]"),
        (("-p", "fuse,"), "[bad-passes]"),
        (
            ("-p", "fold,canonicalise,activations,couple,thresholds"),
            "pass thresholds reads calibration points [no-points]",
        ),
        (("-p", "fold,couple"), "pass couple takes a graph that is spiking, and it has no neurons [pass-order]"),
        (("-p", "fold", "--steps", "0"), "0 time steps are not possible [bad-steps]"),
        (("-p", "fold", "--domain", "x=0:1", "--samples", "points.npy"), "not both [no-points]"),
        (("-p", "fold", "-o", "no/such/folder/graph.snn"), "hint: "),
    ],
)
def test_what_is_wrong_is_named(net: Path, tmp_path: Path, options: tuple[str, ...], message: str) -> None:
    """A message with a hint, and exit code 2."""
    assert message in refused(tmp_path, "opt", net, *options, exit_code=2)


def test_spiking_graphs_come_without_the_analog_network(compiled: Path, tmp_path: Path) -> None:
    """A pass that compares with it is refused by name."""
    text = refused(tmp_path, "opt", compiled, "-p", "light", *DOMAIN, exit_code=2)
    assert "pass light reads the analog network, and a spiking graph comes without it [no-analog]" in text
