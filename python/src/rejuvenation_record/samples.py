"""Samples of a calibration, as run and comparison records list them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .fields import Fields


@dataclass(frozen=True)
class Sample:
    """One sample: where its tokens, response rows and targets lie in the arrays."""

    line: int
    #: Ranges of response tokens, `start` up to, not including, `end`.
    responses: tuple[tuple[int, int], ...]
    first_id: int
    tokens: int
    first_row: int
    rows: int
    first_target: int
    targets: int
    held_out: bool

    def response_rows(self) -> npt.NDArray[np.int64]:
        """Rows of the logits that predict response tokens: row `t` predicts token `t + 1`."""
        ranges = [np.arange(start - 1, end - 1) for start, end in self.responses]
        return np.concatenate(ranges or [np.zeros(0, np.int64)])


def read_samples(fields: Fields) -> tuple[Sample, ...]:
    """:raises RecordError: for a sample that does not follow the one before it, or whose lengths do not add up"""
    samples = []
    ids = rows = targets = 0
    for each in fields.objects("samples"):
        tokens = each.integer("tokens", 0, 2**31)
        sample = Sample(
            each.integer("line", 1),
            _responses(each, tokens),
            each.integer("firstId"),
            tokens,
            each.integer("firstRow"),
            each.integer("rows"),
            each.integer("firstTarget") if each.has("firstTarget") else 0,
            each.integer("targets") if each.has("targets") else 0,
            each.boolean("heldOut", False),
        )
        fits = (sample.first_id, sample.first_row) == (ids, rows)
        each.demand(
            fits and sample.first_target == targets and sample.targets <= sample.rows,
            "does not fit its neighbours",
        )
        length = sum(end - start for start, end in sample.responses)
        each.demand(sample.rows == length, f"rows is {sample.rows}, but its responses have {length} tokens")
        ids, rows, targets = ids + tokens, rows + sample.rows, targets + sample.targets
        samples.append(sample)
    return tuple(samples)


def _responses(fields: Fields, tokens: int) -> tuple[tuple[int, int], ...]:
    if not fields.has("responses") and fields.has("promptLength"):
        # Version 1: everything after the prompt. Nothing predicts token 0.
        start = max(1, fields.integer("promptLength"))
        return ((start, tokens),) if start < tokens else ()
    ranges = tuple((each.integer("start"), each.integer("end")) for each in fields.objects("responses"))
    before = 1
    for start, end in ranges:
        fields.demand(before <= start < end <= tokens, "responses do not lie in order within the sample")
        before = end
    return ranges
