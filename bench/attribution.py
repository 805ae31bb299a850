"""The method's attribution as a PyTorch script does it: one backward per target, or one batched backward per sample.

Prints seconds as JSON. Called by attribution.ts; needs torch, transformers and safetensors.

  attribution.py CHECKPOINT SAMPLES.json THREADS {each|batched}
"""
import json
import sys
import time

import torch
from transformers import AutoModelForCausalLM

folder, samples_file, threads, mode = sys.argv[1:5]
torch.set_num_threads(int(threads))
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
model.requires_grad_(False)
model.eval()

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "gate_proj", "up_proj")
activations = {}
inputs = {}


def keep_output(name):
    def hook(_module, _inputs, output):
        activations[name] = output

    return hook


def keep_input(name):
    def hook(_module, hook_inputs):
        inputs[name] = hook_inputs[0]

    return hook


for index, layer in enumerate(model.model.layers):
    for projection in PROJECTIONS:
        module = getattr(layer.self_attn, projection, None) or getattr(layer.mlp, projection)
        module.register_forward_hook(keep_output((index, projection)))
    layer.self_attn.o_proj.register_forward_pre_hook(keep_input((index, "o_proj")))
    layer.mlp.down_proj.register_forward_pre_hook(keep_input((index, "down_proj")))
final = {}
model.model.norm.register_forward_pre_hook(lambda _module, hook_inputs: final.__setitem__("stream", hook_inputs[0]))


def attribute(ids, targets):
    embeds = model.get_input_embeddings()(torch.tensor([ids])).requires_grad_(True)
    stream_logits = model.model(inputs_embeds=embeds, use_cache=False).last_hidden_state[0]
    names = list(activations)
    leaves = [activations[name] for name in names]
    logits = torch.stack([stream_logits[t] @ model.lm_head.weight[y] for t, y in targets])
    if mode == "each":
        rows = [torch.autograd.grad(logit, leaves, retain_graph=n + 1 < len(targets)) for n, logit in enumerate(logits)]
        gradients = [torch.stack([row[i] for row in rows]) for i in range(len(leaves))]
    else:
        gradients = torch.autograd.grad(logits, leaves, torch.eye(len(targets)), is_grads_batched=True)
    with torch.no_grad():
        scores = {}
        for name, gradient in zip(names, gradients):
            activation = activations[name][0]
            for n, (t, _) in enumerate(targets):
                own = gradient[n, 0]
                if name[1] in ("k_proj", "v_proj"):
                    scores[(name, n)] = (own[: t + 1] * activation[: t + 1]).sum(0)
                else:
                    scores[(name, n)] = own[t] * activation[t]
        for n, (t, y) in enumerate(targets):
            h = final["stream"][0, t]
            scale = torch.rsqrt(h.pow(2).mean() + model.config.rms_norm_eps)
            d = scale * model.model.norm.weight * model.lm_head.weight[y]
            for name, value in inputs.items():
                layer = model.model.layers[name[0]]
                weight = layer.self_attn.o_proj.weight if name[1] == "o_proj" else layer.mlp.down_proj.weight
                scores[(name, n)] = value[0, t] * (d @ weight)
    return scores


samples = json.load(open(samples_file))
attribute(samples[0]["ids"], [(t["row"], t["gold"]) for t in samples[0]["targets"]])
start = time.perf_counter()
for sample in samples:
    attribute(sample["ids"], [(t["row"], t["gold"]) for t in sample["targets"]])
print(json.dumps({"seconds": time.perf_counter() - start, "torch": torch.__version__}))
