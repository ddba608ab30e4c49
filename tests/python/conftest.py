"""Runs that several tests read. They are made by the installed `sim` and never changed."""

import os
import pathlib

import agora
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Scenarios are named relative to the project.
os.chdir(ROOT)

TABLES = {"output.moves": True, "output.pairs": True}


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """Two seeds of learners on the built-in model, and a tournament of scripts, in one folder."""
    folder = tmp_path_factory.mktemp("runs")
    agora.sweep("scenarios/quick_look.ron", "1..2", ticks=4, set=TABLES, out=folder).wait()
    agora.run("scenarios/scripted_tournament.ron", set={**TABLES, "rounds": "Fixed(20)"}, out=folder / "scripts").wait()
    return folder


@pytest.fixture(scope="session")
def quick(runs):
    """The folder of a run of learners."""
    return runs / "quick_look-s1"
