"""Opens a saved adapter with Python's peft on the same base and compares label log-probabilities with given ones.

    python check_adapter.py MODEL ADAPTER_DIR CASES.json [--tolerance 2e-3]

MODEL is a GGUF file or a folder with config.json and safetensors. An activated adapter (alora_invocation_tokens) must be invoked by
the prompts.

CASES.json is a list of {"ids": [prompt token ids], "labels": [{"ids": [label token ids], "log_prob": number or null}]}; log_prob is
the sum over the label's tokens of log softmax. The measured values are printed as JSON; the exit status is 1 where one is off
by more than the tolerance. Needs torch, transformers, peft, and for GGUF files gguf.
"""

import argparse
import json
import pathlib
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM


def log_prob(model, prompt, label):
    with torch.no_grad():
        rows = model(input_ids=torch.tensor([prompt + label])).logits[0].log_softmax(-1)
    return sum(rows[len(prompt) - 1 + i, token].item() for i, token in enumerate(label))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("adapter", type=pathlib.Path)
    parser.add_argument("cases", type=pathlib.Path)
    parser.add_argument("--tolerance", type=float, default=2e-3)
    args = parser.parse_args()
    place = {"pretrained_model_name_or_path": args.model}
    if args.model.is_file():
        place = {"pretrained_model_name_or_path": args.model.parent, "gguf_file": args.model.name}
    base = AutoModelForCausalLM.from_pretrained(**place, dtype=torch.float32)
    model = PeftModel.from_pretrained(base.eval(), args.adapter).eval()
    # A key that peft does not know is only a warning there, and would leave B at zero.
    loaded = [p for n, p in model.named_parameters() if "lora_B" in n]
    assert loaded and any(p.abs().max() > 0 for p in loaded), "no adapter weight was loaded"
    worst, results = 0.0, []
    for case in json.loads(args.cases.read_text()):
        for label in case["labels"]:
            measured = log_prob(model, case["ids"], label["ids"])
            with model.disable_adapter():
                without = log_prob(model, case["ids"], label["ids"])
            given = label.get("log_prob")
            worst = max(worst, abs(measured - given)) if given is not None else worst
            results.append({"ids": label["ids"], "given": given, "measured": measured, "base": without})
    print(json.dumps({"labels": results, "worst": worst, "tolerance": args.tolerance}, indent=1))
    sys.exit(worst > args.tolerance)


if __name__ == "__main__":
    main()
