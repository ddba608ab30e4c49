"""Logs that Inspect itself reads."""

import csv
import json
import shutil
import subprocess
import sys

import agora
import pytest
from inspect_ai.log import read_eval_log


def test_matches_and_evaluation_become_logs(quick, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(quick, run)
    subprocess.run([agora.program(), "evaluate", run], check=True, capture_output=True)
    # The run has no language model that talks; what would be said comes from a table like those of such runs.
    with open(run / "messages.csv", "w", newline="") as file:
        csv.writer(file).writerows(
            [["tick", "match", "round", "seat", "agent", "text"], [0, 0, 0, 0, "selfish_0", "Hi, you"]]
        )
    printed = subprocess.check_output([sys.executable, "-m", "agora.inspect", str(run)], text=True).split()
    assert [line.rsplit("-", 1)[1] for line in printed] == ["matches.eval", "evaluation.eval"]
    moves, answers = (read_eval_log(path) for path in printed)
    loaded = agora.load(run)

    rows = loaded.moves
    assert moves.status == "success" and moves.eval.model == "agora/tiny" and moves.eval.metadata["seed"] == 1
    assert len(moves.samples) == rows.groupby(["tick", "match"]).ngroups == moves.results.total_samples
    first = moves.samples[0]
    own = rows[(rows.tick == 0) & (rows.match == 0) & (rows.seat == 0)]
    assert first.scores["payoff_seat_0"].value == pytest.approx(own.payoff.mean())
    texts = [message.text for message in first.messages]
    assert len(texts) == 1 + 5 * 3 and texts[1] == "Round 0"
    assert texts[2].startswith('selfish_0 says: "Hi, you"; does: ') and "payoff" in texts[2]
    assert first.messages[2].metadata["action"] == own.action.iloc[0]
    mean = next(score for score in moves.results.scores if score.name == "payoff_seat_0").metrics["mean"].value
    assert mean == pytest.approx(rows[rows.seat == 0].groupby(["tick", "match"]).payoff.mean().mean())

    assert len(answers.samples) == len(loaded.evaluation)
    asked = loaded.evaluation.iloc[-1]
    assert answers.samples[-1].metadata["game"] == asked.game
    assert answers.samples[-1].scores["p_c_cc"].value == asked.p_c_cc


def test_a_log_of_few_matches_says_how_many_it_leaves_out(quick, tmp_path):
    from agora.inspect import to_inspect

    (path,) = to_inspect(quick, tmp_path, matches=3)
    log = read_eval_log(str(path))
    assert len(log.samples) == 3
    assert log.eval.metadata["matches_left_out"] == log.eval.metadata["matches"] - 3 > 0
    # The last ones.
    assert {sample.metadata["tick"] for sample in log.samples} == {3}


def test_a_run_without_matches_says_what_to_write(quick, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    (run / "manifest.json").write_text(json.dumps({"scenario": "x", "seed": 1, "status": "done"}))
    with pytest.raises(agora.AgoraError, match=r"neither moves.csv \(`output: \(moves: true\)`\) nor evaluation.csv"):
        agora.to_inspect(run)
