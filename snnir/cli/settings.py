"""The tables of settings that were tried, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from snnir.cli.errors import OVER
from snnir.cli.output import Command, Table, paragraph, small
from snnir.compiler import DEFAULT_ERROR, NEAR_ENOUGH, Way, cost_words, goal_words, way_words

SETTING = ("code", "neurons_per_unit", "steps")


def settings_table(title: str, rows: Sequence[Mapping[str, Any]], notes: tuple[str, ...]) -> Table:
    """Return a table of settings and what they do; the best ones, if they are marked, with a star."""
    cells = tuple(
        (
            f"{row['code']}{' *' if row.get('best') else ''}",
            f"{row['neurons_per_unit']:g}",
            f"{row['steps']}",
            f"{row['latency']}",
            *_both(row),
            f"{row['per_unit']:.2f}",
            f"{row['energy']:.2f}",
        )
        for row in rows
    )
    header = ("code", "neurons per unit", "steps", "latency", "rel L2", OVER, "spikes per unit", "energy / ANN's")
    return Table(title, cells, header, notes)


def search_table(report: Mapping[str, Any], *, asked: bool, called: Callable[[Way], str]) -> Table:
    """Return the settings that a search tried, what was taken, and what other errors, codes and targets cost.

    Args:
        report: Of what was taken.
        asked: The user asked for an error to be reached.
        called: Returns the command that goes another way to the error.
    """
    search = report["search"]
    if "threshold" in search["tried"][0]:
        return _searched_thresholds(search, asked=asked)
    notes = (*_taken(report, asked=asked), *_skipped(search), *_elsewhere(report), *_ways(report, called))
    return settings_table("settings tried", search["tried"], notes)


def _taken(report: Mapping[str, Any], *, asked: bool) -> Iterator[str]:
    search = report["search"]
    goal = _goal(search)
    if search["reached"]:
        taken = f"Taken: the {report['code']} code with {report['steps']} steps"
        default = "" if asked else "default "
        yield f"{taken}, the least {search['prefer']} of those that reach the {default}goal, {goal}."
        return
    nearest = f"Taken: the one with the least {search['prefer']} within {NEAR_ENOUGH - 1:.0%} of the least error."
    insist = f"To insist on it: --error {DEFAULT_ERROR:g} (fails if it is out of reach)."
    yield f"The default goal, {goal}, was not reached. {nearest}"
    yield f"{insist} To fix the steps: --steps T."


def _skipped(search: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the lines that say what was not simulated, and why."""
    names = [
        f"{row['code']}{many} ({small(row['limit'])})"
        for row in search.get("skipped", ())
        for many in [f", K = {row['neurons_per_unit']:g}" if row["neurons_per_unit"] != 1 else ""]
    ]
    if not names:
        return ()
    return paragraph(f"Not simulated, for even with endless steps their error would be too large: {', '.join(names)}.")


def _elsewhere(report: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the lines that say what another error costs, and whether there was time to look."""
    search = report["search"]
    taken = tuple(report[each] for each in SETTING)
    costs = [
        f"at {words}: {cost_words(row, search['error_of'])}"
        for key, words in (("twice", "twice the goal"), ("half", "half the goal"))
        if (row := search[key]) is not None and tuple(row[each] for each in SETTING) != taken
    ]
    said = [f"The cheapest measured {'; '.join(costs)}."] if costs else []
    if search["out_of_time"]:
        limit = f"The time limit of {search['time_limit']:g} s ended the search"
        said.append(f"{limit}; --time-limit SECONDS gives it more.")
    return paragraph(" ".join(said))


def _ways(report: Mapping[str, Any], called: Callable[[Way], str]) -> Iterator[str]:
    """Yield what reaches the goal where this network does not, or for less, with its command."""
    search, energy = report["search"], report["energy_pj"]
    for way in search["ways"]:
        if search["reached"] and not (way["reached"] and way["energy"] < energy["snn"] / energy["ann"]):
            continue
        cheaper = f"At the same goal, target {way['target']} takes less: {cost_words(way, search['error_of'])}"
        words = cheaper if search["reached"] else way_words(way, search["error_of"])
        yield f"{words[:1].upper()}{words[1:]}."
        if way["reached"]:
            yield Command(f"  {called(way)}")


def _searched_thresholds(search: Mapping[str, Any], *, asked: bool) -> Table:
    rows = tuple((small(row["threshold"]), *_both(row), f"{row['per_unit']:.3f}") for row in search["tried"])
    goal = _goal(search)
    reached = "The last ones reach" if search["reached"] else "None of them reaches"
    default = "the goal" if asked else "the default goal"
    note = f"{reached} {default}, {goal}.{'' if asked else ' --error EPS asks for another.'}"
    return Table("mean thresholds tried", rows, ("threshold", "rel L2", OVER, "messages per unit"), (note,))


def _both(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return the errors that a goal may be of; only one in reports of the first days."""
    return small(row["rel_l2"]), small(row["over_variation"]) if "over_variation" in row else ""


def _goal(search: Mapping[str, Any]) -> str:
    return goal_words(search["goal"], search.get("error_of", "norm"))
