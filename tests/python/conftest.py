"""Runs that several tests read. They are made by the installed `sim` and never changed."""

import os
import pathlib

import agora
import pytest
from pages import CHROMIUM, FLAGS
from playwright.sync_api import sync_playwright

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


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser):
    """Opens a run's page; the test fails if a script does."""
    contexts, problems = [], []

    def open_page(folder, width=1400, scheme="light", address="", file="report.html"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: message.type == "error" and problems.append(message.text))
        page.on("request", lambda request: request.url.startswith("http") and problems.append(request.url))
        page.goto(f"file://{folder}/{file}{address}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not problems, problems
