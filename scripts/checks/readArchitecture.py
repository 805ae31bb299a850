"""What transformers makes of a configuration, in the words of Architecture (src/checkpoint/architecture/architecture.ts).

From the model's modules and tensors where they say it, else from the parsed configuration. configurations.py uses it.
"""

projections = {
    "self_attn": ("q_proj", "k_proj", "v_proj", "o_proj"),
    "mlp": ("gate_proj", "up_proj", "down_proj"),
}
fused = {"q_proj": "qkv_proj", "k_proj": "qkv_proj", "v_proj": "qkv_proj", "gate_proj": "gate_up_proj", "up_proj": "gate_up_proj"}


def rope_scaling(rope, attention_factor, config):
    kind = rope["rope_type"]
    scaling = {"type": "default" if kind == "dynamic" else kind}
    original = getattr(config, "original_max_position_embeddings", None) or rope.get("original_max_position_embeddings")
    if kind in ("linear", "llama3", "yarn"):
        scaling["factor"] = rope["factor"]
    if kind in ("llama3", "yarn", "longrope"):
        scaling["originalMaxPositions"] = original
    if kind == "llama3":
        scaling |= {"lowFreqFactor": rope["low_freq_factor"], "highFreqFactor": rope["high_freq_factor"]}
    if kind == "yarn":
        scaling |= {"betaFast": rope.get("beta_fast") or 32, "betaSlow": rope.get("beta_slow") or 1,
                    "attentionFactor": attention_factor, "truncate": rope.get("truncate", True)}
    if kind == "longrope":
        scaling |= {"shortFactors": rope["short_factor"], "longFactors": rope["long_factor"], "attentionFactor": attention_factor}
    return scaling


def rotary(model):
    """Rotary frequencies and the elements of a head that they rotate."""
    config, embedding = model.config, model.model.rotary_emb
    parameters = config.rope_parameters
    if "full_attention" not in parameters:
        found = {"ropeTheta": parameters["rope_theta"],
                 "ropeScaling": rope_scaling(parameters, embedding.attention_scaling, config)}
        return found, 2 * embedding.inv_freq.shape[0]
    full, sliding = parameters["full_attention"], parameters["sliding_attention"]
    found = {"ropeTheta": full["rope_theta"],
             "ropeScaling": rope_scaling(full, embedding.full_attention_attention_scaling, config),
             "slidingRope": {"theta": sliding["rope_theta"],
                             "scaling": rope_scaling(sliding, embedding.sliding_attention_attention_scaling, config)}}
    return found, 2 * embedding.full_attention_inv_freq.shape[0]


def windows(model):
    """The window and the layers that have it, where a sequence may reach it."""
    config = model.config
    window = getattr(config, "sliding_window", None)
    kinds = getattr(config, "layer_types", None)
    layers = range(config.num_hidden_layers)
    if kinds is None:
        sliding = list(layers) if window is not None else []
    else:
        sliding = [layer for layer in layers if kinds[layer] == "sliding_attention"]
    if not sliding:
        return {}, []
    return ({"slidingWindow": window} if window < config.max_position_embeddings else {}), sliding


def experts(model):
    config = model.config
    if getattr(config, "num_experts_per_tok", None) is None:
        return {}
    dense = [i for i, layer in enumerate(model.model.layers) if not hasattr(layer.mlp, "experts")]
    count = getattr(config, "num_local_experts", None) or config.num_experts
    found = {"count": count, "perToken": config.num_experts_per_tok,
             "intermediateSize": getattr(config, "moe_intermediate_size", config.intermediate_size),
             "normalised": getattr(config, "norm_topk_prob", True)}
    return {"experts": {**found, "denseLayers": dense} if dense else found}


def scales(model):
    config, layer = model.config, model.model.layers[0]
    found = {}
    if hasattr(config, "query_pre_attn_scalar"):
        found |= {"embeddingScale": model.model.embed_tokens.scalar_embed_scale, "attentionScale": layer.self_attn.scaling}
    if config.model_type == "gemma2" and config.attn_logit_softcapping is not None:
        found["attentionSoftCap"] = config.attn_logit_softcapping
    if getattr(config, "final_logit_softcapping", None) is not None:
        found["logitSoftCap"] = config.final_logit_softcapping
    if hasattr(config, "attention_multiplier"):
        found |= {"embeddingScale": model.model.embedding_multiplier, "attentionScale": layer.self_attn.scaling,
                  "residualScale": layer.residual_multiplier, "logitDivisor": config.logits_scaling}
    return found


def architecture(model):
    config, state = model.config, dict(model.named_parameters())
    attention = model.model.layers[0].self_attn
    rope, rotated = rotary(model)
    window, sliding = windows(model)
    apart = "slidingRope" in rope
    if (window or apart) and sliding and (apart or len(sliding) < config.num_hidden_layers):
        window["slidingLayers"] = sliding
    if not sliding:
        rope.pop("slidingRope", None)
    unrotated = [i for i, layer in enumerate(model.model.layers) if not getattr(layer.self_attn, "use_rope", True)]
    growth = config.rope_parameters.get("llama_4_scaling_beta")
    norm = model.model.norm
    return {
        "family": config.model_type, "layers": len(model.model.layers), "hiddenSize": config.hidden_size,
        "heads": config.num_attention_heads, "keyValueHeads": config.num_key_value_heads,
        "headDim": attention.head_dim, "intermediateSize": config.intermediate_size, **experts(model),
        "vocabSize": config.vocab_size, "rmsNormEps": getattr(norm, "variance_epsilon", None) or norm.eps,
        **rope, "maxPositions": config.max_position_embeddings, **window,
        **({"unrotatedLayers": unrotated} if unrotated else {}), **({"rotatedDim": rotated} if rotated < attention.head_dim else {}),
        **({"queryGrowth": {"beta": growth,
                            "originalMaxPositions": rope["ropeScaling"]["originalMaxPositions"]}} if growth is not None else {}),
        **scales(model), "tiedEmbeddings": model.lm_head.weight is model.model.embed_tokens.weight,
        "queryKeyNorm": "model.layers.0.self_attn.q_norm.weight" in state,
        "biases": {name: any(f"model.layers.0.{part}.{each}.bias" in state for each in (name, fused.get(name)))
                   for part, names in projections.items() for name in names},
        "headBias": False,
    }
