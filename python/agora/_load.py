"""Finding runs."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from ._errors import NoRun
from ._frames import Library, frames
from ._runs import MANIFEST, Run, Runs

if TYPE_CHECKING:
    import pandas
    import polars

#: One or more folders, or patterns such as ``runs/*``.
Where = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


@overload
def load(where: Where = ..., *, frames: Literal["pandas"] = ...) -> Runs[pandas.DataFrame]: ...


@overload
def load(where: Where = ..., *, frames: Literal["polars"]) -> Runs[polars.DataFrame]: ...


def load(where: Where = "runs", *, frames: Library = "pandas") -> Runs[Any]:
    """Finds runs, finished or not, and gives their tables as frames.

    ``where`` names folders of runs, folders that hold such folders at any depth, or patterns of both. Tables
    are read when they are first asked for; what a run in progress has written so far is read like the rest.
    ``frames`` is the library that makes frames, ``"pandas"`` or ``"polars"``.
    """
    return found(where, frames)


def found(where: Where, library: Library) -> Runs[Any]:
    """The runs in ``where``."""
    patterns = [where] if isinstance(where, (str, os.PathLike)) else list(where)
    folders: dict[Path, Path] = {}
    for pattern in patterns:
        inside = [folder for path in _matching(os.fspath(pattern)) for folder in _runs(path)]
        if not inside:
            raise NoRun(f"there is no run in {os.fspath(pattern)}: a run's folder holds a {MANIFEST}")
        for folder in inside:
            folders.setdefault(folder.resolve(), folder)
    made = frames(library)
    names = _names(list(folders))
    return Runs([Run(folder, made, names[real]) for real, folder in folders.items()], made)


def _matching(pattern: str) -> list[Path]:
    """What a pattern matches, by name."""
    path = Path(pattern).expanduser()
    # A folder may have a name that looks like a pattern.
    return [path] if path.exists() else [Path(found) for found in sorted(glob.glob(str(path), recursive=True))]


def _runs(path: Path) -> list[Path]:
    """The folder, if it is a run's, or those inside it."""
    if (path / MANIFEST).is_file():
        return [path]
    if not path.is_dir():
        return []
    return [run for folder in sorted(path.iterdir()) if folder.is_dir() for run in _runs(folder)]


def _names(folders: list[Path]) -> dict[Path, str]:
    """A name for each folder: its own, with those of as many folders around it as tell all apart."""
    for depth in range(1, max(len(folder.parts) for folder in folders) + 1):
        names = {folder: "/".join(folder.parts[-depth:]) for folder in folders}
        if len(set(names.values())) == len(folders):
            break
    return names
