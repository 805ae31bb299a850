"""Columns of a record, as NumPy arrays and, with pandas, as a data frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas


class Table(Mapping[str, npt.NDArray[Any]]):
    """Columns of one length, by name and in order."""

    def __init__(self, columns: Mapping[str, npt.ArrayLike]) -> None:
        self._columns = {name: np.asarray(values) for name, values in columns.items()}

    @classmethod
    def of_rows(cls, names: Iterable[str], rows: Iterable[Iterable[object]]) -> Table:
        """Columns of rows; None becomes NaN in a column of numbers."""
        listed = [list(row) for row in rows]
        return cls({name: _column([row[i] for row in listed]) for i, name in enumerate(names)})

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        """Number of columns; see :attr:`rows`."""
        return len(self._columns)

    @property
    def rows(self) -> int:
        return len(next(iter(self._columns.values()), ()))

    def frame(self) -> pandas.DataFrame:
        """The table as a data frame. :raises ImportError: without pandas"""
        import pandas

        return pandas.DataFrame({name: list(a) if a.ndim > 1 else a for name, a in self._columns.items()})


def _column(values: list[object]) -> npt.NDArray[Any]:
    if values and all(
        value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)) for value in values
    ):
        if any(value is None for value in values):
            return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
        return np.array(values)
    if all(isinstance(value, bool) for value in values):
        return np.array(values, dtype=np.bool_)
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column
