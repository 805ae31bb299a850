"""Sweep records: one run record measured at many alphas and rhos, and at controls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from .fields import Fields
from .reading import read_json
from .run import Means
from .table import Table


@dataclass(frozen=True)
class SweepPoint:
    """One point. `selection`: by the ranks ("attribution"), "none" at rho 0, or a control ("random", "drift")."""

    alpha: float
    rho: float
    selection: str
    #: Of random neurons.
    seed: int | None
    #: Position of the checkpoint that is fused with and reset to; None: the base.
    anchor: int | None
    neurons: int
    neuron_ratio: float
    all: Means
    targets: Means
    held_out: Means | None
    pass_at_1: float | None
    pass_at_k: float | None
    k: int | None


@dataclass(frozen=True)
class SweepRecord:
    path: Path
    #: The whole record, as written. Texts in it are untrusted.
    json: Mapping[str, Any]
    points: tuple[SweepPoint, ...]

    def table(self) -> Table:
        """A row a point; NaN where something was not measured."""
        rows = []
        for point in self.points:
            held_out = point.held_out and point.held_out.negative_log_likelihood
            identity = (point.alpha, point.rho, point.selection, point.seed, point.anchor)
            means = (point.all.entropy, point.all.negative_log_likelihood, point.targets.entropy, held_out)
            sampled = (point.pass_at_1, point.k, point.pass_at_k)
            rows.append((*identity, point.neurons, point.neuron_ratio, *means, *sampled))
        identity_names = ("alpha", "rho", "selection", "seed", "anchor", "neurons", "neuron_ratio")
        means_names = ("entropy", "nll", "target_entropy", "held_out_nll")
        return Table.of_rows((*identity_names, *means_names, "pass_at_1", "k", "pass_at_k"), rows)


def open_sweep(path: str | PathLike[str]) -> SweepRecord:
    """Opens `NAME.sweep.json`. :raises RecordError: saying what is wrong with it"""
    path = Path(path)
    fields = read_json(path, "sweep record", "rejuvenation-sweep")
    return SweepRecord(path, fields.json, tuple(_point(each) for each in fields.objects("points")))


def _point(fields: Fields) -> SweepPoint:
    sampled = fields.object("sampled") if fields.has("sampled") else None
    selection = fields.text("selection")
    fields.demand(selection in ("attribution", "none", "random", "drift"), "selection is none that is known")
    return SweepPoint(
        fields.number("alpha", 0, 1),
        fields.number("rho", 0, 1),
        selection,
        fields.integer("seed") if fields.has("seed") else None,
        fields.integer("anchor") if fields.has("anchor") else None,
        fields.integer("neurons"),
        fields.number("neuronRatio", 0, 1),
        Means.read(fields.object("all")),
        Means.read(fields.object("targets")),
        Means.read(fields.object("heldOut")) if fields.has("heldOut") else None,
        None if sampled is None else sampled.number("passAt1", 0, 1),
        None if sampled is None else sampled.number("passAtK", 0, 1),
        None if sampled is None else sampled.integer("k", 1),
    )
