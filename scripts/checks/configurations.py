"""Compares entropies and targets with transformers' on tiny pairs that have the config.json of real models.

Needs torch 2.13, transformers 5.18, safetensors and tokenizers on a CPU, and a built dist/:

    npm run -s build && python scripts/checks/configurations.py [--only TEXT] [--write]

Of each pair of models.py the sizes are scaled down (heads in ratio, hidden about 64, 2 to 4 layers, a vocabulary of 320) and
every other field is kept. Weights are random, in bf16. Each side's config.json is spelled as published ("hub"), as
transformers 4.57 writes it ("4.57", imitated) or as 5.18 does ("5"); pairs with scaled rotary embeddings are made in two
spellings. Of every second pair with llama3 or YaRN the original length is scaled down to 64 positions too.

The command line measures both checkpoints; the oracle is transformers' own forward of the same folders, in float32 with eager
attention. Ends with 1 if an entropy differs by more than 2e-5 nats (relative above 1 nat), or a target does.

--write leaves docs/configurations.md and test/fixtures/configurations.json (every config.json and what transformers reads in it).
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import torch
from models import models, pairs
from safetensors.torch import load_file
from tinyCheckpoint import root, scaled, tokenizer_path, write_side
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM
from transformers.utils import logging

logging.set_verbosity_error()
logging.disable_progress_bar()
limit = 2e-5
spellings = [("hub", "hub"), ("hub", "5"), ("4.57", "5"), ("5", "hub"), ("5", "5"), ("hub", "4.57")]


def load(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def completed(base, sft):
    """The base with the SFT's rows where its vocabulary ends earlier."""
    rows, all_rows = base.config.vocab_size, sft.config.vocab_size
    if rows != all_rows:
        base.resize_token_embeddings(all_rows, mean_resizing=False)
        with torch.no_grad():
            base.get_input_embeddings().weight[rows:] = sft.get_input_embeddings().weight[rows:]
            base.get_output_embeddings().weight[rows:] = sft.get_output_embeddings().weight[rows:]
    return base


def oracle(model, samples):
    """Entropies (nats) of all response rows, one tensor a sample."""
    found = []
    with torch.no_grad():
        for ids, rows in samples:
            logs = torch.log_softmax(model(ids[None]).logits[0, rows].double(), -1)
            found.append(-(logs.exp() * logs).sum(-1))
    return found


def calibration(path):
    """Four pairs of 500 to 800 tokens. Returns (ids, response rows) of each."""
    generator = random.Random(5)
    words = "marbles the are taken away Question Answer boxes how many 12 37 old years and left therefore\n".split(" ")
    tokenizer = Tokenizer.from_file(str(tokenizer_path))
    lines, samples = [], []
    for length in (90, 110, 130, 150):
        prompt = " ".join(generator.choices(words, k=length // 2)) + "\nAnswer:"
        response = " " + " ".join(generator.choices(words, k=length))
        lines.append(json.dumps({"prompt": prompt, "response": response}))
        first, second = (tokenizer.encode(text, add_special_tokens=False).ids for text in (prompt, response))
        ids = torch.tensor(first + second)
        assert len(ids) >= 500, len(ids)
        samples.append((ids, torch.arange(len(first) - 1, len(ids) - 1)))
    path.write_text("\n".join(lines) + "\n")
    return samples


def architecture(model):
    """What transformers makes of the configuration, in the words of Architecture."""
    config, state = model.config, dict(model.named_parameters())
    attention = model.model.layers[0].self_attn
    rope, rotary = config.rope_parameters, model.model.rotary_emb
    kind = rope["rope_type"]
    scaling = {"type": "default" if kind == "dynamic" else kind}
    if kind not in ("default", "dynamic"):
        scaling["factor"] = rope["factor"]
    if kind in ("llama3", "yarn"):
        scaling["originalMaxPositions"] = rope["original_max_position_embeddings"]
    if kind == "llama3":
        scaling |= {"lowFreqFactor": rope["low_freq_factor"], "highFreqFactor": rope["high_freq_factor"]}
    if kind == "yarn":
        scaling |= {"betaFast": rope.get("beta_fast") or 32, "betaSlow": rope.get("beta_slow") or 1,
                    "attentionFactor": rotary.attention_scaling, "truncate": rope.get("truncate", True)}
    window = getattr(config, "sliding_window", None)
    types = getattr(config, "layer_types", None)
    if types is not None and "sliding_attention" not in types:
        window = None
    short = {"slidingWindow": window} if window is not None and window < config.max_position_embeddings else {}
    module = {"self_attn": ("q_proj", "k_proj", "v_proj", "o_proj"), "mlp": ("gate_proj", "up_proj", "down_proj")}
    return {
        "family": config.model_type, "layers": len(model.model.layers), "hiddenSize": config.hidden_size,
        "heads": config.num_attention_heads, "keyValueHeads": attention.k_proj.out_features // attention.head_dim,
        "headDim": attention.head_dim, "intermediateSize": model.model.layers[0].mlp.up_proj.out_features,
        "vocabSize": config.vocab_size, "rmsNormEps": model.model.norm.variance_epsilon,
        "ropeTheta": rope["rope_theta"], "ropeScaling": scaling, "maxPositions": config.max_position_embeddings,
        **short, "tiedEmbeddings": model.lm_head.weight is model.model.embed_tokens.weight,
        "queryKeyNorm": "model.layers.0.self_attn.q_norm.weight" in state,
        "biases": {name: f"model.layers.0.{part}.{name}.bias" in state for part, names in module.items() for name in names},
        "headBias": False,
    }


def worst(measured, expected):
    return ((measured.double() - expected).abs() / expected.abs().clamp(min=1)).max().item()


def check(folder, samples, lines):
    """Runs the command line on the pair; the largest differences of base and SFT, and whether targets are equal."""
    record = folder / "run.rejuvenation.json"
    command = ["node", root / "dist/cli.cjs", "attribute", "--base", folder / "base", "--sft", folder / "sft", "--calibration",
               lines, "--record", record, "--device", "cpu", "--samples", "4", "--threads", "1"]
    run = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    sft = load(folder / "sft")
    base_config = architecture(load(folder / "base"))
    base = completed(load(folder / "base"), sft)
    configs = [(json.loads((folder / side / "config.json").read_text()), expected)
               for side, expected in (("base", base_config), ("sft", architecture(sft)))]
    if run.returncode != 0:
        return None, f"exit code {run.returncode}: {run.stderr.strip()}", configs
    arrays = load_file(folder / "run.rejuvenation.safetensors")
    assert arrays["samples.ids"].tolist() == [id for ids, _ in samples for id in ids.tolist()], "other tokens"
    expected = [oracle(model, samples) for model in (base, sft)]
    found = [worst(arrays[f"measurements.{i}.entropy"], torch.cat(expected[i])) for i in range(2)]
    targets = []
    for sample, (ids, rows) in enumerate(samples):
        gap = (expected[1][sample] - expected[0][sample]).abs()
        chosen = torch.sort(gap, descending=True, stable=True).indices[:8].sort().values
        targets += [(sample, rows[i].item(), ids[rows[i] + 1].item()) for i in chosen]
    measured = zip(*(arrays[f"targets.{name}"].tolist() for name in ("sample", "row", "gold")))
    same = sorted(measured) == sorted(targets)
    return found, None if same else "other targets", configs


def document(rows):
    worst_of_all = max(max(found) for *_, found in rows)
    head = f"""# Configurations held to transformers

{len(rows)} tiny pairs: {len({row[:2] for row in rows})} pairs of base and SFT with the `config.json` of {len(models)} checkpoints, some in two spellings. Sizes are
scaled down (heads in ratio); every other field is the real model's, as far as it is public (written by hand, not downloaded). "With", "tuned" and
"saved by" mark variants of a real one. Spelling: as on the Hub (hub), as transformers 4.57 writes it (4.57, imitated), as 5.18 writes it (5).

Weights are random and bf16; samples have 511 to 803 tokens. The oracle is transformers' own forward of the same folders, in float32 with eager
attention. The columns give the largest difference of an entropy over all response rows, in nats (relative above 1 nat). The largest of all is
{worst_of_all:.1e}; all targets are the same. "64": original positions scaled down to 64, so that samples go far past them.

Made by `python scripts/checks/configurations.py --write`, which says what it needs; the real fields are written out in
`scripts/checks/models.py`. That each `config.json` is read as transformers reads it is tested from
`test/fixtures/configurations.json`.

| base | SFT | spelling | base differs | SFT differs | positions |
|---|---|---|---|---|---|
"""
    table = [f"| {base} | {sft} | {one}, {two} | {a:.1e} | {b:.1e} | {'64' if short else ''} |\n"
             for base, sft, (one, two), short, (a, b) in rows]
    return head + "".join(table)


def tasks(only):
    """Each pair with its first spelling, and with another where rotary embeddings are stretched: (number, turn, short)."""
    stretched = 0
    for number, (base, sft) in enumerate(pairs):
        scalings = [models[name].get("rope_scaling") or {} for name in (base, sft)]
        stretches = any("original_max_position_embeddings" in scaling for scaling in scalings)
        stretched += stretches
        if only in base + sft:
            yield from ((number, turn, stretches and stretched % 2 == 1) for turn in range(2 if any(scalings) else 1))


def measure(task):
    """Makes a pair and compares it. Returns (spelling, differences, fault, configurations)."""
    number, turn, short = task
    torch.set_num_threads(1)
    base, sft = (models[name] for name in pairs[number])
    spelling = spellings[(number + 2 * turn) % 6]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        samples = calibration(folder / "calibration.jsonl")
        seed = 1000 * number + turn
        weights = write_side(folder / "base", scaled(base, number, short, 0), spelling[0], seed)
        more = sft["vocab_size"] - base["vocab_size"]
        write_side(folder / "sft", scaled(sft, number, short, more), spelling[1], seed + 500, weights)
        return spelling, *check(folder, samples, folder / "calibration.jsonl")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    rows, faults, fixture = [], 0, {}
    planned = list(tasks(options.only))
    with ProcessPoolExecutor(3, get_context("spawn")) as workers:
        for (number, _, short), (spelling, found, fault, configs) in zip(planned, workers.map(measure, planned)):
            base, sft = pairs[number]
            for name, way, (config, expected) in zip((base, sft), spelling, configs):
                fixture.setdefault(json.dumps(config), (f"{name} ({way})", expected))
            bad = fault is not None or max(found) > limit
            faults += bad
            print("FAULT" if bad else "ok", base, sft, *spelling, "64" if short else "", found, fault or "", flush=True)
            if found is not None:
                rows.append((base, sft, spelling, short, found))
    print(len(rows), "pairs, largest difference", max(max(found) for *_, found in rows), "faults", faults)
    if options.write:
        (root / "docs/configurations.md").write_text(document(rows))
        entries = [json.dumps({"name": name, "config": json.loads(text), "expected": expected}, separators=(",", ":"))
                   for text, (name, expected) in fixture.items()]
        (root / "test/fixtures/configurations.json").write_text("[\n" + ",\n".join(entries) + "\n]\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
