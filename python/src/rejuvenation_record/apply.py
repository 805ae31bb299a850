"""Fuses and resets tensors in memory: the same bits as a committed checkpoint has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from .dtypes import STORAGE, Bits, Unpacked, convert, narrow, widen
from .errors import RecordError, shown
from .layout import Module
from .run import RunRecord, Vocabulary

_embedding, _head, _head_bias = "model.embed_tokens.weight", "lm_head.weight", "lm_head.bias"
_vocabulary_tensors = (_embedding, _head, _head_bias)
_buffer = re.compile(r"(^|\.)rotary_emb\.inv_freq$")
#: What training code puts before every name when it saves a wrapped model.
_wrappers = ("_orig_mod.", "module.", "base_model.model.", "language_model.")
#: Elements at once, so that float32 copies of a large matrix need little memory.
_chunk = 1 << 22


def apply(
    record: RunRecord,
    base: Mapping[str, Any],
    sft: Mapping[str, Any],
    alpha: float | None = None,
    rho: float | None = None,
    dtype: str | None = None,
) -> dict[str, Any]:
    """The rejuvenated tensors, bit for bit those of `rejuvenate commit`: fused (eq. 1), then reset (eq. 5).

    :param base: tensors of the base by name: NumPy arrays float32 or float16, bfloat16 as `ml_dtypes` or as its bits in
        uint16; or torch tensors
    :param sft: tensors of the SFT checkpoint, likewise; their dtypes may be others
    :param alpha: share of the SFT checkpoint; the record's when None
    :param rho: of the reset; the record's when None; 0 fuses alone
    :param dtype: "BF16", "F16" or "F32" of all results; each as the SFT's when None
    :returns: tensors under the SFT's names, of the kind that the SFT's are; new ones, nothing given is changed
    :raises RecordError: naming the tensor that does not fit
    """
    return dict(apply_each(record, base, sft, alpha, rho, dtype))


def apply_each(
    record: RunRecord,
    base: Mapping[str, Any],
    sft: Mapping[str, Any],
    alpha: float | None = None,
    rho: float | None = None,
    dtype: str | None = None,
) -> Iterator[tuple[str, Any]]:
    """As :func:`apply`, one tensor after the other, so that no more than one result need be in memory."""
    alpha = record.settings.alpha if alpha is None else alpha
    if not 0 <= alpha <= 1:
        raise RecordError(f"alpha is {alpha}, but must lie between 0 and 1.")
    if dtype is not None and dtype not in STORAGE:
        raise RecordError(f"dtype is {shown(dtype)}, but must be BF16, F16 or F32.")
    _check_subnormals()
    prefix, base_prefix = _prefix(sft), _prefix(base)
    resets = _resets(record, rho, lambda module: prefix + module.stack in sft)
    _check_names(record, base, base_prefix, sft, prefix)
    return _each(record, _Sides(base, base_prefix, sft, prefix), float(alpha), resets, dtype)


class _Sides:
    def __init__(self, base: Mapping[str, Any], base_prefix: str, sft: Mapping[str, Any], prefix: str) -> None:
        self.base, self.base_prefix, self.sft, self.prefix = base, base_prefix, sft, prefix

    def counterpart(self, name: str) -> Unpacked:
        """The base's tensor; for a head that it ties to the embeddings, the embeddings."""
        for tried in (name, _embedding) if name == _head else (name,):
            full = self.base_prefix + tried
            if full in self.base:
                return Unpacked(full, self.base[full])
        raise RecordError(f"Tensor {shown(name)} is in the SFT checkpoint but not in the base.")


def _each(
    record: RunRecord, sides: _Sides, alpha: float, resets: Mapping[str, "_Reset"], out: str | None
) -> Iterator[tuple[str, Any]]:
    for full in sides.sft:
        name = full[len(sides.prefix) :]
        if _buffer.search(name):
            # No part of the model; as the SFT checkpoint has it, whatever its dtype.
            yield full, sides.sft[full]
            continue
        sft = Unpacked(full, sides.sft[full])
        base = sides.counterpart(name)
        dtype = out or sft.dtype
        with np.errstate(all="ignore"):
            result = _tensor(record.vocabulary, name, sft, base, alpha, resets.get(name), dtype)
        yield full, sft.pack(result, dtype)


def _tensor(
    vocabulary: Vocabulary | None,
    name: str,
    sft: Unpacked,
    base: Unpacked,
    alpha: float,
    reset: _Reset | None,
    dtype: str,
) -> Bits:
    grown = name in _vocabulary_tensors and vocabulary is not None
    mine, other = sft.bits.shape, base.bits.shape
    if (mine[1:], len(mine)) != (other[1:], len(other)) or (not grown and mine != other):
        raise RecordError(
            f"Tensor {shown(name)} has the shape {list(other)} in the base but {list(mine)} in the SFT checkpoint."
        )
    if reset is not None:
        reset.check(name, mine)
    result = np.empty(mine, STORAGE[dtype])
    if not grown:
        _fuse(result, sft.bits, sft.dtype, base.bits, base.dtype, alpha, dtype)
        if reset is not None:
            at = reset.index
            result[at] = convert(np.ascontiguousarray(base.bits[at]), base.dtype, dtype)
        return result
    assert vocabulary is not None
    if mine[0] != vocabulary.sft_rows or other[0] != vocabulary.base_rows:
        raise RecordError(
            f"Tensor {shown(name)} has {other[0]} rows in the base and {mine[0]} in the SFT checkpoint, "
            f"but the record's run had {vocabulary.base_rows} and {vocabulary.sft_rows}."
        )
    shared = min(mine[0], other[0])
    _fuse(result[:shared], sft.bits[:shared], sft.dtype, base.bits[:shared], base.dtype, alpha, dtype)
    own = np.concatenate([np.array([i for i in vocabulary.kept if i < shared], np.int64), np.arange(shared, mine[0])])
    result[own] = convert(sft.bits[own], sft.dtype, dtype)
    return result


def _fuse(result: Bits, sft: Bits, sft_dtype: str, base: Bits, base_dtype: str, alpha: float, dtype: str) -> None:
    """`f32(alpha) · sft + f32(1 − alpha) · base`: two products and a sum in float32, then one rounding."""
    a, b = np.float32(alpha), np.float32(1.0 - alpha)
    into, one, two = result.reshape(-1), np.ascontiguousarray(sft).reshape(-1), np.ascontiguousarray(base).reshape(-1)
    for start in range(0, into.size, _chunk):
        part = slice(start, start + _chunk)
        if alpha == 1:
            into[part] = convert(one[part], sft_dtype, dtype)
        elif alpha == 0:
            into[part] = convert(two[part], base_dtype, dtype)
        else:
            fused = a * widen(one[part], sft_dtype)
            fused += b * widen(two[part], base_dtype)
            into[part] = narrow(fused, dtype)


class _Reset:
    """Rows or columns of a tensor that take the base's value."""

    def __init__(
        self,
        shape: tuple[int, ...],
        neurons: npt.NDArray[np.int64],
        by_column: bool,
        experts: npt.NDArray[np.int64] | None = None,
    ) -> None:
        """
        :param neurons: rows or columns of the tensor
        :param experts: of each, where the tensor is a stack of experts'
        """
        self._shape, self._neurons, self._by_column, self._experts = shape, neurons, by_column, experts

    @property
    def index(self) -> Any:
        stack = () if self._experts is None else (self._experts,)
        return (*stack, slice(None), self._neurons) if self._by_column else (*stack, self._neurons)

    def join(self, other: _Reset | None) -> _Reset:
        """With what another projection resets of the same tensor."""
        if other is not None:
            self._neurons = np.concatenate([other._neurons, self._neurons])
            if self._experts is not None and other._experts is not None:
                self._experts = np.concatenate([other._experts, self._experts])
        return self

    def check(self, name: str, shape: tuple[int, ...]) -> None:
        if shape != self._shape:
            raise RecordError(
                f"Tensor {shown(name)} has the shape {list(shape)}, but in the record's run {list(self._shape)}."
            )


def _resets(record: RunRecord, rho: float | None, stacked: Callable[[Module], bool]) -> dict[str, _Reset]:
    """
    By tensor. Biases of o_proj and down_proj are fused, never reset.

    :param stacked: whether the experts of a module lie in one tensor
    """
    resets: dict[str, _Reset] = {}
    for module in record.modules:
        neurons = module.first + record.reset_neurons(module, rho)
        if len(neurons) == 0:
            continue
        if module.experts > 0:
            experts, own = np.divmod(neurons, module.width // module.experts)
            if stacked(module):
                rows, columns = module.shape
                first = rows if module.projection == "up_proj" else 0
                shape = (module.experts, rows if module.by_column else 2 * rows, columns)
                reset = _Reset(shape, first + own, module.by_column, experts)
                resets[module.stack] = reset.join(resets.get(module.stack))
                continue
            for expert in np.unique(experts):
                name = f"{module.tensors[expert]}.weight"
                resets[name] = _Reset(module.shape, own[experts == expert], module.by_column)
            continue
        for part, resets_it in (("weight", True), ("bias", module.has_bias and not module.by_column)):
            if resets_it:
                name = f"{module.tensor}.{part}"
                shape = module.shape[:1] if part == "bias" else module.shape
                resets[name] = _Reset(shape, neurons, module.by_column).join(resets.get(name))
    return resets


def _prefix(tensors: Mapping[str, Any]) -> str:
    prefix = ""
    while tensors:
        following = [wrapper for wrapper in _wrappers if all(name.startswith(prefix + wrapper) for name in tensors)]
        if not following:
            break
        prefix += following[0]
    return prefix


def _check_names(
    record: RunRecord, base: Mapping[str, Any], base_prefix: str, sft: Mapping[str, Any], prefix: str
) -> None:
    """The SFT side must be the whole model: a tensor under another name would silently not be reset."""
    for module in record.modules:
        weights = [f"{tensor}.weight" for tensor in module.tensors]
        if module.experts > 0 and prefix + module.stack in sft:
            weights = [module.stack]
        for name in (*weights, *([f"{module.tensor}.bias"] if module.has_bias else [])):
            if prefix + name not in sft:
                raise RecordError(
                    f"Tensor {shown(prefix + name)} of the record's model is not among the SFT's tensors."
                )
    names = {name[len(prefix) :] for name in sft}
    for full in base:
        name = full[len(base_prefix) :]
        if name in names or _buffer.search(name):
            continue
        if name == _head and base_prefix + _embedding in base:
            head, embedding = Unpacked(full, base[full]), Unpacked(_embedding, base[base_prefix + _embedding])
            # A base that stores its head untied may still hold the embeddings there.
            if head.dtype == embedding.dtype and head.bits.tobytes() == embedding.bits.tobytes():
                continue
        raise RecordError(f"Tensor {shown(name)} is in the base but not among the SFT's tensors.")


def _check_subnormals() -> None:
    """Some libraries make a process flush subnormal numbers to zero, which would change bits."""
    if np.float32(1e-40) * np.float32(1) == 0 or np.array([1e-40], np.float32)[0] + np.float32(0) == 0:
        raise RecordError(
            "This process flushes subnormal numbers to zero (a library set the processor so), which changes results: "
            "call apply before that library is loaded."
        )
