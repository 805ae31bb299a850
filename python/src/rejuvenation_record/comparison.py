"""Comparison records: what changed from checkpoint to checkpoint, tensor by tensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from .errors import RecordError, shown
from .fields import Fields
from .reading import Array, LazyArrays, arrays_path, measurement_specs, read_json
from .run import Means
from .samples import Sample, read_samples
from .table import Table

_figures = (
    ("norm", "norm"),
    ("referenceNorm", "reference_norm"),
    ("checkpointNorm", "checkpoint_norm"),
    ("relativeNorm", "relative_norm"),
    ("maxAbs", "max_abs"),
    ("mean", "mean"),
    ("standardDeviation", "standard_deviation"),
    ("excessKurtosis", "excess_kurtosis"),
    ("cosine", "cosine"),
    ("unchangedShare", "unchanged_share"),
    ("nonFinite", "non_finite"),
)
_map_size = 256


@dataclass(frozen=True)
class ComparedTensor:
    name: str
    shape: tuple[int, ...]
    layer: int | None
    module: str


@dataclass(frozen=True)
class ComparisonRecord:
    """A comparison record; its arrays are read when they are asked for."""

    path: Path
    #: The whole JSON half, as written. Texts in it are untrusted.
    json: Mapping[str, Any]
    #: Names; the first is the reference.
    checkpoints: tuple[str, ...]
    #: Positions of reference and checkpoint.
    pairs: tuple[tuple[int, int], ...]
    tensors: tuple[ComparedTensor, ...]
    #: Of the calibration, one a checkpoint; none without one.
    means: tuple[Means, ...]
    samples: tuple[Sample, ...]
    _arrays: LazyArrays

    def differences(self) -> Table:
        """A row a pair and tensor: norms, moments, cosine, share unchanged. NaN: undefined for this tensor."""
        rows = []
        for (reference, checkpoint), scalars in zip(self.pairs, self.json["differences"]):
            names = (self.checkpoints[reference], self.checkpoints[checkpoint])
            for tensor, each in zip(self.tensors, scalars):
                layer = tensor.layer
                rows.append((*names, tensor.name, layer, tensor.module, *(each[name] for name, _ in _figures)))
        named = [column for _, column in _figures]
        return Table.of_rows(("reference", "checkpoint", "tensor", "layer", "module", *named), rows)

    def profile(self, pair: int, tensor: int, name: str) -> Array:
        """`row_norms` `[rows]`, `column_norms` `[columns]` or `map` `[up to 256, up to 256]` of a tensor in a pair."""
        shape = self.tensors[tensor].shape
        rows, columns = (1, int(np.prod(shape))) if len(shape) < 2 else (shape[0], int(np.prod(shape[1:])))
        cells = (min(rows, _map_size), min(columns, _map_size))
        shapes = {"row_norms": (rows,), "column_norms": (columns,), "map": cells}
        if name not in shapes:
            raise RecordError(f"{shown(name)} is none of row_norms, column_norms and map.")
        return self._arrays.read(f"differences.{pair}.{tensor}.{name}", np.float32, shapes[name])

    def measure(self, checkpoint: int, name: str) -> Array:
        """`entropy`, `top1_probability`, `nll`, `top_ids` or `top_probabilities` of every response row."""
        output = self.json.get("output")
        if output is None:
            raise RecordError(f"{shown(self.path)} was made without a calibration.")
        rows = sum(sample.rows for sample in self.samples)
        full = f"measurements.{checkpoint}.{name}"
        specs = measurement_specs(checkpoint, rows, output["topTokens"])
        if full not in specs or not 0 <= checkpoint < len(self.checkpoints):
            raise RecordError(f"{shown(self.path)} has no measure {shown(name)} of checkpoint {checkpoint}.")
        return self._arrays.read(full, *specs[full])


def open_comparison(path: str | PathLike[str]) -> ComparisonRecord:
    """Opens `NAME.comparison.json` and the arrays beside it.

    :raises RecordError: saying what is wrong with which file
    """
    path = Path(path)
    fields = read_json(path, "comparison record", "rejuvenation-comparison")
    arrays = LazyArrays(arrays_path(path, fields, ".comparison.json"))
    if arrays.metadata.get("comparison") != fields.object("arrays").text("id"):
        raise RecordError(f"{shown(path)} and {shown(arrays.path)} do not belong together: one of them was replaced.")
    checkpoints = tuple(each.text("name") for each in fields.objects("checkpoints"))
    most = len(checkpoints) - 1
    pairs = [
        (each.integer("reference", 0, most), each.integer("checkpoint", 0, most)) for each in fields.objects("pairs")
    ]
    tensors = tuple(_tensor(each) for each in fields.objects("tensors"))
    _check_differences(fields, len(pairs), len(tensors))
    output = fields.object("output") if fields.has("output") else None
    means = () if output is None else tuple(Means.read(each) for each in output.objects("means"))
    fields.demand(output is None or len(means) == len(checkpoints), "output.means does not have one entry a checkpoint")
    if output is not None:
        output.integer("topTokens", 1)
    samples = () if output is None else read_samples(output)
    return ComparisonRecord(path, fields.json, checkpoints, tuple(pairs), tensors, means, samples, arrays)


def _tensor(fields: Fields) -> ComparedTensor:
    layer = fields.integer("layer") if fields.has("layer") else None
    return ComparedTensor(fields.text("name"), fields.integers("shape"), layer, fields.text("module"))


def _check_differences(fields: Fields, pairs: int, tensors: int) -> None:
    lists = fields.list("differences")
    fields.demand(len(lists) == pairs, "differences does not have one entry a pair")
    for position, scalars in enumerate(lists):
        fits = isinstance(scalars, list) and len(scalars) == tensors
        fields.demand(fits, f"differences.{position} does not have one entry a tensor")
        for each in scalars:
            fields.demand(isinstance(each, dict), f"differences.{position} holds what is no object")
            for name, _ in _figures:
                value = each.get(name, "")
                number = value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))
                fields.demand(number, f"differences.{position}: {name} is no number")
