"""The statistics of `rejuvenate diff` in torch, float64 as there: `diff.py REFERENCE CHECKPOINT THREADS`. Prints seconds as JSON.

Quantiles are read off a histogram of float32's upper halves, as there; the map is an adaptive max pool.
"""

import json
import math
import sys
import time

import torch
from safetensors import safe_open

shares = [0.5, 0.9, 0.99, 0.999, 0.9999]


def measure(a16, b16):
    a32, b32 = a16.float(), b16.float()
    a, b = a32.double(), b32.double()
    delta = b - a
    magnitude = delta.abs()
    flat = magnitude.flatten()
    mean = delta.mean()
    off = delta - mean
    second = off.square().mean()
    norms = a.norm(), b.norm(), delta.norm()
    matrix = magnitude if magnitude.dim() == 2 else magnitude[None]
    top, where = flat.topk(min(10, flat.numel()))
    found = [
        *norms,
        mean,
        second.sqrt(),
        off.square().square().mean() / second.square() - 3,
        (a * b).sum() / (norms[0] * norms[1]),
        (a32.view(torch.int32) == b32.view(torch.int32)).sum(),
        torch.isfinite(delta).sum(),
    ]
    floats = flat.float()
    bins = torch.bincount(floats.view(torch.int32) >> 16, minlength=32768)
    ranks = torch.tensor([max(1, math.ceil(share * flat.numel())) for share in shares])
    quantiles = torch.searchsorted(bins.cumsum(0), ranks)
    rows, columns = matrix.square().sum(1).sqrt(), matrix.square().sum(0).sqrt()
    cells = min(256, matrix.shape[0]), min(256, matrix.shape[1])
    pooled = torch.nn.functional.adaptive_max_pool2d(matrix[None], cells)[0]
    return found, quantiles, bins, rows, columns, pooled, top, where


torch.set_num_threads(int(sys.argv[3]))
start = time.perf_counter()
with safe_open(sys.argv[1], "pt") as reference, safe_open(sys.argv[2], "pt") as checkpoint:
    for name in reference.keys():
        measure(reference.get_tensor(name), checkpoint.get_tensor(name))
print(json.dumps({"seconds": time.perf_counter() - start}))
