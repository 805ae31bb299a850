"""Opens a record of any kind by its name."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path

from .comparison import ComparisonRecord, open_comparison
from .errors import RecordError, shown
from .readiness import ReadinessRecord, open_readiness
from .run import RunRecord
from .run_opening import open_run
from .sweep import SweepRecord, open_sweep

AnyRecord = RunRecord | ComparisonRecord | ReadinessRecord | SweepRecord

_openers: dict[str, Callable[[Path], AnyRecord]] = {
    ".rejuvenation.json": open_run,
    ".comparison.json": open_comparison,
    ".readiness.json": open_readiness,
    ".sweep.json": open_sweep,
}


def open_record(path: str | PathLike[str]) -> AnyRecord:
    """:raises RecordError: when the name is no record's, or the record is damaged"""
    path = Path(path)
    for suffix, opener in _openers.items():
        if path.name.endswith(suffix):
            return opener(path)
    raise RecordError(f"{shown(path)} is no record: a record's name ends in {', '.join(_openers)}.")
