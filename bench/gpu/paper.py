"""The paper's procedure (arXiv 2606.09932) as a PyTorch script with transformers does it.

  paper.py run BASE SFT CALIBRATION.jsonl OUT {cuda|cpu} {float32|bfloat16} TOP_N RHO ALPHA FOUND.json
  paper.py ceilings {cuda|cpu} SIDE

`run` measures the entropies of both models at the response tokens, takes of each sample the TOP_N rows with the largest gap
as targets, scores every neuron by one backward a target, resets the union of each target's best RHO neurons in the fused
model and writes it to OUT. Models are held and computed in the type given; entropies, scores and fusion are float32, and
what is written has the type of the checkpoint. One model is held at a time, and the base is read again for the fusion.
Not done here: the reconstruction error of eq. 2-3. Prints seconds by phase; FOUND.json takes targets, reset neurons (flat
order: layer, then q k v o gate up down, then neuron) and the SHA-256 of every tensor written.

`ceilings` prints the operations a second of products of SIDE x SIDE matrices, and the bytes a second that an addition
reads and writes.
"""
import hashlib
import json
import struct
import sys
import time
from pathlib import Path

import torch

OUTPUTS = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "mlp.gate_proj", "mlp.up_proj")
MODULES = (*OUTPUTS[:3], "self_attn.o_proj", *OUTPUTS[3:], "mlp.down_proj")
RUNS = 5


def synchronize(device):
    if device == "cuda":
        torch.cuda.synchronize()


class Phases:
    def __init__(self, device):
        self.device, self.seconds = device, {}

    def timed(self, phase, work, *arguments):
        synchronize(self.device)
        start = time.perf_counter()
        result = work(*arguments)
        synchronize(self.device)
        self.seconds[phase] = self.seconds.get(phase, 0) + time.perf_counter() - start
        return result


def prepare(folder):
    """Imports what loading a model would import, so that no phase counts that."""
    import tokenizers  # noqa: F401
    from transformers import AutoConfig, AutoModelForCausalLM

    with torch.device("meta"):
        AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder))


def load(folder, dtype, device):
    from transformers import AutoModelForCausalLM, __version__

    # The name changed in 4.56, and the old one is to go.
    name = "dtype" if tuple(int(part) for part in __version__.split(".")[:2]) >= (4, 56) else "torch_dtype"
    return AutoModelForCausalLM.from_pretrained(folder, **{name: dtype}).to(device).requires_grad_(False).eval()


def read_samples(folder, calibration):
    """Token ids of prompt and response together, and the response's rows: row t predicts token t + 1."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
    samples = []
    with open(calibration, encoding="utf-8") as lines:
        for line in lines:
            if not line.strip():
                continue
            pair = json.loads(line)
            prompt, response = (tokenizer.encode(pair[key], add_special_tokens=False).ids for key in ("prompt", "response"))
            rows = range(max(len(prompt) - 1, 0), len(prompt) + len(response) - 1)
            if len(rows) > 0:
                samples.append((prompt + response, rows))
    return samples


@torch.no_grad()
def entropies(model, samples, device):
    """Nats, in float32, at the response rows; the head is applied to these alone."""
    found = []
    for ids, rows in samples:
        stream = model.model(torch.tensor([ids], device=device), use_cache=False).last_hidden_state[0]
        p = model.lm_head(stream[rows.start : rows.stop]).float().log_softmax(-1)
        found.append(-(p.exp() * p).sum(-1).cpu())
    return found


def choose_targets(samples, base, sft, top_n):
    """Rows of each sample's targets, ascending; ties go to the earlier row."""
    return [
        sorted((gap.argsort(descending=True, stable=True)[:top_n] + rows.start).tolist())
        for (_, rows), gap in zip(samples, ((s - b).abs() for s, b in zip(sft, base)))
    ]


def attribute(model, samples, targets, rho, device):
    """The union of every target's best neurons, `[neurons]` in the flat order."""
    kept, final = {}, {}
    hooks = [model.model.norm.register_forward_pre_hook(lambda _m, inputs: final.__setitem__("h", inputs[0]))]
    names = [(i, name) for i in range(len(model.model.layers)) for name in MODULES]
    modules = {(i, name): model.model.layers[i].get_submodule(name) for i, name in names}
    for key, module in modules.items():
        if key[1] in OUTPUTS:
            hooks.append(module.register_forward_hook(lambda _m, _i, output, key=key: kept.__setitem__(key, output)))
        else:
            hooks.append(module.register_forward_pre_hook(lambda _m, inputs, key=key: kept.__setitem__(key, inputs[0])))
    leaves = [key for key in names if key[1] in OUTPUTS]
    gamma, eps = model.model.norm.weight.float(), model.config.rms_norm_eps
    reset = None
    for (ids, _), rows in zip(samples, targets):
        embeds = model.get_input_embeddings()(torch.tensor([ids], device=device)).requires_grad_(True)
        stream = model.model(inputs_embeds=embeds, use_cache=False).last_hidden_state[0]
        for n, t in enumerate(rows):
            head = model.lm_head.weight[ids[t + 1]]
            wanted = [kept[key] for key in leaves]
            gradients = dict(zip(leaves, torch.autograd.grad(stream[t] @ head, wanted, retain_graph=n + 1 < len(rows))))
            with torch.no_grad():
                h = final["h"][0, t].float()
                d = (torch.rsqrt(h.pow(2).mean() + eps) * gamma * head.float()).to(head.dtype)
                scores = []
                for key in names:
                    value = kept[key]
                    if key not in gradients:
                        scores.append(value[0, t].float() * (d @ modules[key].weight).float())
                        continue
                    own = slice(0, t + 1) if key[1].endswith(("k_proj", "v_proj")) else slice(t, t + 1)
                    scores.append((gradients[key][0, own].float() * value[0, own].float()).sum(0))
                scores = torch.cat(scores)
                best = scores.topk(max(1, int(rho * len(scores))))
                reset = torch.zeros_like(scores, dtype=torch.bool) if reset is None else reset
                reset[best.indices[best.values > 0]] = True
    for hook in hooks:
        hook.remove()
    return reset


@torch.no_grad()
def fuse(base_folder, sft, reset, alpha, device):
    """Fuses and resets the SFT model in place, in the checkpoint's own type."""
    base = load(base_folder, "auto", "cpu")
    stored = next(base.parameters()).dtype
    originals = dict(base.named_parameters())
    masks, at = {}, 0
    for i, layer in enumerate(sft.model.layers):
        for name in MODULES:
            module = layer.get_submodule(name)
            width = module.out_features if name in OUTPUTS else module.in_features
            masks[f"model.layers.{i}.{name}"] = (reset[at : at + width], name in OUTPUTS)
            at += width
    for name, parameter in sft.named_parameters():
        original = originals[name].to(device)
        fused = (alpha * parameter.float() + (1 - alpha) * original.float()).to(stored)
        module, _, kind = name.rpartition(".")
        mask, by_row = masks.get(module, (None, False))
        if mask is not None and by_row:
            fused[mask] = original[mask]
        elif mask is not None and kind == "weight":
            fused[:, mask] = original[:, mask]
        parameter.data = fused
    return stored


def hashes(folder):
    """SHA-256 of every tensor's bytes, by name."""
    found = {}
    for path in sorted(Path(folder).glob("*.safetensors")):
        with open(path, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
            for name, entry in header.items():
                if name != "__metadata__":
                    begin, end = entry["data_offsets"]
                    file.seek(8 + length + begin)
                    found[name] = hashlib.sha256(file.read(end - begin)).hexdigest()
    return found


def run(base_folder, sft_folder, calibration, out, device, dtype, top_n, rho, alpha, found):
    phases = Phases(device)
    dtype = getattr(torch, dtype)
    phases.timed("import", prepare, sft_folder)
    samples = phases.timed("load", read_samples, sft_folder, calibration)

    def measure(folder):
        model = load(folder, dtype, device)
        return model, entropies(model, samples, device)

    base, base_entropies = phases.timed("base entropy", measure, base_folder)
    del base
    sft, sft_entropies = phases.timed("SFT entropy", measure, sft_folder)
    targets = choose_targets(samples, base_entropies, sft_entropies, int(top_n))
    reset = phases.timed("attribution", attribute, sft, samples, targets, float(rho), device)
    stored = phases.timed("fuse", fuse, base_folder, sft, reset, float(alpha), device)

    def write():
        sft.config.dtype = stored
        sft.save_pretrained(out)

    phases.timed("write", write)
    triples = [[i, t, samples[i][0][t + 1]] for i, rows in enumerate(targets) for t in rows]
    answer = {"targets": triples, "reset": reset.nonzero()[:, 0].tolist(), "neurons": len(reset), "hashes": hashes(out)}
    Path(found).write_text(json.dumps(answer))
    print(json.dumps({"seconds": phases.seconds, "torch": torch.__version__}))


@torch.no_grad()
def ceilings(device, side):
    def fastest(work):
        best = float("inf")
        for run in range(RUNS + 1):
            synchronize(device)
            start = time.perf_counter()
            work()
            synchronize(device)
            best = best if run == 0 else min(best, time.perf_counter() - start)
        return best

    side = int(side)
    found = {}
    for name in ("float32", "float16", "bfloat16"):
        x = torch.randn(side, side, device=device).to(getattr(torch, name))
        found[name] = 2 * side**3 / fastest(lambda: x @ x)
    x = torch.randn(min(4 * side * side, 2**26), device=device)
    y = torch.empty_like(x)
    found["bytesPerSecond"] = 2 * 4 * len(x) / fastest(lambda: torch.add(x, 1, out=y))
    print(json.dumps(found))


{"run": run, "ceilings": ceilings}[sys.argv[1]](*sys.argv[2:])
