"""
Samples as transformers' `generate` does, in one batch, for `npm run bench sampling`. Arguments: checkpoint, a JSON file with the
prompts' ids, answers to each, most tokens of an answer, threads. A line on the standard input is a round: its tokens and
seconds come back as a line of JSON.
"""
import json
import sys
import time

import torch
from transformers import AutoModelForCausalLM

checkpoint, prompts, samples, most, threads = sys.argv[1:]
torch.set_num_threads(int(threads))
torch.manual_seed(0)
model = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32).eval()
rows = json.load(open(prompts))
longest = max(map(len, rows))
ids = torch.tensor([[0] * (longest - len(row)) + row for row in rows])
mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows])
print(json.dumps({"ready": True}), flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    with torch.inference_mode():
        found = model.generate(
            ids, attention_mask=mask, do_sample=True, temperature=1.0, top_p=1.0, top_k=0, num_return_sequences=int(samples), max_new_tokens=int(most), pad_token_id=0
        )
    seconds = time.perf_counter() - start
    new = found[:, longest:]
    # Up to the first stop token, which is what pads too.
    ended = (new == 0).int().cumsum(1)
    tokens = int(((ended == 0) | ((ended == 1) & (new == 0))).sum())
    print(json.dumps({"seconds": seconds, "tokens": tokens}), flush=True)
