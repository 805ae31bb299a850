"""The config.json of real models, as their makers published them: sizes, flags, nulls and unused fields.

Written by hand from what is public of them. `models` maps a name to its fields, `pairs` names base and SFT.
"""

models: dict[str, dict] = {}
pairs: list[tuple[str, str]] = []


def pair(base, sft, like=None, more=None, **fields):
    """Adds an SFT checkpoint whose fields are those of `like` (the base unless given) but for those here."""
    models[sft] = {**models[like or base], **(more or {}), **fields}
    pairs.append((base, sft))


def sized(sizes):
    names = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads")
    return dict(zip(names, sizes))


# Qwen2.5: hidden, intermediate, layers, heads, key-value heads.
qwen25_sizes = {
    "0.5B": (896, 4864, 24, 14, 2), "1.5B": (1536, 8960, 28, 12, 2), "3B": (2048, 11008, 36, 16, 2),
    "7B": (3584, 18944, 28, 28, 4), "14B": (5120, 13824, 48, 40, 8), "32B": (5120, 27648, 64, 40, 8),
    "72B": (8192, 29568, 80, 64, 8),
}


def qwen2(size, **fields):
    return {
        "architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 151643,
        "eos_token_id": 151643, "hidden_act": "silu", "initializer_range": 0.02, **sized(qwen25_sizes[size]),
        "max_position_embeddings": 131072, "max_window_layers": qwen25_sizes[size][2], "model_type": "qwen2",
        "rms_norm_eps": 1e-05 if size in ("14B", "32B", "72B") else 1e-06, "rope_theta": 1000000.0,
        "sliding_window": 131072, "tie_word_embeddings": size in ("0.5B", "1.5B", "3B"), "torch_dtype": "bfloat16",
        "transformers_version": "4.40.1", "use_cache": True, "use_mrope": False, "use_sliding_window": False,
        "vocab_size": 151936 if size in ("0.5B", "1.5B", "3B") else 152064, **fields,
    }


def instruct(base, sft, **fields):
    pair(base, sft, eos_token_id=151645, transformers_version="4.43.1", **fields)
    del models[sft]["use_mrope"]


for size, window_layers in {"0.5B": 21, "1.5B": 21, "3B": 70, "7B": 28, "14B": 70, "32B": 70, "72B": 70}.items():
    short = size in ("0.5B", "3B")
    models[f"Qwen2.5-{size}"] = qwen2(
        size, **({"max_position_embeddings": 32768, "sliding_window": 32768} if short else {}))
    instruct(f"Qwen2.5-{size}", f"Qwen2.5-{size}-Instruct", max_position_embeddings=32768,
             max_window_layers=window_layers,
             sliding_window=32768 if size in ("0.5B", "1.5B", "3B") else 131072)
for size in ("0.5B", "1.5B", "3B", "7B", "14B", "32B"):
    models[f"Qwen2.5-Coder-{size}"] = qwen2(
        size, max_position_embeddings=32768, sliding_window=32768 if size in ("0.5B", "1.5B", "3B") else 131072,
        transformers_version="4.45.0.dev0")
    instruct(f"Qwen2.5-Coder-{size}", f"Qwen2.5-Coder-{size}-Instruct")
for size in ("1.5B", "7B", "72B"):
    models[f"Qwen2.5-Math-{size}"] = qwen2(
        size, max_position_embeddings=4096, sliding_window=4096, rope_theta=10000.0 if size != "72B" else 10000)
    instruct(f"Qwen2.5-Math-{size}", f"Qwen2.5-Math-{size}-Instruct", max_window_layers=21 if size == "1.5B" else 28)

million = {"chunk_size": 262144, "local_size": 8192, "original_max_position_embeddings": 262144}
instruct("Qwen2.5-7B", "Qwen2.5-7B-Instruct-1M", max_position_embeddings=1010000, rope_theta=10000000.0,
         sliding_window=32768, dual_chunk_attention_config=million, rms_norm_eps=1e-05)
yarn = {"factor": 4.0, "original_max_position_embeddings": 32768, "type": "yarn"}
pair("Qwen2.5-7B", "Qwen2.5-7B-Instruct with YaRN", like="Qwen2.5-7B-Instruct", rope_scaling=yarn)
pair("Qwen2.5-14B", "Qwen2.5-14B-Instruct with YaRN saved by 4.45", like="Qwen2.5-14B-Instruct",
     rope_scaling={**yarn, "rope_type": "yarn"}, transformers_version="4.45.2", sliding_window=None)
instruct("Qwen2.5-32B", "QwQ-32B", max_position_embeddings=40960, max_window_layers=64, sliding_window=32768)
pair("Qwen2.5-32B", "s1-32B", like="Qwen2.5-32B-Instruct", more={"_name_or_path": "Qwen/Qwen2.5-32B-Instruct"},
     sliding_window=None, rope_scaling=None, use_cache=False, transformers_version="4.46.1")
pair("Qwen2.5-7B-Instruct", "OpenThinker-7B", more={"_name_or_path": "Qwen/Qwen2.5-7B-Instruct"},
     sliding_window=None, rope_scaling=None, use_cache=False, transformers_version="4.46.1")
# A base that ties its head, and what was made of it, which does not.
pair("Qwen2.5-Math-1.5B", "DeepSeek-R1-Distill-Qwen-1.5B", tie_word_embeddings=False, rope_theta=10000,
     max_position_embeddings=131072, max_window_layers=21, transformers_version="4.44.0")
pair("Qwen2.5-Math-7B", "DeepSeek-R1-Distill-Qwen-7B", rope_theta=10000, max_position_embeddings=131072,
     transformers_version="4.44.0")
pair("Qwen2.5-14B", "DeepSeek-R1-Distill-Qwen-14B", transformers_version="4.43.1")
pair("Qwen2.5-32B", "DeepSeek-R1-Distill-Qwen-32B", transformers_version="4.43.1")
pair("DeepSeek-R1-Distill-Qwen-1.5B", "DeepScaleR-1.5B-Preview", bos_token_id=151646, use_cache=False,
     sliding_window=None, rope_scaling=None, more={"_name_or_path": "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B"},
     pad_token_id=151643, torch_dtype="float32", transformers_version="4.47.1")

# Qwen3.
qwen3_sizes = {
    "0.6B": (1024, 3072, 28, 16, 8), "1.7B": (2048, 6144, 28, 16, 8), "4B": (2560, 9728, 36, 32, 8),
    "8B": (4096, 12288, 36, 32, 8), "14B": (5120, 17408, 40, 40, 8), "32B": (5120, 25600, 64, 64, 8),
}
for size, sizes in qwen3_sizes.items():
    models[f"Qwen3-{size}-Base"] = {
        "architectures": ["Qwen3ForCausalLM"], "attention_bias": False, "attention_dropout": 0.0,
        "bos_token_id": 151643, "eos_token_id": 151643, "head_dim": 128, "hidden_act": "silu",
        "initializer_range": 0.02, **sized(sizes), "max_position_embeddings": 32768, "max_window_layers": sizes[2],
        "model_type": "qwen3", "rms_norm_eps": 1e-06, "rope_scaling": None, "rope_theta": 1000000,
        "sliding_window": None, "tie_word_embeddings": size in ("0.6B", "1.7B", "4B"), "torch_dtype": "bfloat16",
        "transformers_version": "4.51.0", "use_cache": True, "use_sliding_window": False, "vocab_size": 151936,
    }
    pair(f"Qwen3-{size}-Base", f"Qwen3-{size}", eos_token_id=151645, max_position_embeddings=40960)
pair("Qwen3-4B-Base", "Qwen3-4B-Instruct-2507", eos_token_id=151645, max_position_embeddings=262144,
     rope_theta=5000000)
# "attn_factor" is a field that transformers does not read.
pair("Qwen3-8B-Base", "DeepSeek-R1-0528-Qwen3-8B", eos_token_id=151645, max_position_embeddings=131072,
     rope_scaling={"attn_factor": 0.8782488562869419, "factor": 4.0, "original_max_position_embeddings": 32768,
                   "rope_type": "yarn"})

# Llama 1 and 2, and their kin.
llama2_sizes = {"7B": (4096, 11008, 32, 32, 32), "13B": (5120, 13824, 40, 40, 40), "70B": (8192, 28672, 80, 64, 8)}
for size, sizes in llama2_sizes.items():
    models[f"Llama-2-{size}"] = {
        "_name_or_path": f"meta-llama/Llama-2-{size.lower()}-hf", "architectures": ["LlamaForCausalLM"],
        "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "initializer_range": 0.02, **sized(sizes),
        "max_position_embeddings": 4096, "model_type": "llama", "pretraining_tp": 1, "rms_norm_eps": 1e-05,
        "rope_scaling": None, "tie_word_embeddings": False, "torch_dtype": "float16",
        "transformers_version": "4.31.0.dev0", "use_cache": True, "vocab_size": 32000,
    }
    pair(f"Llama-2-{size}", f"Llama-2-{size}-chat", transformers_version="4.32.0.dev0")
models["LLaMA-7B"] = {
    "architectures": ["LLaMAForCausalLM"], "bos_token_id": 0, "eos_token_id": 1, "hidden_act": "silu",
    **sized(llama2_sizes["7B"]), "initializer_range": 0.02, "max_sequence_length": 2048, "model_type": "llama",
    "pad_token_id": -1, "rms_norm_eps": 1e-06, "torch_dtype": "float16", "transformers_version": "4.27.0.dev0",
    "use_cache": True, "vocab_size": 32000,
}
del models["LLaMA-7B"]["num_key_value_heads"]
pair("LLaMA-7B", "Alpaca 7B", vocab_size=32001, torch_dtype="float32", pad_token_id=None)
pair("Llama-2-7B", "vicuna-7b-v1.5", more={"_name_or_path": "vicuna-7b-v1.5"}, pad_token_id=0, transformers_version="4.31.0")
pair("Llama-2-13B", "vicuna-13b-v1.5-16k", max_sequence_length=16384, pad_token_id=0,
     rope_scaling={"factor": 4.0, "type": "linear"}, transformers_version="4.31.0")
pair("Llama-2-7B", "Yarn-Llama-2-7b-64k", max_position_embeddings=65536, use_cache=False,
     rope_scaling={"factor": 16.0, "finetuned": True, "original_max_position_embeddings": 4096, "type": "yarn"})
pair("Llama-2-7B", "Llama-2-7B with dynamic NTK", rope_scaling={"type": "dynamic", "factor": 2.0})
pair("Llama-2-7B", "tulu-2-7b", max_position_embeddings=8192, attention_bias=False, rope_theta=10000.0,
     torch_dtype="bfloat16", transformers_version="4.35.0", vocab_size=32000)
for size, vocabulary in (("7B", 32016), ("13B", 32016)):
    models[f"CodeLlama-{size}"] = {
        **models[f"Llama-2-{size}"], "_name_or_path": None, "max_position_embeddings": 16384, "rope_theta": 1000000,
        "torch_dtype": "bfloat16", "transformers_version": "4.33.0.dev0", "vocab_size": vocabulary,
    }
    pair(f"CodeLlama-{size}", f"CodeLlama-{size}-Instruct")
models["TinyLlama-1.1B"] = {
    **models["Llama-2-7B"], "_name_or_path": "meta-llama/Llama-2-7b-hf", **sized((2048, 5632, 22, 32, 4)),
    "max_position_embeddings": 2048, "torch_dtype": "float32",
}
pair("TinyLlama-1.1B", "TinyLlama-1.1B-Chat-v1.0", attention_bias=False, rope_theta=10000.0, torch_dtype="bfloat16",
     transformers_version="4.35.0")
deepseek = {"attention_bias": False, "attention_dropout": 0.0, "torch_dtype": "bfloat16"}
models["deepseek-coder-6.7b-base"] = {
    **models["Llama-2-7B"], **deepseek, "bos_token_id": 32013, "eos_token_id": 32014, "rms_norm_eps": 1e-06,
    "max_position_embeddings": 16384, "rope_theta": 100000, "rope_scaling": {"factor": 4.0, "type": "linear"},
    "transformers_version": "4.33.1", "vocab_size": 32256,
}
pair("deepseek-coder-6.7b-base", "deepseek-coder-6.7b-instruct", eos_token_id=32021)
models["deepseek-llm-7b-base"] = {
    **models["Llama-2-7B"], **deepseek, "bos_token_id": 100000, "eos_token_id": 100001, "rms_norm_eps": 1e-06,
    **sized((4096, 11008, 30, 32, 32)), "rope_theta": 10000.0, "transformers_version": "4.33.1", "vocab_size": 102400,
}
pair("deepseek-llm-7b-base", "deepseek-llm-7b-chat")
for size, sizes in {"6B": (4096, 11008, 32, 32, 4), "34B": (7168, 20480, 60, 56, 8)}.items():
    models[f"Yi-{size}"] = {
        **models["Llama-2-7B"], **sized(sizes), "_name_or_path": None, "pad_token_id": 0, "rope_theta": 5000000.0,
        "torch_dtype": "bfloat16", "transformers_version": "4.34.0", "vocab_size": 64000,
    }
    pair(f"Yi-{size}", f"Yi-{size}-Chat", attention_bias=False, eos_token_id=7, transformers_version="4.35.0")

# Llama 3 to 3.3, and what was made of them.
llama3 = {"high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"}
llama3_sizes = {
    "1B": (2048, 8192, 16, 32, 8), "3B": (3072, 8192, 28, 24, 8), "8B": (4096, 14336, 32, 32, 8),
    "70B": (8192, 28672, 80, 64, 8),
}


def llama_3(size, **fields):
    return {
        "architectures": ["LlamaForCausalLM"], "attention_bias": False, "attention_dropout": 0.0,
        "bos_token_id": 128000, "eos_token_id": 128001, "hidden_act": "silu", **sized(llama3_sizes[size]),
        "initializer_range": 0.02, "max_position_embeddings": 8192, "model_type": "llama", "pretraining_tp": 1,
        "rms_norm_eps": 1e-05, "rope_scaling": None, "rope_theta": 500000.0, "tie_word_embeddings": False,
        "torch_dtype": "bfloat16", "transformers_version": "4.40.0.dev0", "use_cache": True, "vocab_size": 128256,
        **fields,
    }


ends = [128001, 128008, 128009]
for size in ("8B", "70B"):
    models[f"Meta-Llama-3-{size}"] = llama_3(size)
    pair(f"Meta-Llama-3-{size}", f"Meta-Llama-3-{size}-Instruct", eos_token_id=128009)
    models[f"Llama-3.1-{size}"] = llama_3(
        size, mlp_bias=False, max_position_embeddings=131072, rope_scaling={"factor": 8.0, **llama3},
        transformers_version="4.43.0.dev0")
    pair(f"Llama-3.1-{size}", f"Llama-3.1-{size}-Instruct", eos_token_id=ends, transformers_version="4.42.3")
    pair(f"Llama-3.1-{size}", f"DeepSeek-R1-Distill-Llama-{size}")
for size, heads in (("1B", 64), ("3B", 128)):
    models[f"Llama-3.2-{size}"] = llama_3(
        size, head_dim=heads, mlp_bias=False, max_position_embeddings=131072, tie_word_embeddings=True,
        rope_scaling={"factor": 32.0, **llama3}, transformers_version="4.45.0.dev0")
    pair(f"Llama-3.2-{size}", f"Llama-3.2-{size}-Instruct", eos_token_id=ends)
pair("Llama-3.1-70B", "Llama-3.3-70B-Instruct", eos_token_id=ends, head_dim=128, transformers_version="4.47.0.dev0")
pair("Llama-3.1-8B", "Llama-3.1-Tulu-3-8B-SFT", vocab_size=128264, pad_token_id=128256, use_cache=False,
     more={"_name_or_path": "allenai/Llama-3.1-Tulu-3-8B-SFT"}, transformers_version="4.43.4")
pair("Llama-3.1-8B", "Hermes-3-Llama-3.1-8B", eos_token_id=128040, use_cache=False, transformers_version="4.43.3")
pair("Meta-Llama-3-8B", "Llama-3-8B-Instruct-Gradient-1048k", max_position_embeddings=1048576,
     rope_theta=3580165449.0, transformers_version="4.39.1")
models["Llama-3.1-Minitron-4B-Width-Base"] = {
    **models["Llama-3.1-8B"], **sized((3072, 9216, 32, 32, 8)), "head_dim": 128, "transformers_version": "4.45.0.dev0"}
pair("Llama-3.1-Minitron-4B-Width-Base", "Minitron-4B tuned", use_cache=False)
smol = {"is_llama_config": True, "rope_interleaved": False, "rope_theta": 100000}
for size, sizes, fields in (
    ("135M", (576, 1536, 30, 9, 3), {"initializer_range": 0.041666666666666664}),
    ("360M", (960, 2560, 32, 15, 5), {}),
    ("1.7B", (2048, 8192, 24, 32, 32), {"rope_theta": 130000}),
):
    models[f"SmolLM2-{size}"] = llama_3("8B", **{
        **sized(sizes), "bos_token_id": 0, "eos_token_id": 0, "tie_word_embeddings": True, "vocab_size": 49152, **smol,
        **fields})
    pair(f"SmolLM2-{size}", f"SmolLM2-{size}-Instruct", bos_token_id=1, eos_token_id=2, pad_token_id=2, more={
        "transformers.js_config": {"kv_cache_dtype": {"q4f16": "float16", "fp16": "float16"}}})
models["Falcon3-7B-Base"] = llama_3(
    "8B", **sized((3072, 23040, 28, 12, 4)), head_dim=256, bos_token_id=None, eos_token_id=11, mlp_bias=False,
    max_position_embeddings=32768, rms_norm_eps=1e-06, rope_theta=1000042, vocab_size=131072)
pair("Falcon3-7B-Base", "Falcon3-7B-Instruct", activation="swiglu")

# Mistral.
models["Mistral-7B-v0.1"] = {
    "architectures": ["MistralForCausalLM"], "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu",
    **sized((4096, 14336, 32, 32, 8)), "initializer_range": 0.02, "max_position_embeddings": 32768,
    "model_type": "mistral", "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "sliding_window": 4096,
    "tie_word_embeddings": False, "torch_dtype": "bfloat16", "transformers_version": "4.34.0.dev0",
    "use_cache": True, "vocab_size": 32000,
}
first = "Mistral-7B-v0.1"
pair(first, "Mistral-7B-Instruct-v0.1")
pair(first, "zephyr-7b-beta", pad_token_id=2, more={"_name_or_path": "HuggingFaceH4/mistral-7b-sft-beta"},
     transformers_version="4.35.0")
pair(first, "OpenHermes-2.5-Mistral-7B", eos_token_id=32000, vocab_size=32002, use_cache=False)
pair(first, "Yarn-Mistral-7b-128k", max_sequence_length=131072, max_position_embeddings=32768, sliding_window=131072,
     rope_scaling={"factor": 16.0, "finetuned": True, "original_max_position_embeddings": 8192, "type": "yarn"})
models["Mistral-7B-v0.2"] = {**models[first], "attention_dropout": 0.0, "rope_theta": 1000000.0,
                             "sliding_window": None, "transformers_version": "4.36.0"}
pair("Mistral-7B-v0.2", "Mistral-7B-Instruct-v0.2")
models["Mistral-7B-v0.3"] = {**models["Mistral-7B-v0.2"], "vocab_size": 32768, "transformers_version": "4.42.0.dev0"}
pair("Mistral-7B-v0.3", "Mistral-7B-Instruct-v0.3")
models["Mistral-Nemo-Base-2407"] = {
    **models["Mistral-7B-v0.3"], **sized((5120, 14336, 40, 32, 8)), "head_dim": 128, "vocab_size": 131072,
    "max_position_embeddings": 128000, "transformers_version": "4.43.0.dev0"}
pair("Mistral-Nemo-Base-2407", "Mistral-Nemo-Instruct-2407", max_position_embeddings=1024000)
models["Mistral-Small-24B-Base-2501"] = {
    **models["Mistral-Nemo-Base-2407"], **sized((5120, 32768, 40, 32, 8)), "max_position_embeddings": 32768,
    "rope_theta": 100000000.0, "transformers_version": "4.49.0.dev0"}
pair("Mistral-Small-24B-Base-2501", "Mistral-Small-24B-Instruct-2501")
models["Ministral-8B-Instruct-2410"] = {
    **models["Mistral-Nemo-Base-2407"], **sized((4096, 12288, 36, 32, 8)), "max_position_embeddings": 32768,
    "rope_theta": 100000000.0, "sliding_window": 32768, "transformers_version": "4.46.0.dev0"}
pair("Ministral-8B-Instruct-2410", "Ministral-8B tuned")
pair("Mistral-7B-v0.3", "Mistral-7B tuned by Unsloth", pad_token_id=770, head_dim=128, unsloth_version="2025.3.19",
     unsloth_fixed=True, rope_scaling={"rope_type": "default"}, transformers_version="4.51.3")
pair("Mistral-7B-v0.3", "Mistral-7B tuned by 4.46 (null head_dim)", like="Mistral-7B-Instruct-v0.3", head_dim=None,
     use_cache=False, transformers_version="4.46.3")
models["Codestral-22B-v0.1"] = {**models["Mistral-7B-v0.3"], **sized((6144, 16384, 56, 48, 8)), "head_dim": 128}
pair("Codestral-22B-v0.1", "Codestral-22B tuned")

# Qwen1.5 and Qwen2, which have the same model_type as Qwen2.5.
for name, sizes, tied in (("Qwen1.5-0.5B", (1024, 2816, 24, 16, 16), True), ("Qwen1.5-7B", (4096, 11008, 32, 32, 32), False)):
    models[name] = qwen2("0.5B", **sized(sizes), max_position_embeddings=32768, max_window_layers=sizes[2] - 3,
                         sliding_window=32768, tie_word_embeddings=tied, transformers_version="4.37.0")
    instruct(name, f"{name}-Chat")
models["Qwen2-7B"] = qwen2("7B")
instruct("Qwen2-7B", "Qwen2-7B-Instruct", max_position_embeddings=32768)
