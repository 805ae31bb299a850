"""The config.json of real models of the families that came later, and of windows that samples reach.

Written by hand from what is public of them, as in models.py, whose tables this adds to.
"""

from models import models, pair, pairs, sized

first_number = len(pairs)

common = {"attention_dropout": 0.0, "hidden_act": "silu", "initializer_range": 0.02, "torch_dtype": "bfloat16", "use_cache": True}


def family(architecture, model_type, sizes, **fields):
    return {"architectures": [architecture], "model_type": model_type, **common, **sized(sizes), **fields}


def tuned(name, sft, **fields):
    pair(name, sft, transformers_version="4.56.2", **fields)


# Windows that samples reach, of families that were there before.
for layer in (1, 2):
    pair("Qwen2.5-7B", f"Qwen2.5-7B-Instruct with windows from layer {layer}", like="Qwen2.5-7B-Instruct",
         use_sliding_window=True, max_window_layers=layer)
pair("Qwen3-8B-Base", "Qwen3-8B with windows from layer 1", like="Qwen3-8B", use_sliding_window=True, max_window_layers=1,
     sliding_window=4096)
pair("Mistral-7B-v0.1", "Mistral-7B-v0.1 tuned by 5")

# Gemma 2 and 3.
gemma = {
    "attention_bias": False, "bos_token_id": 2, "cache_implementation": "hybrid", "eos_token_id": 1, "pad_token_id": 0,
    "hidden_activation": "gelu_pytorch_tanh", "rms_norm_eps": 1e-06,
}
for size, sizes, head_size, scalar in (
    ("2b", (2304, 9216, 26, 8, 4), 256, 256), ("9b", (3584, 14336, 42, 16, 8), 256, 256),
    ("27b", (4608, 36864, 46, 32, 16), 128, 144),
):
    name = f"gemma-2-{size}"
    models[name] = family(
        "Gemma2ForCausalLM", "gemma2", sizes, **gemma, attn_logit_softcapping=50.0, final_logit_softcapping=30.0,
        head_dim=head_size, max_position_embeddings=8192, query_pre_attn_scalar=scalar, rope_theta=10000.0,
        sliding_window=4096, sliding_window_size=4096, transformers_version="4.42.4", vocab_size=256000)
    models[name] |= {"hidden_act": "gelu_pytorch_tanh"}
    pair(name, f"{name}-it", torch_dtype="bfloat16")
pair("gemma-2-9b", "gemma-2-9b tuned without caps", attn_logit_softcapping=None, final_logit_softcapping=None)
for size, sizes, head_size, fields in (
    ("270m", (640, 2048, 18, 4, 1), 256, {"_sliding_window_pattern": 6, "use_bidirectional_attention": False,
                                          "transformers_version": "4.55.0.dev0"}),
    ("1b", (1152, 6912, 26, 4, 1), 256, {"sliding_window_pattern": 6, "transformers_version": "4.50.0.dev0"}),
    ("4b text", (2560, 10240, 34, 8, 4), 256, {"rope_scaling": {"factor": 8.0, "rope_type": "linear"},
                                               "sliding_window_pattern": 6, "transformers_version": "4.50.0.dev0"}),
):
    name = f"gemma-3-{size}"
    models[name] = family("Gemma3ForCausalLM", "gemma3_text", sizes, **{
        **gemma, "attn_logit_softcapping": None, "final_logit_softcapping": None, "head_dim": head_size,
        "max_position_embeddings": 32768, "query_pre_attn_scalar": 256, "rope_local_base_freq": 10000, "rope_scaling": None,
        "rope_theta": 1000000, "sliding_window": 512, "vocab_size": 262144, **fields})
    del models[name]["hidden_act"]
    pair(name, f"{name} it", eos_token_id=[1, 106])

# OLMo 2 and 3.
for size, sizes in (("7B", (4096, 11008, 32, 32, 32)), ("13B", (5120, 13824, 40, 40, 40)), ("32B", (5120, 27648, 64, 40, 8))):
    name = f"OLMo-2-{size}"
    models[name] = family(
        "Olmo2ForCausalLM", "olmo2", sizes, attention_bias=False, eos_token_id=100257, pad_token_id=100277,
        max_position_embeddings=4096, rms_norm_eps=1e-06, rope_scaling=None, rope_theta=500000, tie_word_embeddings=False,
        transformers_version="4.47.0.dev0", vocab_size=100352)
    tuned(name, f"{name}-SFT", use_cache=False)
for size, sizes in (("7B", (4096, 11008, 32, 32, 32)), ("32B", (5120, 27648, 64, 40, 8))):
    name = f"Olmo-3-{size}"
    models[name] = family(
        "Olmo3ForCausalLM", "olmo3", sizes, attention_bias=False, eos_token_id=100257, pad_token_id=100277,
        layer_types=["sliding_attention"] * 3 + ["full_attention"], max_position_embeddings=65536, rms_norm_eps=1e-06,
        rope_scaling={"attention_factor": 1.2079441541679836, "beta_fast": 32, "beta_slow": 1, "factor": 8.0,
                      "original_max_position_embeddings": 8192, "rope_type": "yarn"},
        rope_theta=500000, sliding_window=4096, tie_word_embeddings=False, transformers_version="4.57.0", vocab_size=100278)
    tuned(name, f"{name}-Think-SFT")

# Phi-3 and Phi-4.
phi = {
    "attention_bias": False, "auto_map": {"AutoConfig": "configuration_phi3.Phi3Config"}, "bos_token_id": 1, "eos_token_id": 32000,
    "embd_pdrop": 0.0, "resid_pdrop": 0.0, "rms_norm_eps": 1e-05, "pad_token_id": 32000, "tie_word_embeddings": False,
}
factors = [1.0 + 0.05 * i for i in range(64)], [1.0 + 0.9 * i for i in range(64)]
long_rope = {"short_factor": factors[0], "long_factor": factors[1]}
for name, sizes, fields in (
    ("Phi-3-mini-4k", (3072, 8192, 32, 32, 32), {"original_max_position_embeddings": 4096, "rope_scaling": None,
                                                 "max_position_embeddings": 4096, "sliding_window": 2047, "vocab_size": 32064}),
    ("Phi-3-mini-128k", (3072, 8192, 32, 32, 32), {
        "max_position_embeddings": 131072, "original_max_position_embeddings": 4096, "sliding_window": 262144,
        "rope_scaling": {**long_rope, "type": "longrope"}, "vocab_size": 32064}),
    ("Phi-3-medium-128k", (5120, 17920, 40, 40, 10), {
        "max_position_embeddings": 131072, "original_max_position_embeddings": 4096, "sliding_window": 131072,
        "rope_scaling": {**long_rope, "type": "longrope"}, "vocab_size": 32064}),
    ("Phi-4", (5120, 17920, 40, 40, 10), {"max_position_embeddings": 16384, "original_max_position_embeddings": 16384,
                                          "rope_scaling": None, "rope_theta": 250000, "sliding_window": None,
                                          "vocab_size": 100352}),
    ("Phi-4-mini", (3072, 8192, 32, 24, 8), {
        "full_attn_mod": 1, "interpolate_factor": 1, "lm_head_bias": False, "mlp_bias": False, "partial_rotary_factor": 0.75,
        "max_position_embeddings": 131072, "original_max_position_embeddings": 4096, "sliding_window": 262144,
        "rope_scaling": {**long_rope, "type": "longrope"}, "tie_word_embeddings": True, "vocab_size": 200064}),
):
    models[name] = family("Phi3ForCausalLM", "phi3", sizes, **{
        **phi, "rope_theta": 10000.0, "transformers_version": "4.45.0", **fields})
    tuned(name, f"{name} tuned", use_cache=False)

# Granite, SmolLM3, Seed-OSS, GLM-4, Ministral 3.
for size, sizes, scales in (
    ("2b", (2048, 8192, 40, 32, 8), {"attention_multiplier": 0.015625, "logits_scaling": 8.0}),
    ("8b", (4096, 12800, 40, 32, 8), {"attention_multiplier": 0.0078125, "logits_scaling": 16.0}),
):
    name = f"granite-3.1-{size}-base"
    models[name] = family(
        "GraniteForCausalLM", "granite", sizes, **scales, attention_bias=False, bos_token_id=0, eos_token_id=0, pad_token_id=0,
        embedding_multiplier=12.0, max_position_embeddings=131072, mlp_bias=False, residual_multiplier=0.22, rms_norm_eps=1e-05,
        rope_scaling=None, rope_theta=5000000.0, tie_word_embeddings=True, transformers_version="4.47.0", vocab_size=49152)
    models[name] |= {"attention_dropout": 0.1}
    tuned(name, f"granite-3.1-{size}-instruct", rope_theta=10000000.0)
models["SmolLM3-3B-Base"] = family(
    "SmolLM3ForCausalLM", "smollm3", (2048, 11008, 36, 16, 4), attention_bias=False, bos_token_id=128000, eos_token_id=128001,
    layer_types=["full_attention"], max_position_embeddings=65536, max_window_layers=28, mlp_bias=False, no_rope_layer_interval=4,
    no_rope_layers=[1, 1, 1, 0], pad_token_id=128004, pretraining_tp=2, rms_norm_eps=1e-06, rope_scaling=None,
    rope_theta=5000000.0, sliding_window=None, transformers_version="4.54.0.dev0", use_sliding_window=False, vocab_size=128256)
tuned("SmolLM3-3B-Base", "SmolLM3-3B")
pair("SmolLM3-3B-Base", "SmolLM3-3B with windows", use_sliding_window=True, sliding_window=4096,
     layer_types=["full_attention"] * 3 + ["sliding_attention"])
models["Seed-OSS-36B-Base"] = family(
    "SeedOssForCausalLM", "seed_oss", (5120, 27648, 64, 80, 8), attention_bias=True, attention_out_bias=False, bos_token_id=0,
    eos_token_id=2, head_dim=128, max_position_embeddings=524288, mlp_bias=False, pad_token_id=1, residual_dropout=0.1,
    rms_norm_eps=1e-06, rope_scaling={"rope_type": "default"}, rope_theta=10000000.0, tie_word_embeddings=False,
    transformers_version="4.55.0", vocab_size=155136)
models["Seed-OSS-36B-Base"] |= {"attention_dropout": 0.1}
tuned("Seed-OSS-36B-Base", "Seed-OSS-36B-Instruct")
for size, sizes in (("9B", (4096, 13696, 40, 32, 2)), ("32B", (6144, 23040, 61, 48, 2))):
    name = f"GLM-4-{size}-0414"
    models[name] = family(
        "Glm4ForCausalLM", "glm4", sizes, attention_bias=False, eos_token_id=[151329, 151336, 151338], head_dim=128,
        max_position_embeddings=32768, pad_token_id=151329, partial_rotary_factor=0.5, rms_norm_eps=1e-05, rope_theta=10000.0,
        tie_word_embeddings=False, transformers_version="4.52.0.dev0", vocab_size=151552)
    tuned(name, f"{name} tuned")
for size, sizes, tied in (("3B", (3072, 9216, 26, 32, 8), True), ("8B", (4096, 14336, 34, 32, 8), False)):
    name = f"Ministral-3-{size} text"
    models[name] = family(
        "Ministral3ForCausalLM", "ministral3", sizes, bos_token_id=1, eos_token_id=2, head_dim=128, max_position_embeddings=262144,
        pad_token_id=11, rms_norm_eps=1e-05, sliding_window=None, tie_word_embeddings=tied, transformers_version="5.0.0.dev0",
        rope_parameters={"beta_fast": 32.0, "beta_slow": 1.0, "factor": 16.0, "llama_4_scaling_beta": 0.1, "mscale": 1.0,
                         "mscale_all_dim": 1.0, "original_max_position_embeddings": 16384, "rope_theta": 1000000.0,
                         "rope_type": "yarn", "type": "yarn"}, vocab_size=131072)
    pair(name, f"{name} tuned", torch_dtype="bfloat16")

# Mixtures of experts.
models["Qwen3-30B-A3B-Base"] = family(
    "Qwen3MoeForCausalLM", "qwen3_moe", (2048, 6144, 48, 32, 4), attention_bias=False, bos_token_id=151643, eos_token_id=151643,
    decoder_sparse_step=1, head_dim=128, max_position_embeddings=32768, max_window_layers=48, mlp_only_layers=[],
    moe_intermediate_size=768, norm_topk_prob=True, num_experts=128, num_experts_per_tok=8, output_router_logits=False,
    rms_norm_eps=1e-06, rope_scaling=None, rope_theta=1000000.0, router_aux_loss_coef=0.001, sliding_window=None,
    tie_word_embeddings=False, transformers_version="4.51.0", use_sliding_window=False, vocab_size=151936)
pair("Qwen3-30B-A3B-Base", "Qwen3-30B-A3B", eos_token_id=151645, max_position_embeddings=40960)
pair("Qwen3-30B-A3B-Base", "Qwen3-30B-A3B-Instruct-2507", eos_token_id=151645, max_position_embeddings=262144,
     rope_theta=10000000)
models["Qwen3-MoE partly dense"] = {**models["Qwen3-30B-A3B-Base"], "mlp_only_layers": [1], "norm_topk_prob": False}
pair("Qwen3-MoE partly dense", "Qwen3-MoE partly dense with windows", use_sliding_window=True, sliding_window=4096)
models["OLMoE-1B-7B-0924"] = family(
    "OlmoeForCausalLM", "olmoe", (2048, 1024, 16, 16, 16), attention_bias=False, clip_qkv=None, eos_token_id=50279,
    max_position_embeddings=4096, norm_topk_prob=False, num_experts=64, num_experts_per_tok=8, output_router_logits=False,
    pad_token_id=1, rope_scaling=None, rope_theta=10000.0, router_aux_loss_coef=0.01, tie_word_embeddings=False,
    transformers_version="4.43.0.dev0", vocab_size=50304, rms_norm_eps=1e-05)
tuned("OLMoE-1B-7B-0924", "OLMoE-1B-7B-0924-SFT")
models["Mixtral-8x7B-v0.1"] = family(
    "MixtralForCausalLM", "mixtral", (4096, 14336, 32, 32, 8), bos_token_id=1, eos_token_id=2, max_position_embeddings=32768,
    num_experts_per_tok=2, num_local_experts=8, output_router_logits=False, rms_norm_eps=1e-05, rope_theta=1000000.0,
    router_aux_loss_coef=0.02, sliding_window=None, tie_word_embeddings=False, transformers_version="4.36.0.dev0",
    vocab_size=32000)
tuned("Mixtral-8x7B-v0.1", "Mixtral-8x7B-Instruct-v0.1")
pair("Mixtral-8x7B-v0.1", "Mixtral-8x7B with windows", sliding_window=4096)
