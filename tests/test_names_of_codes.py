"""Codes and targets are objects: nothing but their own folders and plug-ins compares their names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from snnir.codes import BUILT_IN
from snnir.registry import AUTO, targets

ROOT = Path(__file__).parents[1] / "snnir"
NAMES = {*BUILT_IN, *targets(), AUTO}


def compared(tree: ast.AST) -> Iterator[str]:
    """Yield every string that something is compared with, or looked up by."""
    for node in ast.walk(tree):
        places: list[ast.AST] = []
        if isinstance(node, ast.Compare):
            places = [node.left, *node.comparators]
        elif isinstance(node, ast.MatchValue):
            places = [node.value]
        for place in places:
            inner = ast.walk(place) if isinstance(place, ast.Constant | ast.Set | ast.Tuple | ast.List) else ()
            for each in inner:
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield each.value


def is_own(path: Path) -> bool:
    """Whether a file is in the folder of one code."""
    parts = path.relative_to(ROOT).parts
    return len(parts) > 2 and parts[0] == "codes"


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_name_of_a_code_or_target_is_compared(path: Path) -> None:
    """What depends on a code is a method of it, what depends on a target one of its facts."""
    if not is_own(path):
        assert not NAMES.intersection(compared(ast.parse(path.read_text())))


def test_comparisons_are_found() -> None:
    """The test sees equality, membership and cases."""
    source = 'a == "radix" or a not in {"rate", "x"}\nmatch a:\n    case "numpy":\n        pass\n'
    assert NAMES.intersection(compared(ast.parse(source))) == {"radix", "rate", "numpy"}
