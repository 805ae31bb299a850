"""Reads the files of a record: JSON of a known schema and version, and the arrays file beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load

from .errors import RecordError, shown
from .fields import Fields

Array = npt.NDArray[Any]

#: The newest version of each kind that is read, by its schema's name.
NEWEST = {
    "rejuvenation-run": 3,
    "rejuvenation-comparison": 3,
    "rejuvenation-readiness": 1,
    "rejuvenation-sweep": 1,
}

#: Far above any record's JSON half, and small enough to be held.
_most_bytes = 2**31


def read_json(path: Path, what: str, schema: str) -> Fields:
    """The JSON of a record.

    :param what: kind of record, for sentences: "run record"
    :param schema: what its field `schema` must say
    :raises RecordError: when it cannot be read, is of another kind, or of a newer version
    """
    value = read_object(path)
    if value.get("schema") != schema:
        raise RecordError(f"{shown(path)} is not a {what} of the Rejuvenation Inspector.")
    version = value.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise RecordError(f"{shown(path)} does not say the version of its schema.")
    newest = NEWEST[schema]
    if version > newest:
        raise RecordError(
            f"{shown(path)} was made by a newer version of the program (record version {version}, this package reads "
            f"up to {newest}): update rejuvenation-record."
        )
    return Fields(value, f"{shown(path)} is not a valid {what}")


def read_object(path: Path) -> dict[str, Any]:
    """The object that a JSON file holds. :raises RecordError: when it cannot be read or holds no object"""
    try:
        if not path.is_file():
            raise RecordError(f"{shown(path)} is missing or no regular file.")
        if path.stat().st_size > _most_bytes:
            raise RecordError(f"{shown(path)} is larger than any record.")
        value = json.loads(
            path.read_bytes().decode("utf-8"),
            parse_constant=_no_constant,
            parse_int=_integer,
            object_pairs_hook=_object,
        )
    except RecordError:
        raise
    except RecursionError as error:
        raise RecordError(f"{shown(path)} is nested more deeply than any record.") from error
    except OSError as error:
        raise RecordError(f"{shown(path)} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise RecordError(f"{shown(path)} is no valid JSON: {error}.") from error
    if not isinstance(value, dict):
        raise RecordError(f"{shown(path)} holds no record.")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("an object has a name twice")
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _integer(digits: str) -> int | float:
    """Integers as a double would hold them where they are absurdly long, so that they cost nothing."""
    return int(digits) if len(digits) < 20 else float(digits)


def arrays_path(path: Path, fields: Fields, suffix: str) -> Path:
    """Where a record's arrays lie: beside it, under its own name. What the JSON names must be that very name.

    :param suffix: the JSON half's, as ".rejuvenation.json"
    :raises RecordError: for another name, which might lead anywhere, and where the file is missing
    """
    if not path.name.endswith(suffix) or path.name == suffix:
        raise RecordError(f"The record {shown(path)} must be named NAME{suffix}.")
    arrays = path.with_name(path.name[: -len(".json")] + ".safetensors")
    named = fields.object("arrays").text("file")
    if named != arrays.name:
        raise RecordError(
            f"{shown(path)} belongs to the arrays file {shown(named)}: a record's two files must keep their names."
        )
    if not arrays.is_file():
        raise RecordError(f"The record's arrays file {shown(arrays)} is missing: keep both files side by side.")
    return arrays


def read_hashed(path: Path, sha256: str) -> dict[str, Array]:
    """Every array of a file whose hash is known. The bytes that are hashed are those that are used.

    :raises RecordError: when the file is another or cannot be read
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RecordError(f"{shown(path)} cannot be read: {error.strerror}.") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise RecordError(
            f"{shown(path)} does not belong to its record (its SHA-256 differs): "
            "one of the two was replaced or damaged."
        )
    try:
        return dict(load(data))
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{shown(path)} is no valid safetensors file: {error}.") from error


#: Name of each array, with its dtype and shape.
Specs = Mapping[str, "tuple[type[np.generic], tuple[int, ...]]"]


def check_arrays(path: Path, arrays: Mapping[str, Array], specs: Specs) -> None:
    """Holds the arrays to what the record says that there are. :raises RecordError: naming the array"""
    for name in arrays.keys() - specs.keys():
        raise RecordError(f"{shown(path)} holds an array {shown(name)} that does not belong there.")
    for name, (dtype, shape) in specs.items():
        array = arrays.get(name)
        if array is None:
            raise RecordError(f"{shown(path)} lacks the array {shown(name)}.")
        if array.dtype != dtype or array.shape != shape:
            raise RecordError(
                f"In {shown(path)} the array {shown(name)} is {array.dtype} {list(array.shape)}, "
                f"but must be {np.dtype(dtype)} {list(shape)}."
            )


class LazyArrays:
    """Arrays of a file that are read when they are asked for; large files need not fit into memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with safe_open(str(path), framework="np") as file:
                self.metadata: dict[str, str] = dict(file.metadata() or {})
                self.names = frozenset(file.keys())
        except (SafetensorError, OSError) as error:
            raise RecordError(f"{shown(path)} is no valid safetensors file: {error}.") from error

    def read(self, name: str, dtype: type[np.generic], shape: tuple[int, ...]) -> Array:
        """:raises RecordError: when there is no such array, or it is of another dtype or shape"""
        if name not in self.names:
            raise RecordError(f"{shown(self.path)} lacks the array {shown(name)}.")
        try:
            with safe_open(str(self.path), framework="np") as file:
                array: Array = file.get_tensor(name)
        except (SafetensorError, OSError, KeyError, TypeError) as error:
            raise RecordError(f"{shown(self.path)}: the array {shown(name)} cannot be read: {error}.") from error
        check_arrays(self.path, {name: array}, {name: (dtype, shape)})
        return array


def measurement_specs(position: int, rows: int, top: int) -> dict[str, tuple[type[np.generic], tuple[int, ...]]]:
    """The arrays of one measured checkpoint: one entry a response row, `top` most likely tokens each."""
    name = f"measurements.{position}"
    return {
        f"{name}.entropy": (np.float32, (rows,)),
        f"{name}.top1_probability": (np.float32, (rows,)),
        f"{name}.nll": (np.float32, (rows,)),
        f"{name}.top_ids": (np.int32, (rows, top)),
        f"{name}.top_probabilities": (np.float32, (rows, top)),
    }
