"""What the columns of a run's tables hold, from the list that ``sim`` itself writes them by."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Literal

#: ``whole``, ``number`` or ``text``; an empty cell holds nothing, whatever the kind.
Kind = Literal["whole", "number", "text"]

_TERM = "<term>"
#: Tables to which programs built on the crate add columns, always of numbers.
_EXTENDED = ("strategy_evolution.csv", "social_outcomes.csv")


@cache
def tables() -> dict[str, dict[str, Kind]]:
    """The kinds of columns by table and name. ``reward_<term>`` stands for one per reward term."""
    text = files("agora").joinpath("columns.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, Kind]] = {}
    for column in json.loads(text):
        found.setdefault(column["table"], {})[column["name"]] = column["kind"]
    return found


def kind(table: str, column: str) -> Kind | None:
    """The kind of a column; ``None`` if only its cells can tell."""
    known = tables().get(table, {})
    if column in known:
        return known[column]
    for name, found in known.items():
        before, term, after = name.partition(_TERM)
        if term and column.startswith(before) and column.endswith(after) and len(column) > len(before + after):
            return found
    return "number" if table in _EXTENDED else None


def names() -> frozenset[str]:
    """The names of all columns of all tables."""
    return frozenset(column for columns in tables().values() for column in columns)


def kind_of_cells(cells: list[str]) -> Kind:
    """The kind of a column that no list knows: numbers if every cell is one, and there are any."""
    filled = [cell for cell in cells if cell]
    return "number" if filled and all(is_number(cell) for cell in filled) else "text"


def is_number(text: str) -> bool:
    """Whether ``text`` is a number as ``sim`` writes them."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def value(kind: Kind, text: str) -> int | float | str | None:
    """The value of a cell."""
    if not text:
        return None
    if kind == "whole":
        return int(text)
    return float(text) if kind == "number" else text
