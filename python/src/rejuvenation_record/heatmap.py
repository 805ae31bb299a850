"""Draws which share of each module's neurons is reset, as the inspector's heatmap does."""

from __future__ import annotations

from typing import Any

from .layout import PROJECTIONS
from .run import RunRecord


def draw_heatmap(record: RunRecord, rho: float | None = None, axes: Any = None) -> Any:
    """Layers down, the seven projections across; a cell is the share of the module's neurons that are reset.

    :param rho: the record's when None
    :param axes: matplotlib axes to draw into; new ones when None
    :returns: the axes
    :raises ImportError: without matplotlib
    """
    if axes is None:
        from matplotlib import pyplot

        _, axes = pyplot.subplots(layout="constrained")
    ratios = record.reset_ratios(rho)
    image = axes.imshow(ratios, cmap="Blues", aspect="auto", vmin=0, vmax=max(float(ratios.max()), 1e-9))
    axes.set_xticks(range(len(PROJECTIONS)), [name.removesuffix("_proj") for name in PROJECTIONS])
    axes.set_ylabel("layer")
    shown_rho = record.settings.rho if rho is None else rho
    axes.set_title(f"Neurons reset at ρ = {shown_rho:g}: {record.reset_ratio(rho):.2%} of all")
    axes.figure.colorbar(image, ax=axes, label="share of the module's neurons", format="{x:.0%}")
    return axes
