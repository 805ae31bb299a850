"""Reads fields of a record's JSON and says where one is not what it must be."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .errors import RecordError

_hash = re.compile(r"[0-9a-f]{64}")


class Fields:
    """A JSON object of a record, with the place that it has in it."""

    def __init__(self, value: object, what: str, place: str = "") -> None:
        self._what = what
        self._place = place
        if not isinstance(value, dict):
            raise self._fault("", "is no object")
        self.json: Mapping[str, Any] = value

    def _fault(self, name: str, reason: str) -> RecordError:
        where = ".".join(part for part in (self._place, name) if part) or "the whole record"
        return RecordError(f"{self._what}: at {where}: {reason}.")

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self.json.get(name) is not None

    def text(self, name: str) -> str:
        value = self.json.get(name)
        if not isinstance(value, str):
            raise self._fault(name, "is no text")
        return value

    def sha256(self, name: str) -> str:
        value = self.text(name)
        if _hash.fullmatch(value) is None:
            raise self._fault(name, "is not a SHA-256 in hexadecimal")
        return value

    def number(self, name: str, low: float = -math.inf, high: float = math.inf) -> float:
        value = self.json.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._fault(name, "is no number")
        if not low <= value <= high:
            raise self._fault(name, f"is not within {low} and {high}")
        return float(value)

    def optional(self, name: str) -> float | None:
        """A number, or None where the record has none."""
        return self.number(name) if self.has(name) else None

    def integer(self, name: str, low: int = 0, high: int = 2**53) -> int:
        value = self.json.get(name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._fault(name, "is no integer")
        if not low <= value <= high:
            raise self._fault(name, f"is not within {low} and {high}")
        return value

    def boolean(self, name: str, default: bool | None = None) -> bool:
        value = self.json.get(name, default)
        if not isinstance(value, bool):
            raise self._fault(name, "is neither true nor false")
        return value

    def object(self, name: str) -> Fields:
        return Fields(self.json.get(name), self._what, ".".join(p for p in (self._place, name) if p))

    def integers(self, name: str) -> set[int]:
        values = self.list(name)
        if any(isinstance(value, bool) or not isinstance(value, int) for value in values):
            raise self._fault(name, "is no list of integers")
        return set(values)

    def list(self, name: str) -> list[Any]:
        value = self.json.get(name)
        if not isinstance(value, list):
            raise self._fault(name, "is no list")
        return value

    def objects(self, name: str) -> Iterator[Fields]:
        for position, each in enumerate(self.list(name)):
            yield Fields(each, self._what, ".".join(p for p in (self._place, f"{name}.{position}") if p))

    def integers(self, name: str) -> tuple[int, ...]:
        values = self.list(name)
        for value in values:
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 2**53:
                raise self._fault(name, "holds what is no size")
        return tuple(values)

    def texts(self, name: str) -> tuple[str, ...]:
        values = self.list(name)
        if not all(isinstance(value, str) for value in values):
            raise self._fault(name, "holds what is no text")
        return tuple(values)

    def demand(self, holds: bool, reason: str) -> None:
        """Refuses the record with the sentence, unless it holds."""
        if not holds:
            raise self._fault("", reason)
