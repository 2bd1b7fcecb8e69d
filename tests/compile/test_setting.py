"""The setting alone decides what is emitted and simulated; the report is an output."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import snnir
from snnir.compiler import Compiled
from snnir.errors import ModelError
from snnir.report import Report
from snnir.setting import Setting
from snnir.text.container import seal, unseal
from snnir_nir import read_metadata, read_nir
from snnir_nir.readers import READERS
from tests.networks import mlp
from tests.support import failure

DOMAIN = {"x": (-1.0, 1.0), "t": (0.0, 1.0)}
PLACES: dict[str, dict[str, Any]] = {
    "numpy": {"target": "numpy", "code": "radix", "steps": 6},
    "nir": {"target": "nir", "code": "rate", "steps": 4},
    "exact": {"target": "nir", "code": "rate", "steps": 4, "form": "exact"},
    "legacy": {"target": "nir", "code": "rate", "steps": 4, "legacy": True},
    "lava": {"target": "loihi2", "code": "rate", "steps": 8},
    **{
        reader.name: {"target": "nir", "code": "population", "steps": 4, "reader": reader.name}
        for reader in READERS
        if not reader.refused
    },
}
MANIFEST = "manifest.json"


@pytest.fixture(scope="module")
def compiled() -> Callable[[str], Compiled]:
    """A function that compiles a small network for one of the places, once."""
    made: dict[str, Compiled] = {}

    def make(place: str) -> Compiled:
        if place not in made:
            made[place] = snnir.compile(mlp(2, 4, 1), domain=DOMAIN, **PLACES[place])
        return made[place]

    return make


def altered(plain: Any) -> Iterator[Any]:
    """Yield copies of plain JSON, each with one leaf changed, or one entry left out."""
    if not isinstance(plain, (dict, list)):
        yield {str: f"{plain}?", bool: not plain, type(None): "lif"}.get(type(plain), -1)
        return
    entries = list(plain.items() if isinstance(plain, dict) else enumerate(plain))
    for key, value in entries:
        for other in altered(value):
            pairs = [(each, other if each == key else kept) for each, kept in entries]
            yield dict(pairs) if isinstance(plain, dict) else [each for _, each in pairs]
    for key, _ in entries if isinstance(plain, dict) else []:
        yield {each: kept for each, kept in entries if each != key}


def typed(plain: Any) -> Any:
    """Return a report of altered JSON; the JSON itself where that is no report any more."""
    try:
        return Report.of(plain)
    except ModelError:
        return plain


@pytest.mark.parametrize("place", PLACES)
def test_no_value_of_the_report_alters_what_is_emitted(compiled: Callable[[str], Compiled], place: str) -> None:
    """With any leaf of the report changed or any key gone, every file but the archive has the same bytes.

    All leaves at once, too. Emitting takes too long to do it for each leaf, so some 16 are spread over the report.
    """
    network = compiled(place)
    files = {suffix: content for suffix, content in network.artifacts().items() if suffix != ".snnir"}
    reports = list(altered(json.loads(json.dumps(network.report.to_json()))))
    top = [{**network.report, key: "altered"} for key in network.report]
    for report in [{}, *top[:: max(1, len(top) // 8)], *reports[:: max(1, len(reports) // 8)]]:
        made = replace(network, report=typed(report)).artifacts()
        assert {suffix: content for suffix, content in made.items() if suffix != ".snnir"} == files


@pytest.mark.parametrize("key", ["target", "reader", "form", "legacy", "code", "steps", "seed", "graph_sha256"])
def test_no_key_that_once_decided_does_so(compiled: Callable[[str], Compiled], key: str) -> None:
    """The review's case: ``report["reader"] = "lif"`` made other neurons than `run` simulates."""
    network = compiled("nir")
    other = replace(network, report=typed({**network.report, key: "norse"}))
    assert other.artifacts()[".nir"] == network.artifacts()[".nir"]


def test_the_setting_decides_what_is_emitted_and_simulated(compiled: Callable[[str], Compiled]) -> None:
    """Other semantics in the setting change the file and the simulation together."""
    network = compiled("nir")
    hard = replace(network.setting.semantics, reset="value")
    other = replace(network, setting=replace(network.setting, semantics=hard))
    assert other.artifacts()[".nir"] != network.artifacts()[".nir"]
    points = np.random.default_rng(0).uniform(0, 1, (64, 2))
    assert not np.array_equal(other.run(points), network.run(points))


@pytest.mark.parametrize("place", PLACES)
def test_a_loaded_archive_emits_the_same_bytes(compiled: Callable[[str], Compiled], place: str, tmp_path: Path) -> None:
    """A setting comes back from the manifest as it was, and so does every file."""
    network = compiled(place)
    network.save(tmp_path / "net.snnir")
    again = Compiled.load(tmp_path / "net.snnir")
    assert again == network
    assert Setting.of(json.loads(json.dumps(network.setting.to_json()))) == network.setting
    assert again.artifacts() == network.artifacts()


def test_the_file_names_the_setting(compiled: Callable[[str], Compiled], tmp_path: Path) -> None:
    """The metadata of a NIR file hold the setting, and nothing that was measured."""
    network = compiled("exact")
    network.save(tmp_path / "net.nir")
    facts = read_metadata(read_nir(tmp_path / "net.nir"))
    assert Setting.of(facts["setting"]) == network.setting
    assert "report" not in facts


def rewritten(path: Path, manifest: Callable[[dict[str, Any]], dict[str, Any]], report: dict[str, Any]) -> None:
    """Write an archive again with another manifest and changes of its report; None leaves a key out."""
    members = unseal(path.read_bytes())
    old = json.loads(members.pop(MANIFEST))
    found = {**json.loads(members["report.json"]), **report}
    kept = {key: value for key, value in found.items() if value is not None or key not in report}
    members["report.json"] = f"{json.dumps(kept, sort_keys=True, indent=2)}\n".encode()
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
    text = json.dumps(manifest({**old, "members": digests}), sort_keys=True, indent=2)
    path.write_bytes(seal({MANIFEST: f"{text}\n".encode(), **members}))


def as_before(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest of format 1."""
    setting = manifest["setting"]
    kept = {key: manifest[key] for key in ("members", "snnir")}
    return {**kept, "format": 1, "target": setting["target"], "semantics": setting["semantics"]}


@pytest.mark.parametrize("place", PLACES)
def test_an_archive_of_format_1_loads(compiled: Callable[[str], Compiled], place: str, tmp_path: Path) -> None:
    """What decides is rebuilt exactly: all of the setting but the options of the code, which nothing depends on."""
    network, path = compiled(place), tmp_path / "net.snnir"
    network.save(path)
    rewritten(path, as_before, {})
    again = Compiled.load(path)
    assert again.setting == replace(network.setting, options=None)
    made, expected = again.artifacts(), network.artifacts()
    assert made.keys() == expected.keys()
    points = np.random.default_rng(0).uniform(0, 1, (8, 2))
    np.testing.assert_array_equal(again.run(points), network.run(points))


def test_an_archive_of_the_first_days_loads(compiled: Callable[[str], Compiled], tmp_path: Path) -> None:
    """Reports without reader, form, domain and columns were of files for no reader, in the portable form."""
    path = tmp_path / "net.snnir"
    compiled("nir").save(path)
    rewritten(path, as_before, dict.fromkeys(("reader", "form", "legacy", "domain", "columns")))
    found = Compiled.load(path).setting
    assert (found.reader, found.form, found.legacy, found.domain, found.columns) == (None, "portable", False, {}, {})


def test_an_archive_that_lacks_its_setting_is_refused(compiled: Callable[[str], Compiled], tmp_path: Path) -> None:
    """By the names of what is missing, and with what to do."""
    path = tmp_path / "net.snnir"
    compiled("nir").save(path)
    rewritten(path, as_before, {"code": None, "seed": None})
    (finding,) = failure(lambda: Compiled.load(path), ModelError).diagnostics
    assert (finding.code, finding.where, finding.hint) == ("no-setting", "net.snnir", "compile the model again")
    assert "'code', 'seed'" in finding.message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mood": "good"}, "has 'mood'"),
        ({"seed": None}, "'seed' cannot be None"),
        ({"seed": -1}, "'seed' cannot be -1"),
        ({"steps": 0}, "'steps' cannot be 0"),
        ({"steps": True}, "'steps' cannot be True"),
        ({"form": "round"}, "'form' cannot be 'round'"),
        ({"legacy": 1}, "'legacy' cannot be 1"),
        ({"domain": {"x": [["a"]]}}, "'domain' cannot be 'a'"),
        ({"semantics": {"reset": "subtract"}}, "lacks 'compare'"),
        ({"options": []}, "options' cannot be []"),
    ],
)
def test_a_damaged_setting_is_refused(
    compiled: Callable[[str], Compiled], tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    """Unknown and missing keys, and values of other types, are one error with a code and the file's name."""
    path = tmp_path / "net.snnir"
    compiled("nir").save(path)
    rewritten(path, lambda manifest: {**manifest, "setting": {**manifest["setting"], **change}}, {})
    (finding,) = failure(lambda: Compiled.load(path), ModelError).diagnostics
    assert (finding.code, finding.where) == ("damaged-setting", "net.snnir")
    assert words in finding.message
    assert finding.hint


def test_missing_and_unknown_keys_are_reported_at_once(compiled: Callable[[str], Compiled]) -> None:
    """One message has all of them."""
    plain = compiled("nir").setting.to_json()
    del plain["seed"], plain["code"]
    (finding,) = failure(lambda: Setting.of({**plain, "mood": 1}, "net"), ModelError).diagnostics
    assert "lacks 'code', 'seed' and has 'mood'" in finding.message
