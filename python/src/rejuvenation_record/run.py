"""Run records: which neurons a run found, on which tokens, and how sure the checkpoints were there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import RecordError, shown
from .fields import Fields
from .layout import PROJECTIONS, Module
from .reading import Array
from .samples import Sample
from .table import Table


@dataclass(frozen=True)
class Means:
    """Means over response rows; nats, except the probability."""

    rows: int
    entropy: float
    top1_probability: float
    negative_log_likelihood: float

    @classmethod
    def read(cls, fields: Fields) -> Means:
        names = ("entropy", "top1Probability", "negativeLogLikelihood")
        return cls(fields.integer("rows"), *(fields.number(name) for name in names))


@dataclass(frozen=True)
class Measurement:
    """One checkpoint measured on the calibration: over all response rows, at targets, on held-out samples."""

    name: str
    folder: str
    all: Means
    targets: Means
    held_out: Means | None


@dataclass(frozen=True)
class Settings:
    """What decides the reset: alpha of the fusion, rho of the reset, up to which rho ranks are kept."""

    alpha: float
    rho: float
    rho_max: float
    top_n: int
    top_tokens: int


@dataclass(frozen=True)
class InputFile:
    """A file of a parent checkpoint, as the run found it."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Vocabulary:
    """How the base was completed: rows of both sides, and those that stay the SFT's although both have them."""

    base_rows: int
    sft_rows: int
    kept: tuple[int, ...]


@dataclass(frozen=True)
class RunRecord:
    """A run record, its two halves held to each other."""

    path: Path
    #: The whole JSON half, as written. Texts in it are untrusted.
    json: Mapping[str, Any]
    arrays: Mapping[str, Array]
    settings: Settings
    modules: tuple[Module, ...]
    #: Neurons of the seven projections.
    neuron_count: int
    #: Neurons kept of every target with their scores; 0 in records of older versions.
    kept_neurons: int
    vocabulary: Vocabulary | None
    measurements: tuple[Measurement, ...]
    samples: tuple[Sample, ...]
    token_texts: Mapping[int, str]
    base_folder: str
    sft_folder: str
    inputs: Mapping[str, tuple[InputFile, ...]]

    def budget(self, rho: float | None = None) -> int:
        """Neurons that each target may select. :raises RecordError: for a rho beyond the record's rho-max"""
        rho = self.settings.rho if rho is None else rho
        if not 0 <= rho <= 1:
            raise RecordError(f"rho is {rho}, but must lie between 0 and 1.")
        if rho > self.settings.rho_max:
            raise RecordError(
                f"rho is {rho}, but the record holds ranks up to rho-max {self.settings.rho_max}: "
                "attribute again with a larger one."
            )
        return 0 if rho == 0 else max(1, int(rho * self.neuron_count))

    def reset_neurons(self, module: Module, rho: float | None = None) -> npt.NDArray[np.int64]:
        """Neurons of a module that are reset, ascending; the record's rho when None."""
        ranks = self.arrays[module.array("best_rank")]
        return np.flatnonzero((ranks >= 0) & (ranks < self.budget(rho)))

    def reset_ratios(self, rho: float | None = None) -> npt.NDArray[np.float64]:
        """`[layers, 7]` share of each module's neurons that are reset: the cells of the heatmap."""
        shares = [len(self.reset_neurons(module, rho)) / module.width for module in self.modules]
        return np.array(shares).reshape(-1, len(PROJECTIONS))

    def reset_ratio(self, rho: float | None = None) -> float:
        """The effective reset ratio: reset neurons over all neurons of the seven projections."""
        return sum(len(self.reset_neurons(module, rho)) for module in self.modules) / self.neuron_count

    def neurons(self) -> Table:
        """A row a neuron, in the flat order."""
        widths = [module.width for module in self.modules]
        columns: dict[str, npt.ArrayLike] = {
            "layer": np.repeat([module.layer for module in self.modules], widths),
            "projection": np.repeat([module.projection for module in self.modules], widths),
            "neuron": np.concatenate([np.arange(width) for width in widths]),
        }
        for name in ("best_rank", "mean_score", "max_score", "hits"):
            columns[name] = np.concatenate([self.arrays[module.array(name)] for module in self.modules])
        return Table(columns)

    def tokens(self) -> Table:
        """A row a response row: the token that it predicts, and each checkpoint's measures of it."""
        ids = self.arrays["samples.ids"]
        rows = np.concatenate([sample.response_rows() for sample in self.samples] or [np.zeros(0, np.int64)])
        first = np.repeat([sample.first_id for sample in self.samples], [sample.rows for sample in self.samples])
        gold = ids[(first + rows + 1).astype(np.int64)]
        counts = [sample.rows for sample in self.samples]
        columns: dict[str, npt.ArrayLike] = {
            "sample": np.repeat(np.arange(len(self.samples)), counts),
            "line": np.repeat([sample.line for sample in self.samples], counts),
            "row": rows,
            "token": gold,
            "text": np.array([self.token_texts.get(int(token), "") for token in gold], dtype=object),
            "held_out": np.repeat([sample.held_out for sample in self.samples], counts),
            "target": self._is_target(rows),
        }
        for position, measurement in enumerate(self.measurements):
            for name in ("entropy", "top1_probability", "nll"):
                columns[f"{measurement.name}.{name}"] = self.arrays[f"measurements.{position}.{name}"]
        return Table(columns)

    def _is_target(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        targets = self.arrays["targets.row"]
        marks = [
            np.isin(
                rows[sample.first_row : sample.first_row + sample.rows],
                targets[sample.first_target : sample.first_target + sample.targets],
            )
            for sample in self.samples
        ]
        return np.concatenate(marks or [np.zeros(0, np.bool_)])

    def means(self) -> Table:
        """A row a checkpoint and set of rows ("all", "targets", "heldOut")."""
        rows = []
        for each in self.measurements:
            for over, means in (("all", each.all), ("targets", each.targets), ("heldOut", each.held_out)):
                if means is not None:
                    figures = (means.rows, means.entropy, means.top1_probability, means.negative_log_likelihood)
                    rows.append((each.name, over, *figures))
        return Table.of_rows(("name", "over", "rows", "entropy", "top1_probability", "nll"), rows)

    def check_inputs(self, *, base: str | PathLike[str] | None = None, sft: str | PathLike[str] | None = None) -> None:
        """Hashes the files of both parents, whole, and compares them with what the run recorded.

        :param base: where the base lies now; where the run found it when None
        :raises RecordError: naming the file that is missing or another
        """
        folders = {"base": Path(base or self.base_folder), "sft": Path(sft or self.sft_folder)}
        for side, folder in folders.items():
            for file in self.inputs[side]:
                name = PurePosixPath(file.name)
                if name.is_absolute() or ".." in name.parts or "\\" in file.name:
                    raise RecordError(
                        f"{shown(self.path)} lists {shown(file.name)}, which is no file of {shown(folder)}."
                    )
                if _sha256(folder / name) != file.sha256:
                    raise RecordError(f"{shown(folder / name)} is not the file that the run was made from.")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 22):
                digest.update(chunk)
    except OSError as error:
        raise RecordError(f"{shown(path)} cannot be read: {error.strerror}.") from error
    return digest.hexdigest()
