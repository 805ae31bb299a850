"""The paper's procedure as a PyTorch script does it: entropies of both models, one backward per target, ranking, fusion, reset.

Prints JSON: seconds by phase, peak GPU bytes, and the products and bandwidth that torch reaches in bfloat16.

  paper.py BASE SFT CALIBRATION.jsonl {cuda|cpu}
"""
import json
import sys
import time

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

base_folder, sft_folder, calibration, device = sys.argv[1:5]
TOP_N, RHO, ALPHA = 10, 0.01, 0.5
OUTPUTS = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "mlp.gate_proj", "mlp.up_proj")
INPUTS = ("self_attn.o_proj", "mlp.down_proj")
seconds = {}


def synchronize():
    if device == "cuda":
        torch.cuda.synchronize()


def timed(phase, work):
    synchronize()
    start = time.perf_counter()
    result = work()
    synchronize()
    seconds[phase] = seconds.get(phase, 0) + time.perf_counter() - start
    return result


def load(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).to(device).requires_grad_(False).eval()


def read_samples():
    tokenizer = Tokenizer.from_file(f"{sft_folder}/tokenizer.json")
    for line in open(calibration, encoding="utf-8"):
        if line.strip():
            pair = json.loads(line)
            prompt, response = (tokenizer.encode(pair[key], add_special_tokens=False).ids for key in ("prompt", "response"))
            yield prompt + response, len(prompt)


@torch.no_grad()
def entropies(model, samples):
    found = []
    for ids, prompt in samples:
        logits = model(torch.tensor([ids], device=device), use_cache=False).logits[0, prompt - 1 : -1].float()
        p = logits.log_softmax(-1)
        found.append(-(p.exp() * p).sum(-1))
    return found


def attribute(model, samples, gaps):
    """The union of every target's best neurons, as `[neurons]` in the order of the hooks."""
    kept = {}
    hooks = []
    for i, layer in enumerate(model.model.layers):
        for name in OUTPUTS:
            keep = lambda _m, _i, output, key=(i, name): kept.__setitem__(key, output)
            hooks.append(layer.get_submodule(name).register_forward_hook(keep))
        for name in INPUTS:
            keep = lambda _m, inputs, key=(i, name): kept.__setitem__(key, inputs[0])
            hooks.append(layer.get_submodule(name).register_forward_pre_hook(keep))
    final = {}
    hooks.append(model.model.norm.register_forward_pre_hook(lambda _m, inputs: final.__setitem__("h", inputs[0])))
    reset = None
    for (ids, prompt), gap in zip(samples, gaps):
        embeds = model.get_input_embeddings()(torch.tensor([ids], device=device)).requires_grad_(True)
        stream = model.model(inputs_embeds=embeds, use_cache=False).last_hidden_state[0]
        leaves = [key for key in kept if key[1] in OUTPUTS]
        targets = sorted((gap.topk(min(TOP_N, len(gap))).indices + prompt - 1).tolist())
        for n, t in enumerate(targets):
            head = model.lm_head.weight[ids[t + 1]]
            wanted = [kept[key] for key in leaves]
            gradients = dict(zip(leaves, torch.autograd.grad(stream[t] @ head, wanted, retain_graph=n + 1 < len(targets))))
            with torch.no_grad():
                h = final["h"][0, t].float()
                d = torch.rsqrt(h.pow(2).mean() + model.config.rms_norm_eps) * model.model.norm.weight * head
                scores = []
                for (i, name), value in kept.items():
                    rows = slice(0, t + 1) if name.endswith(("k_proj", "v_proj")) else slice(t, t + 1)
                    if (i, name) in gradients:
                        scores.append((gradients[i, name][0, rows].float() * value[0, rows].float()).sum(0))
                    else:
                        weight = model.model.layers[i].get_submodule(name).weight
                        scores.append(value[0, t].float() * (d.to(weight.dtype) @ weight).float())
                scores = torch.cat(scores)
                best = scores.topk(max(1, int(RHO * len(scores))))
                reset = torch.zeros_like(scores, dtype=torch.bool) if reset is None else reset
                reset[best.indices[best.values > 0]] = True
    for hook in hooks:
        hook.remove()
    return reset, [(key, value.shape[-1]) for key, value in kept.items()]


@torch.no_grad()
def fuse(base, sft, reset, layout):
    original = dict(base.named_parameters())
    for name, parameter in sft.named_parameters():
        parameter.copy_(ALPHA * parameter.float() + (1 - ALPHA) * original[name].float())
    at = 0
    for (i, name), width in layout:
        mask = reset[at : at + width]
        at += width
        weight, other = (m.model.layers[i].get_submodule(name).weight for m in (sft, base))
        if name in OUTPUTS:
            weight[mask] = other[mask]
        else:
            weight[:, mask] = other[:, mask]


@torch.no_grad()
def ceilings():
    side = 8192 if device == "cuda" else 1024
    x = torch.randn(side, side, device=device, dtype=torch.bfloat16)

    def fastest(work):
        best = float("inf")
        for _ in range(6):
            synchronize()
            start = time.perf_counter()
            work()
            synchronize()
            best = min(best, time.perf_counter() - start)
        return best

    return {"bfloat16": 2 * side**3 / fastest(lambda: x @ x), "bytesPerSecond": 4 * side**2 / fastest(lambda: x + 1)}


samples = list(read_samples())
base, sft = timed("load", lambda: (load(base_folder), load(sft_folder)))
base_entropies = timed("measure", lambda: entropies(base, samples))
sft_entropies = timed("measure", lambda: entropies(sft, samples))
gaps = [(s - b).abs() for s, b in zip(sft_entropies, base_entropies)]
reset, layout = timed("attribute", lambda: attribute(sft, samples, gaps))
timed("fuse", lambda: fuse(base, sft, reset, layout))
peak = torch.cuda.max_memory_allocated() if device == "cuda" else None
print(json.dumps({"seconds": seconds, "gpuBytes": peak, "reset": int(reset.sum()), "ceilings": ceilings(), "torch": torch.__version__}))
