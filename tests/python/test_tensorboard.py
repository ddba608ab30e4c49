"""`--log tensorboard`: TensorBoard's own reader finds what the tables say, each step once."""

import subprocess

import agora
import pytest
from tensorboard.backend.event_processing.event_accumulator import HISTOGRAMS, SCALARS, EventAccumulator
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer

POPULATIONS = ["selfish", "utilitarian", "deontological", "tit_for_tat"]


def read(folder):
    events = EventAccumulator(str(folder), size_guidance={SCALARS: 0, HISTOGRAMS: 0})
    events.Reload()
    return events


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("logged") / "run"
    return agora.run("scenarios/quick_look.ron", ticks=5, out=out, log="tensorboard").wait()


def test_populations_and_society_are_runs_of_tensorboard(run):
    found = EventMultiplexer().AddRunsFromDirectory(str(run.path / "tensorboard"))
    found.Reload()
    assert sorted(found.Runs()) == sorted(["society", *(f"populations/{name}" for name in POPULATIONS)])


def test_scalars_are_the_means_of_the_tables(run):
    means = run.evolution.groupby(["population", "tick"]).mean(numeric_only=True)
    for name in POPULATIONS:
        events = read(run.path / f"tensorboard/populations/{name}")
        own = means.loc[name].drop(columns="seed").dropna(axis="columns", how="all")
        assert sorted(events.Tags()["scalars"]) == sorted(own.columns)
        for column in own.columns:
            points = events.Scalars(column)
            assert [point.step for point in points] == own[column].dropna().index.tolist()
            assert [point.value for point in points] == pytest.approx(own[column].dropna().tolist(), rel=1e-6)
    society = read(run.path / "tensorboard/society")
    assert [point.value for point in society.Scalars("gini")] == pytest.approx(run.outcomes.gini.tolist(), rel=1e-6)


def test_histograms_are_over_the_members_of_a_population(run):
    assert read(run.path / "tensorboard/populations/tit_for_tat").Tags()["histograms"] == []
    events = read(run.path / "tensorboard/populations/selfish")
    assert sorted(events.Tags()["histograms"]) == [
        f"p_c_{after}_members" for after in ("cc", "cd", "dc", "dd", "start")
    ]
    rows = run.evolution[run.evolution.population == "selfish"]
    for event in events.Histograms("p_c_cc_members"):
        members = rows[rows.tick == event.step].p_c_cc
        histogram = event.histogram_value
        assert (histogram.num, histogram.min, histogram.max) == (2, members.min(), members.max())
        assert sum(histogram.bucket) == 2 and histogram.sum == pytest.approx(members.sum())


def test_a_resumed_run_has_each_step_once(run, tmp_path):
    out = tmp_path / "run"
    options = {"out": out, "log": "tensorboard", "ticks": 40}
    running = agora.run("scenarios/quick_look.ron", arguments=["--checkpoint", "0"], **options)
    live = []
    for tick in running:
        if tick.tick == 2:
            live = [point.step for point in read(out / "tensorboard/society").Scalars("gini")]
            running.stop()
    assert live[:2] == [0, 1], "events come while the run goes on"
    agora.run("scenarios/quick_look.ron", resume=True, **options).wait()
    steps = [point.step for point in read(out / "tensorboard/populations/selfish").Scalars("p_c_cc")]
    assert steps == list(range(40))


def test_the_export_of_a_finished_run_is_what_it_would_have_logged(run, tmp_path):
    subprocess.run(
        [agora.program(), "export", run.path, "--format", "tensorboard", "--out", tmp_path],
        check=True,
        capture_output=True,
    )
    logged = {path.relative_to(run.path / "tensorboard"): path.read_bytes() for path in files(run.path / "tensorboard")}
    exported = {path.relative_to(tmp_path / "run"): path.read_bytes() for path in files(tmp_path / "run")}
    assert logged == exported and len(logged) == 5


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]
