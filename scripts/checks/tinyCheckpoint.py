"""Tiny checkpoints with the config.json of a real model: its sizes scaled down, its spelling chosen, its weights random.

Needs torch, transformers and safetensors, as configurations.py does, which uses it.
"""

import json
import math
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

root = Path(__file__).resolve().parents[2]
tokenizer_path = root / "test/fixtures/checkpoints/tiny-llama3rope-untied/base/tokenizer.json"
vocabulary = 320


def scaled(real, number, short, more_rows):
    """The fields of a real model with sizes of a tiny one; positions are scaled where `short`."""
    config = {key: value for key, value in real.items()}
    heads = real["num_attention_heads"]
    ratio = heads // real.get("num_key_value_heads", heads)
    groups = 2 if ratio >= 3 else 4
    head_size = 8 if ratio >= 4 else 16
    width = ratio * groups * head_size
    real_width = heads * (real.get("head_dim") or real["hidden_size"] // heads)
    step = math.lcm(ratio * groups, 2)
    hidden = max(step, round(real["hidden_size"] * width / real_width / step) * step)
    config["num_attention_heads"] = ratio * groups
    if "num_key_value_heads" in config:
        config["num_key_value_heads"] = groups
    if config.get("head_dim") is not None:
        config["head_dim"] = head_size
    config["hidden_size"] = hidden
    config["intermediate_size"] = round(hidden * real["intermediate_size"] / real["hidden_size"])
    config["num_hidden_layers"] = 2 + number % 3
    config["vocab_size"] = vocabulary + more_rows
    if (config.get("pad_token_id") or 0) >= vocabulary:
        config["pad_token_id"] = vocabulary - 1
    scaling = config.get("rope_scaling")
    if short and scaling and "original_max_position_embeddings" in scaling:
        config["rope_scaling"] = {**scaling, "original_max_position_embeddings": 64}
    return config


def late(config):
    """The same as transformers 4.57 writes it."""
    out = {**config, "dtype": config["torch_dtype"], "transformers_version": "4.57.1"}
    del out["torch_dtype"]
    out.pop("_name_or_path", None)
    out.setdefault("num_key_value_heads", config["num_attention_heads"])
    out.setdefault("rope_scaling", None)
    out.setdefault("rope_theta", 10000.0)
    out.setdefault("max_position_embeddings", 2048)
    out.setdefault("tie_word_embeddings", False)
    if out["rope_scaling"] and "type" in out["rope_scaling"]:
        out["rope_scaling"] = {**out["rope_scaling"], "rope_type": out["rope_scaling"]["type"]}
    if config["model_type"] == "llama":
        for key in ("attention_bias", "mlp_bias"):
            out.setdefault(key, False)
        out.setdefault("pretraining_tp", 1)
    if config["model_type"] in ("llama", "mistral"):
        out.setdefault("attention_dropout", 0.0)
        out["head_dim"] = out.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    else:
        out["layer_types"] = ["full_attention"] * config["num_hidden_layers"]
        out["sliding_window"] = None
    return out


def random_weights(model, seed, of=None):
    """Weights that make attention and rotary angles matter; those of an SFT are the base's (`of`), moved."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator)
            norm = name.endswith("norm.weight")
            before = None if of is None else of.get(name)
            if before is None and of is not None and name == "lm_head.weight":
                before = of["model.embed_tokens.weight"]
            if before is None:
                parameter.copy_(1 + 0.1 * noise if norm else 0.2 * noise)
            else:
                parameter.copy_(0.06 * noise)
                parameter[: before.shape[0]] += before.float()


def write_side(folder, config, spelling, seed, of=None):
    """Writes a checkpoint and returns its weights by name."""
    folder.mkdir(parents=True)
    fields = late(config) if spelling == "4.57" else config
    (folder / "config.json").write_text(json.dumps(fields, indent=2) + "\n")
    (folder / "tokenizer.json").write_bytes(tokenizer_path.read_bytes())
    parsed = AutoConfig.from_pretrained(folder)
    model = AutoModelForCausalLM.from_config(parsed, dtype=torch.float32)
    random_weights(model, seed, of)
    model.to(torch.bfloat16)
    if spelling == "5":
        model.save_pretrained(folder)
    else:
        save_file({name: value.detach() for name, value in model.named_parameters()},
                  folder / "model.safetensors", metadata={"format": "pt"})
    return {name: value.detach().clone() for name, value in model.named_parameters()}
