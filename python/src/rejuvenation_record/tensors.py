"""Reads the tensors of a Hugging Face checkpoint folder as NumPy arrays, one at a time."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import RecordError, shown
from .reading import read_object

_held_as: dict[str, type[np.generic]] = {"BF16": np.uint16, "F16": np.float16, "F32": np.float32, "F64": np.float64}
_index = "model.safetensors.index.json"


class CheckpointTensors(Mapping[str, npt.NDArray[Any]]):
    """Tensors of `folder` by name, mapped from the disk: bfloat16 as its bits in uint16."""

    def __init__(self, folder: str | PathLike[str]) -> None:
        """:raises RecordError: when there are no safetensors files, or one is damaged"""
        self._tensors: dict[str, tuple[Path, int, type[np.generic], tuple[int, ...]]] = {}
        for path in _shards(Path(folder)):
            self._read_header(path)

    def _read_header(self, path: Path) -> None:
        try:
            size = path.stat().st_size
            with path.open("rb") as file:
                (length,) = struct.unpack("<Q", file.read(8))
                if length > min(size, 2**27):
                    raise ValueError("its header is longer than the file")
                header = json.loads(file.read(length).decode("utf-8"))
            header.pop("__metadata__", None)
            for name, tensor in header.items():
                begin, end = tensor["data_offsets"]
                held, shape = _held_as[tensor["dtype"]], tuple(tensor["shape"])
                elements = 1
                for axis in shape:
                    elements *= axis
                whole = elements * np.dtype(held).itemsize
                if not (0 <= begin <= end and end - begin == whole and 8 + length + end <= size):
                    raise ValueError(f"tensor {shown(name)} does not lie in the file")
                self._tensors[name] = (path, 8 + length + begin, held, shape)
        except OSError as error:
            raise RecordError(f"{shown(path)} cannot be read: {error.strerror}.") from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, struct.error) as error:
            raise RecordError(f"{shown(path)} is no safetensors file of weights: {error}.") from error

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        path, offset, dtype, shape = self._tensors[name]
        if 0 in shape:
            return np.empty(shape, dtype)
        return np.memmap(path, dtype, "r", offset, shape)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)


def _shards(folder: Path) -> list[Path]:
    if not (folder / _index).is_file():
        return [folder / "model.safetensors"]
    files = read_object(folder / _index).get("weight_map")
    names = set(files.values()) if isinstance(files, dict) else set()
    if not names or not all(isinstance(name, str) and Path(name).name == name for name in names):
        raise RecordError(f"{shown(folder / _index)} lists no files of its folder.")
    return [folder / name for name in sorted(names)]
