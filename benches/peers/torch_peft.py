"""One learning step of a LoRA policy in PyTorch + PEFT, on the shapes of `cargo run --release --example bench_step`.

SmolLM2-135M's shape with random weights, LoRA of rank 64 on all linear layers; in f32, in bf16 by autocast with the
parameters in f32, and with all parameters in bf16; five decisions of 176 tokens (150 of
them shared), answers of two tokens, PPO with clipping over four epochs. Nothing is made slower than it need be: logits
are computed only where they are read, decoding uses the KV cache, frozen weights get no gradient.
"""

import argparse
import contextlib
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

PROMPTS, SHARED, OWN, ANSWER, EPOCHS = 5, 150, 26, 2, 4


FORMATS = ["f32", "bf16 autocast", "bf16 weights"]


def products(name):
    """What a pass runs under. Autocast's cache of weights would keep a step from learning after a pass without gradients."""
    if name == "bf16 autocast":
        return torch.autocast("cpu", dtype=torch.bfloat16, cache_enabled=False)
    return contextlib.nullcontext()


def base():
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9,
        num_key_value_heads=3, tie_word_embeddings=True, rope_theta=1e5, max_position_embeddings=8192,
    )
    return LlamaForCausalLM(config).float().eval()


def prompts():
    trunk = [i * 31 % 49152 for i in range(SHARED)]
    return torch.tensor([trunk + [1000 + 100 * i + j for j in range(OWN)] for i in range(PROMPTS)])


def answer_log_probs(model, sequences):
    """ln π of each answer, summed over its tokens; logits at the places that are read only."""
    logits = model(sequences, logits_to_keep=ANSWER + 1).logits[:, :-1].log_softmax(-1)
    return logits.gather(-1, sequences[:, -ANSWER:, None]).squeeze(-1).sum(-1)


def score(model):
    """Every prompt with each of two answers in one padded batch: what a table costs without shared prefixes."""
    answers = torch.tensor([[7, 8], [7, 9]])
    sequences = torch.cat([torch.cat([row, answer])[None] for row in prompts() for answer in answers])
    with torch.no_grad():
        return answer_log_probs(model, sequences)


def decide(model):
    with torch.no_grad():
        return model.generate(
            prompts(), attention_mask=torch.ones(PROMPTS, SHARED + OWN), max_new_tokens=ANSWER, min_new_tokens=ANSWER,
            do_sample=True, pad_token_id=0,
        )


def learn(model, optimizer, sequences):
    advantages = torch.randn(PROMPTS)
    with torch.no_grad():
        played = answer_log_probs(model, sequences)
        with model.disable_adapter():
            reference = answer_log_probs(model, sequences)
    for _ in range(EPOCHS):
        now = answer_log_probs(model, sequences)
        ratio = (now - played).exp()
        clipped = torch.min(ratio * advantages, ratio.clamp(0.8, 1.2) * advantages)
        loss = (-clipped + 0.2 * (now - reference)).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], 1.0)
        optimizer.step()


def clock(work, repeats):
    """Best wall and processor time of `repeats` calls."""
    walls, processors = [], []
    for _ in range(repeats):
        wall, processor = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return min(walls), min(processors)


def measure(name, args):
    """Prints the table of one format."""
    model = base()
    lora = LoraConfig(r=args.rank, lora_alpha=args.rank / 2, target_modules="all-linear", task_type="CAUSAL_LM")
    is_rounded = name == "bf16 weights"
    if is_rounded:
        model = model.bfloat16()
    model = get_peft_model(model, lora, adapter_name="a0", autocast_adapter_dtype=not is_rounded)
    trained = lambda: [p for p in model.parameters() if p.requires_grad]
    print(f"torch {torch.__version__}, {args.threads} threads, rank {args.rank}, {name}")
    print(f"{'':34} {'wall s':>8} {'CPU s':>8}")
    line = lambda name, times: print(f"{name:34} {times[0]:8.2f} {times[1]:8.2f}", flush=True)
    with products(name):
        line("score 5 prompts x 2 answers", clock(lambda: score(model), args.repeats))
        optimizer = torch.optim.AdamW(trained(), lr=1e-4)
        line("decide 5 prompts", clock(lambda: decide(model), args.repeats))
        sequences = decide(model)
        line("learn, 4 epochs", clock(lambda: learn(model, optimizer, sequences), args.repeats))
        if args.agents > 0:
            line(f"tick of {args.agents} agents", clock(lambda: tick(model, optimizers(model, lora, args.agents)), 1))


def optimizers(model, lora, agents):
    """An adapter and its optimizer for each agent."""
    for i in range(1, agents):
        model.add_adapter(f"a{i}", lora)
    made = []
    for i in range(agents):
        model.set_adapter(f"a{i}")
        made.append(torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4))
    return made


def tick(model, optimizers):
    for i, optimizer in enumerate(optimizers):
        model.set_adapter(f"a{i}")
        learn(model, optimizer, decide(model))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--agents", type=int, default=16, help="agents of a tick; 0: none is measured")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--format", action="append", choices=FORMATS, help="default: all of them")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    for name in args.format or FORMATS:
        measure(name, args)


if __name__ == "__main__":
    main()
