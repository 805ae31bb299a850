"""Readiness records: how sure checkpoints are, and what they answer when they are sampled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from .errors import RecordError, shown
from .fields import Fields
from .reading import read_json
from .table import Table


@dataclass(frozen=True)
class Estimate:
    """A mean over prompts with its interval."""

    value: float
    low: float
    high: float

    @classmethod
    def read(cls, fields: Fields) -> Estimate:
        return cls(*(fields.number(name) for name in ("value", "low", "high")))


@dataclass(frozen=True)
class Sampled:
    """What a checkpoint answers at one temperature. None: the source of the answers did not tell."""

    temperature: float
    #: At k = 1…K.
    pass_at_k: tuple[Estimate, ...]
    #: Share of groups without a signal, by group size.
    dead_groups: Mapping[int, Estimate]
    answered: float
    length: float | None
    #: Nats, over sampled tokens.
    entropy: float | None
    surprisal: float | None


@dataclass(frozen=True)
class ReadinessRow:
    """One checkpoint."""

    name: str
    is_base: bool
    #: None: there is no condition, or it is the base.
    ready: bool | None
    sampled: tuple[Sampled, ...]


@dataclass(frozen=True)
class ReadinessRecord:
    path: Path
    #: The whole record, as written. Texts in it are untrusted.
    json: Mapping[str, Any]
    rows: tuple[ReadinessRow, ...]

    def sampled(self) -> Table:
        """A row a checkpoint and temperature."""
        rows = []
        for row in self.rows:
            for each in row.sampled:
                one, last = each.pass_at_k[0], each.pass_at_k[-1]
                figures = (one.value, len(each.pass_at_k), last.value, each.answered, each.length)
                rows.append((row.name, each.temperature, *figures, each.entropy, each.surprisal))
        return Table.of_rows(
            ("name", "temperature", "pass_at_1", "k", "pass_at_k", "answered", "length", "entropy", "surprisal"), rows
        )

    def pass_at_k(self) -> Table:
        """A row a checkpoint, temperature and k, with the interval."""
        rows = [
            (row.name, each.temperature, k, estimate.value, estimate.low, estimate.high)
            for row in self.rows
            for each in row.sampled
            for k, estimate in enumerate(each.pass_at_k, 1)
        ]
        return Table.of_rows(("name", "temperature", "k", "value", "low", "high"), rows)


def open_readiness(path: str | PathLike[str]) -> ReadinessRecord:
    """Opens `NAME.readiness.json`. :raises RecordError: saying what is wrong with it"""
    path = Path(path)
    fields = read_json(path, "readiness record", "rejuvenation-readiness")
    rows = tuple(_row(each) for each in fields.objects("rows"))
    if len({row.name for row in rows}) != len(rows):
        raise RecordError(f"{shown(path)} is not a valid readiness record: rows has a name twice.")
    return ReadinessRecord(path, fields.json, rows)


def _row(fields: Fields) -> ReadinessRow:
    ready = fields.boolean("ready") if fields.has("ready") else None
    sampled = tuple(_sampled(each) for each in fields.objects("sampled"))
    return ReadinessRow(fields.text("name"), fields.boolean("isBase"), ready, sampled)


def _sampled(fields: Fields) -> Sampled:
    passes = tuple(Estimate.read(each) for each in fields.objects("passAtK"))
    fields.demand(len(passes) > 0, "passAtK is empty")
    dead = {each.integer("group", 1): Estimate.read(each) for each in fields.objects("deadGroups")}
    optional = (fields.optional(name) for name in ("length", "entropy", "surprisal"))
    return Sampled(fields.number("temperature", 0), passes, dead, fields.number("answered"), *optional)
