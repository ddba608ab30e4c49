"""Runs of ``sim`` from Python: start them, follow them, read their tables as frames.

>>> import agora
>>> runs = agora.load("runs/*")
>>> runs.evolution.groupby(["scenario", "population", "tick"]).cooperation_rate.mean()

Starting and following runs needs nothing but this package. Frames need pandas or Polars, environments
PettingZoo, models peft, logs inspect-ai; each is imported where it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._errors import AgoraError, MissingPackage, MissingTable, NoRun, RunFailed, RunInterrupted
from ._load import load
from ._models import peft
from ._program import program, version
from ._runs import Run, Runs
from ._start import Progress, Running, Sweeping, Tick, run, sweep

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from ._env import DilemmaEnv

__all__ = [
    "AgoraError",
    "MissingPackage",
    "MissingTable",
    "NoRun",
    "Progress",
    "Run",
    "RunFailed",
    "RunInterrupted",
    "Running",
    "Runs",
    "Sweeping",
    "Tick",
    "env",
    "load",
    "peft",
    "program",
    "run",
    "sweep",
    "to_inspect",
    "version",
]


def env(
    game: str | Mapping[str, Any], *, rounds: int = 10, noise: float = 0.0, render_mode: str | None = None
) -> DilemmaEnv:
    """A game as a parallel environment of PettingZoo; the payoffs are those of ``sim``.

    ``game`` is a name (``sim explain games`` lists them) or a game as a scenario writes it:
    ``'PublicGoods(players: 4, multiplier: 1.6)'``. A match lasts ``rounds`` rounds. Every action
    is replaced by another at random with probability ``noise``.
    """
    from ._env import make

    return make(game, rounds=rounds, noise=noise, render_mode=render_mode)


def to_inspect(run: Run[Any] | str | Path, out: str | Path | None = None) -> list[Path]:
    """Writes a run as logs of Inspect (``.eval``), by default to ``inspect/`` in the run's folder.

    One log holds the matches, if the run has ``moves.csv``; another the evaluation, if it has
    ``evaluation.csv``. Returns the files. ``inspect view --log-dir`` shows them.
    """
    from .inspect import to_inspect as write

    return write(run, out)
