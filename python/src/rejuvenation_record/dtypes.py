"""The three dtypes of weights: bits in, float32 in between, bits out, rounded as the fusion kernel rounds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import RecordError, shown

#: What the elements of each dtype are held as. NumPy has no bfloat16: its bits are held.
STORAGE: dict[str, type[np.generic]] = {"BF16": np.uint16, "F16": np.float16, "F32": np.float32}

Bits = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]


def widen(bits: Bits, dtype: str) -> Floats:
    """Elements of a dtype as float32; exact."""
    if dtype == "BF16":
        return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)
    return bits.astype(np.float32)


def narrow(values: Floats, dtype: str) -> Bits:
    """float32 rounded to a dtype, once and to nearest even; NaN becomes the canonical quiet NaN."""
    nan = np.isnan(values)
    if dtype == "BF16":
        raw = values.view(np.uint32)
        # The sum may wrap for NaN alone, which is replaced.
        rounded = raw + (np.uint32(0x7FFF) + ((raw >> np.uint32(16)) & np.uint32(1)))
        brief = (rounded >> np.uint32(16)).astype(np.uint16)
        brief[nan] = 0x7FC0
        return brief
    if dtype == "F16":
        half = np.where(nan, np.float32(0), values).astype(np.float16)
        half.view(np.uint16)[nan] = 0x7E00
        return half
    out = values.copy()
    out.view(np.uint32)[nan] = 0x7FC00000
    return out


def convert(bits: Bits, source: str, target: str) -> Bits:
    """Elements in another dtype; in their own, the very bits."""
    return bits if source == target else narrow(widen(bits, source), target)


class Unpacked:
    """A caller's tensor as an array of bits, its dtype, and the way back to the caller's kind."""

    def __init__(self, name: str, tensor: Any) -> None:
        self.bits, self.dtype, self._pack = _unpack(name, tensor)

    def pack(self, bits: Bits, dtype: str) -> Any:
        """An array of bits as the kind of tensor that the caller gave."""
        return self._pack(bits, dtype)


def _unpack(name: str, tensor: Any) -> tuple[Bits, str, Callable[[Bits, str], Any]]:
    if isinstance(tensor, np.ndarray):
        if tensor.dtype == np.uint16:
            return tensor, "BF16", lambda bits, _: bits
        if tensor.dtype == np.float16:
            return tensor, "F16", lambda bits, _: bits
        if tensor.dtype == np.float32:
            return tensor, "F32", lambda bits, _: bits
        if tensor.dtype.name == "bfloat16":
            own = tensor.dtype
            return tensor.view(np.uint16), "BF16", lambda bits, dtype: bits.view(own) if dtype == "BF16" else bits
        raise RecordError(
            f"Tensor {shown(name)} is {tensor.dtype}; weights must be float32, float16, or bfloat16 bits (uint16)."
        )
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(tensor, torch.Tensor):
        return _unpack_torch(torch, name, tensor)
    raise RecordError(f"Tensor {shown(name)} is a {type(tensor).__name__}, neither a NumPy array nor a torch tensor.")


def _unpack_torch(torch: Any, name: str, tensor: Any) -> tuple[Bits, str, Callable[[Bits, str], Any]]:
    dtypes = {torch.bfloat16: "BF16", torch.float16: "F16", torch.float32: "F32"}
    dtype = dtypes.get(tensor.dtype)
    if dtype is None:
        raise RecordError(f"Tensor {shown(name)} is {tensor.dtype}; weights must be float32, float16 or bfloat16.")

    def pack(bits: Bits, made: str) -> Any:
        if made == "BF16":
            return torch.from_numpy(bits.view(np.int16)).view(torch.bfloat16)
        return torch.from_numpy(bits)

    plain = tensor.detach().cpu().contiguous()
    if dtype == "BF16":
        return plain.view(torch.int16).numpy().view(np.uint16), dtype, pack
    return plain.numpy(), dtype, pack
