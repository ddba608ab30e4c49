"""The reader: frames with the same columns and types whatever the run."""

import json
import shutil
import subprocess
import sys

import agora
import pandas
import polars
import pytest
from agora import _columns
from conftest import ROOT

IDENTITY = ["run", "scenario", "seed", "status"]


def test_one_frame_holds_all_runs_and_says_which_a_row_belongs_to(runs):
    loaded = agora.load(f"{runs}/*")
    assert [run.name for run in loaded] == ["quick_look-s1", "quick_look-s2", "scripts"]
    frame = loaded.evolution
    assert list(frame.columns[:4]) == IDENTITY
    assert set(frame.run) == {"quick_look-s1", "quick_look-s2", "scripts"}
    assert frame.groupby("run").size().to_dict() == {"quick_look-s1": 20, "quick_look-s2": 20, "scripts": 12}
    seeds = frame.drop_duplicates("run").set_index("run").seed
    assert seeds["quick_look-s2"] == 2 and set(frame.status) == {"done"}
    # The tournament of scripts has no term that the others lack, and no adapter.
    assert frame[frame.run == "scripts"].adapter_generation.isna().all()
    assert len(loaded.where(scenario="quick_look").outcomes) == 8
    assert len(loaded[0].moves) == len(pandas.read_csv(runs / "quick_look-s1/moves.csv"))
    assert list(loaded.manifests.ticks) == [4, 4, 1]


def test_types_are_those_of_the_list_in_every_run(runs):
    types = {"whole": "Int64", "number": "float64", "text": "string"}
    for run in agora.load(runs):
        for table in run.tables:
            frame = run.table(table)
            for name in frame.columns.drop(IDENTITY):
                kind = _columns.kind(f"{table}.csv", name)
                assert kind, f"{table}.{name} is in no list"
                assert frame[name].dtype == types[kind], f"{table}.{name} of {run.name}"
    # Whole numbers to look at, and numbers all the same.
    assert agora.load(runs).evolution.illegal_rate.dtype == "float64"


def test_the_list_of_columns_is_that_of_sim():
    printed = json.loads(subprocess.check_output([agora.program(), "explain", "columns", "--format", "json"]))
    named = {
        (column["table"], column["name"]) for column in json.loads((ROOT / "python/agora/columns.json").read_text())
    }
    assert {(entry["details"]["table"], entry["name"]) for entry in printed} <= named and len(named) > 60


def test_polars_reads_the_same(runs):
    frame = agora.load(runs, frames="polars").evolution
    assert isinstance(frame, polars.DataFrame)
    other = agora.load(runs).evolution
    assert frame.columns == list(other.columns) and frame.height == len(other)
    assert frame["payoff_mean"].to_list() == other.payoff_mean.tolist()
    assert frame.schema["adapter_generation"] == polars.Int64 and frame.schema["p_c_cc"] == polars.Float64
    assert frame["adapter_generation"].null_count() == other.adapter_generation.isna().sum() > 0


def test_an_unfinished_run_is_read_up_to_its_last_whole_row(quick, tmp_path):
    run = tmp_path / "cut"
    shutil.copytree(quick, run)
    manifest = json.loads((run / "manifest.json").read_text())
    (run / "manifest.json").write_text(json.dumps({**manifest, "status": "running", "ticks_played": 2}))
    table = run / "strategy_evolution.csv"
    table.write_bytes(table.read_bytes()[:-20])
    for library in ("pandas", "polars"):
        frame = agora.load(run, frames=library).evolution
        assert len(frame) == 19 and set(frame["status"]) == {"running"}


def test_factors_of_a_design_are_columns(quick, tmp_path):
    for number, (noise, name) in enumerate([("0", "a"), ("0.05", "b"), (None, None)]):
        run = tmp_path / f"cell-{number}"
        shutil.copytree(quick, run)
        manifest = json.loads((run / "manifest.json").read_text())
        factors = {"noise": noise, "game": name, "rounds": "5"} if noise else {}
        (run / "manifest.json").write_text(json.dumps({**manifest, "factors": factors}))
    frame = agora.load(tmp_path).outcomes
    first = frame.drop_duplicates("run").set_index("run")
    assert frame.noise.dtype == "float64" and first.noise["cell-1"] == 0.05 and pandas.isna(first.noise["cell-2"])
    # `rounds` and `game` are columns of tables, so the factors go by another name, in every table.
    assert frame.factor_rounds.dtype == "float64" and frame.rounds.dtype == "Int64"
    assert frame.factor_game.dtype == "string" and "factor_rounds" in agora.load(tmp_path).evolution
    assert list(agora.load(tmp_path).manifests.noise[:2]) == [0, 0.05]


def test_errors_say_what_to_do(runs, tmp_path):
    with pytest.raises(agora.NoRun, match="there is no run in .*nowhere.*manifest.json"):
        agora.load(tmp_path / "nowhere")
    with pytest.raises(agora.MissingTable, match=r"messages.csv; it is written with .*talk: 1.*There are: .*moves"):
        _ = agora.load(runs).messages
    with pytest.raises(agora.AgoraError, match="no adapter of 'nobody'; there are: deontological_0, selfish_0"):
        agora.load(runs)[0].adapter("nobody")
    with pytest.raises(agora.AgoraError, match="expected 'pandas' or 'polars'"):
        agora.load(runs, frames="arrow")


def test_a_run_is_started_followed_and_read(tmp_path):
    with agora.run("scenarios/quick_look.ron", ticks=3, seed=7, out=tmp_path / "run") as running:
        ticks = list(running)
    assert [tick.tick for tick in ticks] == [0, 1, 2]
    assert [row["agent"] for row in ticks[0].agents] == [row["agent"] for row in ticks[2].agents]
    assert isinstance(ticks[1].outcomes["gini"], float) and ticks[1].agents[0]["adapter_generation"] == 1
    run = running.wait()
    assert (run.status, run.seed, len(run.outcomes)) == ("done", 7, 3)
    assert running.progress() == agora.Progress(3, 3, "done") and running.progress().share == 1
    assert run.outcomes.gini.tolist() == [tick.outcomes["gini"] for tick in ticks]


def test_a_run_is_stopped_and_taken_up_again(tmp_path):
    out = tmp_path / "run"
    running = agora.run("scenarios/quick_look.ron", ticks=60, out=out, arguments=["--checkpoint", "0"])
    for tick in running:
        if tick.tick == 1:
            run = running.stop()
    assert run.status == "interrupted" and 2 <= run.manifest["ticks_played"] < 60
    with pytest.raises(agora.RunInterrupted):
        running.wait()
    played = run.manifest["ticks_played"]
    done = agora.run("scenarios/quick_look.ron", ticks=60, out=out, resume=True).wait()
    assert done.status == "done" and done.manifest["resumed_at"] == [played]
    assert done.outcomes.tick.tolist() == list(range(60))


def test_what_sim_refuses_is_an_error_in_its_words(tmp_path):
    running = agora.run("scenarios/quick_look.ron", set={"populations.selfish.cout": 3}, out=tmp_path / "run")
    with pytest.raises(agora.RunFailed, match="did you mean `count`") as caught:
        running.wait()
    assert caught.value.code == 2 and list(running) == []


def test_a_scenario_may_be_an_object(tmp_path):
    scenario = {
        "version": 1,
        "name": "mine",
        "ticks": 2,
        "game": {"Named": "stag_hunt"},
        "rounds": {"Fixed": 3},
        "populations": [
            {"name": "grim", "policy": {"Scripted": "Grim"}},
            {"name": "cooperator", "policy": {"Scripted": "AlwaysCooperate"}},
        ],
    }
    run = agora.run(scenario, out=tmp_path / "run", set={"noise": 0.0, "output.pairs": True}).wait()
    assert run.scenario == "mine" and run.outcomes.collective_payoff.tolist() == [8, 8]
    assert agora.sweep(scenario, range(1, 3), out=tmp_path / "runs").wait().manifests.seed.tolist() == [1, 2]


def test_the_package_is_typed():
    mypy = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml")]
    done = subprocess.run(mypy, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
