"""Runs on disk, and their tables."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, overload

from . import _columns
from ._columns import Kind
from ._errors import AgoraError, MissingTable, NoRun
from ._frames import Constants, F, Frames

MANIFEST = "manifest.json"
#: The columns that stand first in every frame, before the factors of a design.
IDENTITY: dict[str, Kind] = {"run": "text", "scenario": "text", "seed": "whole", "status": "text"}

#: What makes a run write a table.
_WRITTEN = {
    "moves.csv": "`output: (moves: true)` in the scenario, or set={'output.moves': True}",
    "pairs.csv": "`output: (pairs: true)` in the scenario, or set={'output.pairs': True}",
    "selections.csv": "`output: (selections: true)` in the scenario, or set={'output.selections': True}",
    "messages.csv": "`prompt: (decision: Generate, talk: 1)` in the scenario",
    "generations.csv": "`output: (generations: true)` in the scenario",
    "evaluation.csv": "`sim evaluate RUN`",
}


class Tables(Generic[F]):
    """The tables of one or more runs, one frame for each.

    Every frame begins with the columns ``run``, ``scenario``, ``seed``, ``status`` and one column per factor
    of a design. A table is read when it is first asked for, and kept.
    """

    def __init__(self, runs: Sequence[Run[Any]], frames: Frames[F]) -> None:
        self._runs = list(runs)
        self._frames = frames
        self._kept: dict[str, F] = {}

    @property
    def evolution(self) -> F:
        """``strategy_evolution.csv``: one row per tick and agent."""
        return self.table("strategy_evolution")

    @property
    def outcomes(self) -> F:
        """``social_outcomes.csv``: one row per tick."""
        return self.table("social_outcomes")

    @property
    def moves(self) -> F:
        """``moves.csv``: one row per seat and round."""
        return self.table("moves")

    @property
    def pairs(self) -> F:
        """``pairs.csv``: one row per tick and pair of populations that met."""
        return self.table("pairs")

    @property
    def selections(self) -> F:
        """``selections.csv``: one row per tick and ordered pair of agents."""
        return self.table("selections")

    @property
    def messages(self) -> F:
        """``messages.csv``: what agents said, one row per round and seat."""
        return self.table("messages")

    @property
    def generations(self) -> F:
        """``generations.csv``: every generated answer."""
        return self.table("generations")

    @property
    def evaluation(self) -> F:
        """``evaluation.csv``: what trained models do where they were not trained."""
        return self.table("evaluation")

    def table(self, name: str) -> F:
        """The table in the file ``name``.csv of every run that has one."""
        file = f"{name.removesuffix('.csv')}.csv"
        if file not in self._kept:
            factors = _factors(self._runs)
            found = [
                self._frames.read(run.path / file, run._constants(factors))
                for run in self._runs
                if (run.path / file).is_file()
            ]
            if not found:
                raise MissingTable(self._missing(file))
            self._kept[file] = self._frames.join(found)
        return self._kept[file]

    @property
    def tables(self) -> list[str]:
        """The names of the tables that there are."""
        return sorted({path.stem for run in self._runs for path in run.path.glob("*.csv")})

    @property
    def manifests(self) -> F:
        """One row per run: its folder, what was run, on what, and how it ended."""
        factors = _factors(self._runs)
        kinds: dict[str, Kind] = {**IDENTITY, **{name: kind for name, _, kind in factors}}
        kinds |= {"path": "text", "ticks": "whole", "ticks_played": "whole", "version": "text", "model": "text"}
        kinds |= {"device": "text", "seconds": "number", "error": "text"}
        rows = []
        for run in self._runs:
            manifest, model = run.manifest, run.manifest.get("model") or {}
            row = {name: value for name, _, value in run._constants(factors)}
            row |= {name: manifest.get(name) for name in ("ticks", "ticks_played", "version", "device", "error")}
            row |= {"path": str(run.path), "model": model.get("name"), "seconds": float(manifest.get("seconds", 0))}
            rows.append(row)
        return self._frames.rows(rows, kinds)

    def _missing(self, file: str) -> str:
        whose = "no loaded run has" if len(self._runs) != 1 else f"{self._runs[0].path} has no"
        how = f"; it is written with {_WRITTEN[file]}" if file in _WRITTEN else ""
        return f"{whose} {file}{how}. There are: {', '.join(self.tables)}"


class Run(Tables[F]):
    """A run on disk, finished or not. Its properties are its tables."""

    def __init__(self, path: Path, frames: Frames[F], name: str | None = None) -> None:
        super().__init__([], frames)
        self._runs = [self]
        #: The folder.
        self.path = path
        #: Name of the folder; the column ``run``.
        self.name = name or path.resolve().name

    def __repr__(self) -> str:
        done = f"{self.manifest.get('ticks_played')} of {self.manifest.get('ticks')} ticks"
        return f"<Run {self.name}: {self.scenario}, seed {self.seed}, {self.status}, {done}>"

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What ``manifest.json`` says."""
        return read_manifest(self.path)

    @property
    def scenario(self) -> str:
        """Name of the scenario."""
        return str(self.manifest.get("scenario", ""))

    @property
    def seed(self) -> int:
        """Seed of all random streams."""
        return int(self.manifest["seed"])

    @property
    def status(self) -> str:
        """``running`` (or killed), ``done``, ``failed`` or ``interrupted``."""
        return str(self.manifest.get("status", ""))

    @property
    def factors(self) -> dict[str, str]:
        """What a design varied, with this run's values."""
        return {name: str(value) for name, value in (self.manifest.get("factors") or {}).items()}

    @property
    def adapters(self) -> dict[str, Path]:
        """The folders of the saved adapters, by agent."""
        return {path.name: path for path in sorted((self.path / "adapters").glob("*")) if path.is_dir()}

    def adapter(self, agent: str) -> Path:
        """The folder of the adapter of ``agent``, in PEFT's format."""
        found = self.adapters
        if agent not in found:
            there = f"there are: {', '.join(found)}" if found else "adapters are saved when a run of learners ends"
            raise AgoraError(f"{self.path} has no adapter of {agent!r}; {there}")
        return found[agent]

    def _constants(self, factors: list[tuple[str, str, Kind]]) -> Constants:
        # As in Parquet, a seed beyond the type's range is kept bit by bit.
        seed = self.seed if self.seed < 1 << 63 else self.seed - (1 << 64)
        values = {"run": self.name, "scenario": self.scenario, "seed": seed, "status": self.status}
        own = self.factors
        constants: Constants = [(name, kind, values[name]) for name, kind in IDENTITY.items()]
        for name, factor, kind in factors:
            value = own.get(factor)
            constants.append((name, kind, float(value) if value is not None and kind == "number" else value))
        return constants


class Runs(Tables[F], Sequence[Run[F]]):
    """Several runs, in order of their folders. Its properties are their tables, one below the other."""

    def __init__(self, runs: Sequence[Run[F]], frames: Frames[F]) -> None:
        super().__init__(runs, frames)

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[Run[F]]:
        return iter(self._runs)

    @overload
    def __getitem__(self, index: int) -> Run[F]: ...

    @overload
    def __getitem__(self, index: slice) -> Runs[F]: ...

    def __getitem__(self, index: int | slice) -> Run[F] | Runs[F]:
        if isinstance(index, slice):
            return Runs(self._runs[index], self._frames)
        return self._runs[index]

    def __repr__(self) -> str:
        lines = [repr(run)[1:-1] for run in self._runs]
        return f"<{len(lines)} runs>\n" + "\n".join(f"  {line}" for line in lines)

    def where(self, condition: Callable[[Run[F]], bool] | None = None, **equal: Any) -> Runs[F]:
        """Those runs for which ``condition`` holds, and whose attributes have these values: ``status="done"``."""
        kept = [
            run
            for run in self._runs
            if (condition is None or condition(run))
            and all(getattr(run, name) == value for name, value in equal.items())
        ]
        return Runs(kept, self._frames)


def read_manifest(folder: Path) -> dict[str, Any]:
    """What the manifest in ``folder`` says."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NoRun(f"{folder} is not the folder of a run: there is no {MANIFEST} in it") from None
    except (OSError, ValueError) as error:
        raise NoRun(f"{path} cannot be read: {error}") from None
    if not isinstance(manifest, dict):
        raise NoRun(f"{path} is no manifest")
    return manifest


def _factors(runs: Sequence[Run[Any]]) -> list[tuple[str, str, Kind]]:
    """The factors of all runs: the name of the column, that of the factor, and the kind. A factor whose values are all
    numbers is one."""
    values: dict[str, list[str]] = {}
    for run in runs:
        for name, value in run.factors.items():
            values.setdefault(name, []).append(value)
    taken = _columns.names() | IDENTITY.keys()
    return [
        (f"factor_{name}" if name in taken else name, name, "number" if all(map(_is_finite, found)) else "text")
        for name, found in values.items()
    ]


def _is_finite(text: str) -> bool:
    return _columns.is_number(text) and math.isfinite(float(text))
