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


# Layers until each kind has come.
pattern_layers = {"gemma2": 3, "gemma3_text": 7, "olmo3": 5, "smollm3": 5}


def scaled(real, number, short, more_rows):
    """The fields of a real model with sizes of a tiny one; positions and windows are scaled where `short`."""
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
    layers = config["num_hidden_layers"] = max(2 + number % 3, pattern_layers.get(real["model_type"], 0))
    config["vocab_size"] = vocabulary + more_rows
    if (config.get("pad_token_id") or 0) >= vocabulary:
        config["pad_token_id"] = vocabulary - 1
    for name, experts in (("num_experts", 8), ("num_local_experts", 8), ("num_experts_per_tok", 2)):
        if name in config:
            config[name] = experts
    if "moe_intermediate_size" in config:
        config["moe_intermediate_size"] = round(hidden * real["moe_intermediate_size"] / real["hidden_size"])
    # Lists that are written out here for as many layers as repeat.
    for name in ("layer_types", "no_rope_layers"):
        if name in config:
            config[name] = [config[name][layer % len(config[name])] for layer in range(layers)]
    real_head = real_width // heads
    if "query_pre_attn_scalar" in config:
        config["query_pre_attn_scalar"] = real["query_pre_attn_scalar"] * head_size // real_head
    if "attention_multiplier" in config:
        config["attention_multiplier"] = real["attention_multiplier"] * real_head / head_size
    scaling = config.get("rope_scaling")
    if scaling and "short_factor" in scaling:
        pairs = int(head_size * config.get("partial_rotary_factor", 1)) // 2
        config["rope_scaling"] = {**scaling, **{name: scaling[name][:pairs] for name in ("short_factor", "long_factor")}}
    if short:
        shorten(config)
    return config


def shorten(config):
    """Scales original positions and windows down to 64."""
    for name in ("rope_scaling", "rope_parameters"):
        if "original_max_position_embeddings" in (config.get(name) or {}):
            config[name] = {**config[name], "original_max_position_embeddings": 64}
    for name in ("original_max_position_embeddings", "sliding_window"):
        if config.get(name) is not None:
            config[name] = 64


def late(config):
    """The same as transformers 4.57 writes it, if it knows the family."""
    if "rope_parameters" in config:
        return config
    out = {**config, "dtype": config["torch_dtype"], "transformers_version": "4.57.1"}
    del out["torch_dtype"]
    out.pop("_name_or_path", None)
    out.setdefault("num_key_value_heads", config["num_attention_heads"])
    out.setdefault("rope_scaling", None)
    out.setdefault("rope_theta", 10000.0)
    out.setdefault("max_position_embeddings", 2048)
    if "tie_word_embeddings" not in out:
        out["tie_word_embeddings"] = AutoConfig.for_model(**config).tie_word_embeddings
    if out["rope_scaling"] and "type" in out["rope_scaling"]:
        out["rope_scaling"] = {**out["rope_scaling"], "rope_type": out["rope_scaling"]["type"]}
    if config["model_type"] == "llama":
        for key in ("attention_bias", "mlp_bias"):
            out.setdefault(key, False)
        out.setdefault("pretraining_tp", 1)
    if config["model_type"] in ("llama", "mistral"):
        out.setdefault("attention_dropout", 0.0)
        out["head_dim"] = out.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    elif config["model_type"] in ("qwen2", "qwen3"):
        windows = config.get("use_sliding_window") is True
        first = config["max_window_layers"] if windows else config["num_hidden_layers"]
        out["layer_types"] = [
            "sliding_attention" if layer >= first else "full_attention" for layer in range(config["num_hidden_layers"])]
        out["sliding_window"] = config["sliding_window"] if windows else None
    elif config["model_type"] in pattern_layers:
        out["layer_types"] = AutoConfig.for_model(**config).layer_types
    return out


def random_weights(model, seed, of=None):
    """Weights that make attention and rotary angles matter; those of an SFT are the base's (`of`), moved."""
    generator = torch.Generator().manual_seed(seed)
    gemma = model.config.model_type.startswith("gemma")
    # In wider ones attention would be so sharp that float32's own last bits grow to 4e-4 of an entropy.
    spread = 0.2 * min(1, 128 / model.config.hidden_size)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator)
            norm = name.endswith("norm.weight")
            before = None if of is None else of.get(name)
            if before is None and of is not None and name == "lm_head.weight":
                before = of["model.embed_tokens.weight"]
            if before is None:
                parameter.copy_((0 if gemma else 1) + 0.1 * noise if norm else spread * noise)
                if name == "model.norm.weight":
                    # Or else the divided logits of Granite are all alike.
                    parameter.mul_(getattr(model.config, "logits_scaling", 1))
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
    if spelling == "5" or "num_experts_per_tok" in config:
        # Experts are one tensor in memory, and many in files.
        written = (folder / "config.json").read_text()
        model.save_pretrained(folder)
        if spelling != "5":
            (folder / "config.json").write_text(written)
    else:
        save_file({name: value.detach() for name, value in model.named_parameters()},
                  folder / "model.safetensors", metadata={"format": "pt"})
    return {name: value.detach().clone() for name, value in model.named_parameters()}
