"""Compares entropies and targets with transformers' on tiny pairs that have the config.json of real models.

Needs torch 2.13, transformers 5.18, safetensors and tokenizers on a CPU, and a built dist/:

    npm run -s build && python scripts/checks/configurations.py [--only TEXT] [--first NUMBER] [--write]

Of each pair of models.py and moreModels.py the sizes are scaled down (heads in ratio, hidden about 64, 2 to 4 layers or until each
kind has come, 8 experts of which a token has 2, a vocabulary of 320) and every other field is kept. Weights are random, in bf16. Each side's config.json is spelled as published ("hub"), as
transformers 4.57 writes it ("4.57", imitated) or as 5.18 does ("5"); pairs with scaled rotary embeddings are made in two
spellings. Of every second pair with llama3 or YaRN the original length is scaled down to 64 positions too, and of the families and
windows of moreModels.py every length and window.

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
from moreModels import first_number
from readArchitecture import architecture
from safetensors.torch import load_file
from tinyCheckpoint import root, scaled, tokenizer_path, write_side
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM
from transformers.utils import logging

logging.set_verbosity_error()
logging.disable_progress_bar()
limit = 2e-5
document_path = root / "docs/configurations.md"
fixture_path = root / "test/fixtures/configurations.json"
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


def document(table):
    """The page of a table's lines."""
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table]
    worst_of_all = max(float(number) for row in cells for number in row[3:5])
    return f"""# Configurations held to transformers

{len(table)} tiny pairs: {len({tuple(row[:2]) for row in cells})} pairs of base and SFT with the `config.json` of {len(models)} checkpoints, some in two spellings. Sizes are
scaled down (heads in ratio); every other field is the real model's, as far as it is public (written by hand, not downloaded). "With", "tuned" and
"saved by" mark variants of a real one. Spelling: as on the Hub (hub), as transformers 4.57 writes it (4.57, imitated), as 5.18 writes it (5).

Weights are random and bf16; samples have 511 to 803 tokens. The oracle is transformers' own forward of the same folders, in float32 with eager
attention. The columns give the largest difference of an entropy over all response rows, in nats (relative above 1 nat). The largest of all is
{worst_of_all:.1e}; all targets are the same. "64": original positions and windows scaled down to 64, so that samples go far past them.

Made by `python scripts/checks/configurations.py --write`, which says what it needs; the real fields are written out in
`scripts/checks/models.py` and `moreModels.py`. That each `config.json` is read as transformers reads it is tested from
`test/fixtures/configurations.json`.

| base | SFT | spelling | base differs | SFT differs | positions |
|---|---|---|---|---|---|
""" + "".join(table)


def kept(first):
    """The table's lines and the configurations of pairs before `first`, from the files that are there."""
    early = {pairs[number] for number in range(first)}
    lines = [line for line in document_path.read_text().splitlines(keepends=True) if line.startswith("| ")]
    table = [line for line in lines if tuple(cell.strip() for cell in line.split("|")[1:3]) in early]
    names = {name for pair in early for name in pair}
    entries = json.loads(fixture_path.read_text())
    return table, {json.dumps(each["config"]): (each["name"], each["expected"]) for each in entries
                   if each["name"].rpartition(" (")[0] in names}


def tasks(only, first):
    """Each pair from the first on with its first spelling, and with another where rotary embeddings are stretched: (number, turn, short)."""
    stretched = 0
    for number, (base, sft) in enumerate(pairs):
        scalings = [models[name].get("rope_scaling") or {} for name in (base, sft)]
        stretches = any("original_max_position_embeddings" in scaling for scaling in scalings)
        stretched += stretches
        if only in base + sft and number >= first:
            short = number >= first_number or (stretches and stretched % 2 == 1)
            yield from ((number, turn, short) for turn in range(2 if any(scalings) else 1))


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
    parser.add_argument("--first", type=int, default=0, help=f"number of the first pair; {first_number}: those of moreModels.py")
    parser.add_argument("--write", action="store_true", help="of pairs before the first what is there is kept")
    options = parser.parse_args()
    rows, faults = [], 0
    table, fixture = kept(options.first)
    planned = list(tasks(options.only, options.first))
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
    largest = max((max(found) for *_, found in rows), default=None)
    print(len(rows), "pairs, largest difference", largest, "faults", faults)
    if options.write:
        table += [f"| {base} | {sft} | {one}, {two} | {a:.1e} | {b:.1e} | {'64' if short else ''} |\n"
                  for base, sft, (one, two), short, (a, b) in rows]
        document_path.write_text(document(table))
        entries = [json.dumps({"name": name, "config": json.loads(text), "expected": expected}, separators=(",", ":"))
                   for text, (name, expected) in fixture.items()]
        fixture_path.write_text("[\n" + ",\n".join(entries) + "\n]\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
