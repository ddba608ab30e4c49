"""Saved adapters: files that peft opens, and cards that say where they come from.

peft itself needs torch, which has no small build on PyPI, so what it would look for is looked for here: the names and
shapes of the tensors that a Llama of this size has in transformers, and the fields of its configuration.
"""

import json
import subprocess

import agora
import pytest
from safetensors import safe_open

# The built-in model: two blocks of width 32, 4 heads of 8 and 2 for keys and values.
SHAPES = {
    "self_attn.q_proj": (32, 32),
    "self_attn.k_proj": (16, 32),
    "self_attn.v_proj": (16, 32),
    "self_attn.o_proj": (32, 32),
    "mlp.gate_proj": (64, 32),
    "mlp.up_proj": (64, 32),
    "mlp.down_proj": (32, 64),
}


def test_tensors_have_the_names_and_shapes_that_peft_looks_for(quick):
    run = agora.load(quick)[0]
    assert list(run.adapters) == ["deontological_0", "selfish_0", "selfish_1", "utilitarian_0"]
    for folder in run.adapters.values():
        config = json.loads((folder / "adapter_config.json").read_text())
        assert (config["peft_type"], config["task_type"], config["r"]) == ("LORA", "CAUSAL_LM", 4)
        expected = {}
        for layer in range(2):
            for module, (rows, columns) in SHAPES.items():
                if module.split(".")[1] in config["target_modules"]:
                    name = f"base_model.model.model.layers.{layer}.{module}"
                    expected |= {f"{name}.lora_A.weight": [4, columns], f"{name}.lora_B.weight": [rows, 4]}
        with safe_open(folder / "adapter_model.safetensors", "numpy") as tensors:
            assert {name: tensors.get_slice(name).get_shape() for name in tensors.keys()} == expected
            assert any(tensors.get_tensor(name).any() for name in expected if "lora_B" in name), "it has learned"


def test_a_card_says_how_the_adapter_came_about(quick):
    run = agora.load(quick)[0]
    card = (run.adapter("deontological_0") / "README.md").read_text()
    front, body = card.removeprefix("---\n").split("---\n", 1)
    assert "library_name: peft\n" in front and "- lora\n" in front and "base_model:" not in front
    row = run.evolution.query("agent == 'deontological_0'").iloc[-1]
    for part in [
        "| scenario, agent, seed | quick_look, deontological_0, 1 |",
        "| game | prisoners_dilemma, 5 rounds a match, noise 0 |",
        "| players | 2 × selfish, 1 × utilitarian, 1 × deontological, 1 × tit_for_tat |",
        "| reward | deontological |",
        "| learner | GRPO, lr ",
        "| ticks, updates | 4, 4 |",
        f"after CC {row.p_c_cc:g}, CD {row.p_c_cd:g}, DC {row.p_c_dc:g}, DD {row.p_c_dd:g} (own action first; exact,",
        f"nearest strategy: {row.nearest_strategy} |",
        "The base's licence, which is not known here",
    ]:
        assert part in body, part
    assert str(quick) not in card and "/root" not in card and "/home" not in card


def test_folders_for_the_hub_have_the_evaluation_in_their_cards(quick, tmp_path):
    evaluation = tmp_path / "run"
    agora.run("scenarios/quick_look.ron", ticks=2, out=evaluation).wait()
    subprocess.run([agora.program(), "evaluate", evaluation], check=True, capture_output=True)
    subprocess.run([agora.program(), "export", evaluation, "--format", "hub"], check=True, capture_output=True)
    run = agora.load(evaluation)[0]
    answers = run.evaluation.query("part == 'game' and estimate == 'exact' and agent == 'selfish_1'")
    hub = evaluation / "hub/selfish_1"
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        assert (hub / name).read_bytes() == (run.adapter("selfish_1") / name).read_bytes()
    card = (hub / "README.md").read_text()
    assert card.startswith((run.adapter("selfish_1") / "README.md").read_text()) and "## Evaluation" in card
    assert len(answers) == 5
    for answer in answers.itertuples():
        assert f"| {answer.game} | {answer.c_after_c + answer.c_after_d:.2f} (" in card


def test_a_base_that_no_hub_holds_must_be_named(quick):
    with pytest.raises(agora.AgoraError, match="trained on 'tiny', which no hub holds; name its weights with base="):
        agora.peft(agora.load(quick)[0], "selfish_0")
    with pytest.raises(agora.AgoraError, match="no adapter of 'grim'"):
        agora.peft(agora.load(quick)[0], "grim")
