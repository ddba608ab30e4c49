"""A run as logs of Inspect: ``python -m agora.inspect RUN…``, then ``inspect view --log-dir RUN/inspect``.

The matches of ``moves.csv`` become one log, a sample each, with what was said (``messages.csv``,
``generations.csv``) and done, and scores. The rows of ``evaluation.csv`` become another.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from . import _columns
from ._errors import AgoraError, MissingPackage
from ._frames import kinds, text
from ._runs import Run, read_manifest

try:
    from inspect_ai.log import (
        EvalConfig,
        EvalDataset,
        EvalLog,
        EvalMetric,
        EvalResults,
        EvalSample,
        EvalScore,
        EvalSpec,
        EvalStats,
        write_eval_log,
    )
    from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageSystem, ChatMessageUser, ModelOutput
    from inspect_ai.scorer import Score
except ImportError as error:
    raise MissingPackage("inspect-ai", "inspect", "a log of Inspect") from error

#: The most matches of a log, unless another number is named: the last ones.
MATCHES = 1000

_Row = dict[str, Any]
_Key = tuple[int, ...]


def to_inspect(run: Run[Any] | str | Path, out: str | Path | None = None, *, matches: int = MATCHES) -> list[Path]:
    """Writes the logs of ``run`` to ``out``, by default to ``inspect/`` in its folder, and returns their files.

    The log of the matches holds the last ``matches`` of them, and says how many it leaves out.
    """
    folder = run.path if isinstance(run, Run) else Path(run)
    manifest = read_manifest(folder)
    logs = {}
    if (folder / "moves.csv").is_file():
        logs["matches"] = _log(manifest, "matches", *_matches(folder, manifest, matches))
    if (folder / "evaluation.csv").is_file():
        logs["evaluation"] = _log(manifest, "evaluation", _answers(folder), {})
    if not logs:
        raise AgoraError(
            f"{folder} has neither moves.csv (`output: (moves: true)`) nor evaluation.csv (`sim evaluate`), "
            "so there is nothing to log"
        )
    into = Path(out) if out is not None else folder / "inspect"
    into.mkdir(parents=True, exist_ok=True)
    written = []
    for name, log in logs.items():
        path = into / f"{manifest['scenario']}-s{manifest['seed']}-{name}.eval"
        write_eval_log(log, str(path), format="eval")
        written.append(path)
    return written


def _log(manifest: _Row, task: str, samples: list[EvalSample], metadata: _Row) -> EvalLog:
    model = manifest.get("model") or {"name": "none"}
    began = _began(manifest)
    ended = began + datetime.timedelta(seconds=float(manifest.get("seconds", 0)))
    status: dict[str, Literal["success", "started", "cancelled"]]
    status = {"done": "success", "running": "started", "interrupted": "cancelled"}
    kept = ("scenario", "scenario_sha256", "seed", "ticks", "ticks_played", "version", "factors", "commit")
    return EvalLog(
        status=status.get(manifest["status"], "error"),
        eval=EvalSpec(
            created=began.isoformat(),
            task=f"{manifest['scenario']} {task}",
            model=f"agora/{model['name']}",
            dataset=EvalDataset(name=manifest["scenario"], samples=len(samples), sample_ids=[s.id for s in samples]),
            config=EvalConfig(),
            packages={"agora-sim": str(manifest.get("version", ""))},
            metadata={**{key: manifest[key] for key in kept if manifest.get(key) is not None}, **metadata},
        ),
        results=EvalResults(total_samples=len(samples), completed_samples=len(samples), scores=_means(samples)),
        stats=EvalStats(started_at=began.isoformat(), completed_at=ended.isoformat()),
        samples=samples,
    )


def _began(manifest: _Row) -> datetime.datetime:
    """When the run was started; older manifests count seconds since 1970."""
    if "started" in manifest:
        return datetime.datetime.fromisoformat(str(manifest["started"]).replace("Z", "+00:00"))
    return datetime.datetime.fromtimestamp(manifest.get("started_unix_seconds", 0), datetime.timezone.utc)


def _means(samples: list[EvalSample]) -> list[EvalScore]:
    """The mean of every score over the samples that have it."""
    values: dict[str, list[float]] = {}
    for sample in samples:
        for name, score in (sample.scores or {}).items():
            values.setdefault(name, []).append(score.as_float())
    return [
        EvalScore(
            name=name,
            scorer=name,
            scored_samples=len(found),
            unscored_samples=len(samples) - len(found),
            metrics={"mean": EvalMetric(name="mean", value=sum(found) / len(found))},
        )
        for name, found in values.items()
    ]


def _rows(path: Path) -> Iterator[_Row]:
    """The rows of a table, with values."""
    known = kinds(path)
    lines = text(path).read().decode().splitlines(keepends=True)
    for row in csv.DictReader(lines):
        yield {name: _columns.value(kind, row[name] or "") for name, kind in known.items()}


def _matches(folder: Path, manifest: _Row, most: int) -> tuple[list[EvalSample], _Row]:
    """A sample for each of the last matches."""
    all_matches, last = 0, deque[list[_Row]](maxlen=most)
    current: _Key = ()
    rounds: dict[_Key, list[_Row]] = {}
    for row in _rows(folder / "moves.csv"):
        # Matches are played side by side, so their rounds alternate; ticks follow one another.
        if (row["tick"],) != current:
            last.extend(rounds.values())
            all_matches, rounds, current = all_matches + len(rounds), {}, (row["tick"],)
        rounds.setdefault((row["tick"], row["match"]), []).append(row)
    last.extend(rounds.values())
    all_matches += len(rounds)
    kept: set[_Key] = {(rows[0]["tick"], rows[0]["match"]) for rows in last}
    said = {name: _said(folder / f"{name}.csv", kept) for name in ("messages", "generations")}
    samples = [_match(manifest, rows, said) for rows in last]
    return samples, {"matches": all_matches, "matches_left_out": all_matches - len(samples)}


def _said(path: Path, kept: set[_Key]) -> dict[_Key, str]:
    """Texts by tick, match, round and seat, of these matches."""
    if not path.is_file():
        return {}
    return {
        (row["tick"], row["match"], row["round"], row["seat"]): str(row["text"] or "")
        for row in _rows(path)
        if (row["tick"], row["match"]) in kept
    }


def _match(manifest: _Row, rows: list[_Row], said: dict[str, dict[_Key, str]]) -> EvalSample:
    tick, match = rows[0]["tick"], rows[0]["match"]
    agents = {row["seat"]: row["agent"] for row in rows}
    opening = f"{manifest['scenario']}, tick {tick}, match {match}: {' against '.join(agents.values())}"
    messages: list[ChatMessage] = [ChatMessageSystem(content=opening)]
    by_round: dict[int, list[_Row]] = {}
    for row in rows:
        by_round.setdefault(row["round"], []).append(row)
    for number, seats in by_round.items():
        messages.append(ChatMessageUser(content=f"Round {number}"))
        for row in seats:
            key = (tick, match, number, row["seat"])
            words = [f'says: "{said["messages"][key]}"'] if key in said["messages"] else []
            words += [f'answers: "{said["generations"][key]}"'] if key in said["generations"] else []
            words.append(f"does: {row['action']}")
            words.append(f"payoff {_short(row['payoff'])}, reward {_short(row['reward'])}")
            content = f"{row['agent']} " + "; ".join(words)
            messages.append(ChatMessageAssistant(content=content, model=row["agent"], metadata=dict(row)))
    scores = {}
    for seat in agents:
        own = [row for row in rows if row["seat"] == seat]
        for name in ("payoff", "reward"):
            values = [row[name] for row in own if row[name] is not None]
            if values:
                scores[f"{name}_seat_{seat}"] = Score(value=sum(values) / len(values), answer=agents[seat])
    illegal = sum(row["action"] == "illegal" for row in rows)
    scores["illegal_rate"] = Score(value=illegal / len(rows))
    actions = "; ".join(f"{agents[seat]}: {_actions(rows, seat)}" for seat in agents)
    return EvalSample(
        id=f"{tick}-{match}",
        epoch=1,
        input=opening,
        target="",
        messages=messages,
        output=ModelOutput.from_content(model="agora", content=actions),
        scores=scores,
        metadata={"tick": tick, "match": match, "agents": list(agents.values())},
    )


def _actions(rows: list[_Row], seat: int) -> str:
    return " ".join(row["action"] for row in rows if row["seat"] == seat)


def _short(number: float | None) -> str:
    return "none" if number is None else f"{number:g}"


def _answers(folder: Path) -> list[EvalSample]:
    """A sample for each row of the evaluation."""
    samples = []
    for number, row in enumerate(_rows(folder / "evaluation.csv")):
        asked = ("part", "game", "labels", "table", "phrasing", "histories", "estimate")
        question = ", ".join(f"{name}: {row[name]}" for name in asked if row.get(name))
        who = f"{row['subject']} {row['agent'] or row['population'] or ''}".strip()
        scores = {
            name: Score(value=value) for name, value in row.items() if isinstance(value, float) and name != "decisions"
        }
        answer = ", ".join(f"{name} {score.as_float():g}" for name, score in scores.items())
        samples.append(
            EvalSample(
                id=number,
                epoch=1,
                input=f"{who}; {question}",
                target="",
                messages=[ChatMessageUser(content=question), ChatMessageAssistant(content=answer, model=who)],
                output=ModelOutput.from_content(model=who, content=answer),
                scores=scores,
                metadata={name: value for name, value in row.items() if value is not None},
            )
        )
    return samples


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m agora.inspect", description="Writes runs as logs of Inspect.")
    parser.add_argument("runs", metavar="RUN", nargs="+", help="folders of runs")
    parser.add_argument("--out", metavar="DIR", help="where to write; default: inspect/ in each run's folder")
    parser.add_argument(
        "--matches", metavar="N", type=int, default=MATCHES, help="log the last N (default %(default)s)"
    )
    args = parser.parse_args(arguments)
    try:
        for run in args.runs:
            for path in to_inspect(run, args.out, matches=args.matches):
                print(path)
    except AgoraError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
