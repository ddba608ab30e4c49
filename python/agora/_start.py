"""Starting runs, following them, stopping them."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Generic, TypeVar

from . import _columns
from ._errors import AgoraError, RunFailed, RunInterrupted
from ._frames import Library, frames
from ._load import found
from ._program import program
from ._runs import MANIFEST, Run, Runs, read_manifest

if TYPE_CHECKING:
    from typing_extensions import Self

#: Seconds between two looks at a run that goes on.
_PAUSE = 0.1
#: Exit code of a run that was stopped.
_INTERRUPTED = 130
#: Bytes that are kept of what sim says.
_SAID = 1 << 16

#: A scenario: its file, or the scenario itself as an object of JSON.
Scenario = str | os.PathLike[str] | Mapping[str, Any]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Progress:
    """How far a run has come."""

    #: Ticks that are played and in the tables.
    ticks_played: int
    #: Ticks of the whole run; 0 before it has begun.
    ticks: int
    #: ``starting``, ``running``, ``done``, ``failed`` or ``interrupted``.
    status: str

    @property
    def share(self) -> float:
        """The share of the ticks that are played."""
        return self.ticks_played / self.ticks if self.ticks else 0.0


@dataclass(frozen=True)
class Tick:
    """What a tick came to: the rows that it added to the two tables that every run writes."""

    #: Number of the tick, from 0; with ``output: (every: K)`` the last of those that its rows cover.
    tick: int
    #: The rows of ``strategy_evolution.csv``, one per agent.
    agents: list[dict[str, Any]] = field(default_factory=list)
    #: The row of ``social_outcomes.csv``.
    outcomes: dict[str, Any] = field(default_factory=dict)


class _Process(Generic[Result]):
    """A process of ``sim`` that runs something, and what it says."""

    def __init__(self, arguments: Sequence[str], scenario: Path | None) -> None:
        flags = 0
        if sys.platform == "win32":
            flags = subprocess.CREATE_NEW_PROCESS_GROUP
        self._process = subprocess.Popen(
            [program(), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            creationflags=flags,
        )
        # A scenario that was written for this process alone.
        self._scenario = scenario
        self._said: dict[str, bytearray] = {"out": bytearray(), "err": bytearray()}
        self._readers = [
            threading.Thread(target=self._listen, args=(stream, self._said[name]), daemon=True)
            for name, stream in (("out", self._process.stdout), ("err", self._process.stderr))
            if stream is not None
        ]
        for reader in self._readers:
            reader.start()

    @staticmethod
    def _listen(stream: IO[bytes], said: bytearray) -> None:
        while piece := stream.read1(1 << 12) if hasattr(stream, "read1") else stream.read(1):
            said += piece
            del said[:-_SAID]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.is_running:
            self.stop()

    @property
    def is_running(self) -> bool:
        """Whether ``sim`` is still at work."""
        return self._process.poll() is None

    @property
    def said(self) -> str:
        """The last of what ``sim`` has said: its results, and everything else."""
        return "".join(bytes(said).decode(errors="replace") for said in self._said.values())

    def wait(self, timeout: float | None = None) -> Result:
        """Waits for the end, at most ``timeout`` seconds, and returns what there is then.

        Raises `RunFailed` with the words of ``sim`` if it failed, `RunInterrupted` if it was stopped, and
        `TimeoutError` if it goes on.
        """
        code = self._end(timeout)
        if code != 0:
            error = RunInterrupted if code == _INTERRUPTED else RunFailed
            raise error(code, bytes(self._said["err"]).decode(errors="replace"))
        return self._result()

    def stop(self, timeout: float | None = None) -> Result:
        """Stops after the current tick, with a checkpoint, and returns what there is then; ``resume=True`` goes on
        from there."""
        if self.is_running:
            if sys.platform == "win32":
                self._process.send_signal(signal.CTRL_BREAK_EVENT)
            else:
                self._process.send_signal(signal.SIGINT)
        code = self._end(timeout)
        if code not in (0, _INTERRUPTED):
            raise RunFailed(code, bytes(self._said["err"]).decode(errors="replace"))
        return self._result()

    def _end(self, timeout: float | None) -> int:
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"sim is still at work after {timeout} s") from None
        for reader in self._readers:
            reader.join()
        if self._scenario is not None:
            self._scenario.unlink(missing_ok=True)
            self._scenario = None
        return code

    def _result(self) -> Result:
        raise NotImplementedError


class Running(_Process[Run[Any]]):
    """A run that was started. Iterating over it gives each tick once it is over, from the first."""

    def __init__(
        self, arguments: Sequence[str], folder: Path, library: Library, scenario: Path | None, resume: bool
    ) -> None:
        #: The run's folder.
        self.folder = folder
        self._library = library
        # What lies in the folder before this run has begun says nothing about it.
        self._before = _modified(folder / MANIFEST) if resume else None
        super().__init__(arguments, scenario)

    def __repr__(self) -> str:
        progress = self.progress()
        return f"<Running {self.folder}: {progress.status}, {progress.ticks_played} of {progress.ticks} ticks>"

    @property
    def run(self) -> Run[Any]:
        """The run as far as it has come."""
        return Run(self.folder, frames(self._library))

    def progress(self) -> Progress:
        """How far the run has come."""
        if not self._has_begun():
            return Progress(0, 0, "starting" if self.is_running else "failed")
        # Before the manifest, which is written last at the end.
        played = _last_tick(self.folder / "social_outcomes.csv") + 1
        manifest = read_manifest(self.folder)
        return Progress(max(played, int(manifest["ticks_played"])), int(manifest["ticks"]), str(manifest["status"]))

    def __iter__(self) -> Iterator[Tick]:
        """The ticks as they come, until the run ends. How it ended, `wait` tells."""
        tails = [_Tail(self.folder / name) for name in ("strategy_evolution.csv", "social_outcomes.csv")]
        ticks: dict[int, Tick] = {}
        while True:
            # Asked before reading: the last rows are there when the process is gone.
            goes_on = self.is_running
            if self._has_begun():
                agents, outcomes = (tail.rows() for tail in tails)
                for row in agents:
                    ticks.setdefault(row["tick"], Tick(row["tick"])).agents.append(row)
                for row in outcomes:
                    ticks.setdefault(row["tick"], Tick(row["tick"])).outcomes.update(row)
                # A tick's agents are all there when its outcomes are, which are written after them.
                for number in sorted(number for number, tick in ticks.items() if tick.outcomes):
                    yield ticks.pop(number)
            if not goes_on:
                return
            time.sleep(_PAUSE)

    def _has_begun(self) -> bool:
        there = _modified(self.folder / MANIFEST)
        return there is not None and (there != self._before or not self.is_running)

    def _result(self) -> Run[Any]:
        return self.run


class Sweeping(_Process[Runs[Any]]):
    """The runs of one scenario under several seeds, or of a design."""

    def __init__(self, arguments: Sequence[str], folder: Path, library: Library, scenario: Path | None) -> None:
        #: The folder that holds the runs' folders.
        self.folder = folder
        self._library = library
        super().__init__(arguments, scenario)

    @property
    def runs(self) -> Runs[Any]:
        """The runs as far as they have come."""
        return found(self.folder, self._library)

    def _result(self) -> Runs[Any]:
        return self.runs


def run(
    scenario: Scenario,
    *,
    set: Mapping[str, Any] | None = None,  # noqa: A002 (the word of the command line)
    seed: int | None = None,
    ticks: int | None = None,
    out: str | os.PathLike[str] | None = None,
    resume: bool = False,
    log: str | None = None,
    frames: Library = "pandas",
    arguments: Sequence[str] = (),
) -> Running:
    """Starts a run and returns at once; `Running.wait` waits for its end.

    ``scenario`` is a file, or the scenario as an object (``{"version": 1, "ticks": 5, …}``, as in JSON). ``set``
    replaces fields: numbers, booleans and lists as they are, text as a scenario writes it (``'Named("chicken")'``).
    ``out`` is the run's folder, by default ``runs/NAME-sSEED`` (without a seed, ``runs/NAME``), where ``NAME`` is that
    of the file. ``log="tensorboard"`` writes event files as well. ``arguments`` are handed on to ``sim run``.
    """
    file, temporary = _file(scenario)
    suffix = "" if seed is None else f"-s{seed}"
    folder = Path(out) if out is not None else Path("runs") / f"{_name(scenario)}{suffix}"
    words = ["run", str(file), "--out", str(folder), *_set(set)]
    words += [] if seed is None else ["--seed", str(seed)]
    words += [] if ticks is None else ["--ticks", str(ticks)]
    words += ["--resume"] if resume else []
    words += [] if log is None else ["--log", log]
    return Running([*words, *arguments], folder, frames, temporary, resume)


def sweep(
    scenario: Scenario,
    seeds: str | Iterable[int],
    *,
    set: Mapping[str, Any] | None = None,  # noqa: A002 (the word of the command line)
    ticks: int | None = None,
    out: str | os.PathLike[str] = "runs",
    frames: Library = "pandas",
    arguments: Sequence[str] = (),
) -> Sweeping:
    """Starts a run for each seed (``"1..5"``, ``range(1, 6)``) and returns at once; ``wait`` gives all runs in ``out``.

    Seeds that are done are skipped, unfinished ones resumed, so the same call may be repeated.
    """
    file, temporary = _file(scenario)
    named = seeds if isinstance(seeds, str) else ",".join(str(seed) for seed in seeds)
    words = ["run", str(file), "--seeds", named, "--out", os.fspath(out), *_set(set)]
    words += [] if ticks is None else ["--ticks", str(ticks)]
    return Sweeping([*words, *arguments], Path(out), frames, temporary)


def _name(scenario: Scenario) -> str:
    if isinstance(scenario, Mapping):
        return str(scenario.get("name", "scenario"))
    return Path(scenario).stem


def _file(scenario: Scenario) -> tuple[Path, Path | None]:
    """The scenario's file, and the same again if it was made for it."""
    if not isinstance(scenario, Mapping):
        return Path(scenario), None
    handle, name = tempfile.mkstemp(prefix=f"{_name(scenario)}-", suffix=".json")
    with open(handle, "w", encoding="utf-8") as file:
        json.dump({"name": _name(scenario), **scenario}, file)
    return Path(name), Path(name)


def _set(values: Mapping[str, Any] | None) -> list[str]:
    return [word for path, value in (values or {}).items() for word in ("--set", f"{path}={_written(value)}")]


def _written(value: Any) -> str:
    """A value as a scenario writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_quoted(part) for part in value)}]"
    if isinstance(value, (int, float, str)):
        return str(value)
    raise AgoraError(f"set: {value!r} is neither a number, a text, a boolean nor a list of these")


def _quoted(value: Any) -> str:
    """A value in a list, where text is a text."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else _written(value)


def _modified(path: Path) -> int | None:
    """When a file was last written; ``None`` if there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def _last_tick(path: Path) -> int:
    """The tick of the last whole row of a table; -1 if it has none."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - (1 << 12)))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        return -1
    # What comes after the last line break is not whole.
    tick = lines[-2].split(",")[0] if len(lines) >= 2 else ""
    return int(tick) if tick.isdecimal() else -1


class _Tail:
    """The rows that a table gains."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.read = 0
        self.heads: list[str] = []

    def rows(self) -> list[dict[str, Any]]:
        """The rows that are whole and have not been returned yet."""
        try:
            with open(self.path, "rb") as file:
                file.seek(self.read)
                data = file.read()
        except FileNotFoundError:
            return []
        data = data[: data.rfind(b"\n") + 1]
        self.read += len(data)
        lines = csv.reader(data.decode().splitlines())
        if not self.heads:
            self.heads = next(lines, [])
        kinds = [_columns.kind(self.path.name, head) or "text" for head in self.heads]
        return [
            {head: _columns.value(kind, cell) for head, kind, cell in zip(self.heads, kinds, line, strict=False)}
            for line in lines
        ]
