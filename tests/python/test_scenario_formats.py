"""Scenario files against the schema that `sim schema` prints, as editors and other programs read both."""

import json
import os
import pathlib
import subprocess
import tomllib

import jsonschema
import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SIM = os.environ.get("SIM", "sim")
TEMPLATES = sorted(path.stem for path in (ROOT / "scenarios" / "templates").glob("*.ron"))
READERS = {"json": json.loads, "yaml": yaml.safe_load, "toml": tomllib.loads}


def sim(*arguments, folder=ROOT):
    return subprocess.run([SIM, *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(sim("schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("ending", READERS)
@pytest.mark.parametrize("template", TEMPLATES)
def test_what_sim_writes_follows_the_schema(template, ending, validator, tmp_path):
    assert sim("new", template, f"mine.{ending}", folder=tmp_path).returncode == 0
    scenario = READERS[ending]((tmp_path / f"mine.{ending}").read_text())
    validator.validate(scenario)
    # The languages hold the same values.
    assert sim("new", template, "first.json", folder=tmp_path).returncode == 0
    assert scenario == json.loads((tmp_path / "first.json").read_text())


@pytest.mark.parametrize("ending", ["json", "yaml"])
def test_what_follows_the_schema_is_accepted(ending, validator, tmp_path):
    scenario = {
        "$schema": "scenario.schema.json",
        "version": 1,
        "ticks": 8,
        "game": {"Named": "stag_hunt"},
        "rounds": {"Continue": {"probability": 0.9}},
        "model": {"Named": "tiny"},
        "populations": [
            {
                "name": "learner",
                "count": 2,
                "policy": {"Llm": {"prompt": None}},
                "learner": {"Grpo": {"optimizer": {"lr": 1e-3, "max_grad_norm": None}}},
                "rewards": [{"term": "Payoff", "until": 8, "fade": 4}, {"term": {"Deontological": {}}, "ramp": 4}],
            },
            {"name": "grim", "policy": {"Scripted": "Grim"}},
        ],
    }
    validator.validate(scenario)
    text = json.dumps(scenario) if ending == "json" else yaml.safe_dump(scenario, sort_keys=False)
    (tmp_path / f"mine.{ending}").write_text(text)
    ran = sim(f"mine.{ending}", "--dry-run", folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    extending = {"extends": f"mine.{ending}", "ticks": 9, "populations": [{"name": "grim", "remove": True}]}
    validator.validate(extending)
    (tmp_path / "over.json").write_text(json.dumps(extending))
    ran = sim("over.json", "--dry-run", folder=tmp_path)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 1},
        {"version": 1, "ticks": 1, "game": "stag_hunt", "rounds": {"Fixed": 1}, "populations": []},
        {"extends": "base.ron", "tick": 3},
        {"extends": 5},
    ],
)
def test_what_does_not_follow_the_schema_is_refused_by_both(wrong, validator, tmp_path):
    assert not validator.is_valid(wrong)
    (tmp_path / "wrong.json").write_text(json.dumps(wrong))
    assert sim("wrong.json", "--dry-run", folder=tmp_path).returncode == 2
