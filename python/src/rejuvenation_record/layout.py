"""Which neurons a model has: layer, then q k v o gate up down, then neuron."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .fields import Fields

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")

_gate_up = ("mlp.gate_up_proj", ("gate_proj", "up_proj"))
#: By family, the tensors that hold several projections one below the other, and which.
_fused = {"phi3": (("self_attn.qkv_proj", ("q_proj", "k_proj", "v_proj")), _gate_up), "glm4": (_gate_up,)}

_most_layers = 4096
_most_width = 2**24


@dataclass(frozen=True)
class Module:
    """One projection of one layer. A neuron is an output row of q, k, v, gate, up; an input column of o, down."""

    layer: int
    projection: str
    width: int
    #: Shape of the weight, `[out, in]`.
    shape: tuple[int, int]
    has_bias: bool
    #: Within the layer the tensor that holds the weight, without `.weight` or `.bias`: `mlp.gate_up_proj`.
    stored: str
    #: Shape of that tensor, `[out, in]`, and the weight's first row in it.
    stored_shape: tuple[int, int]
    first_row: int

    @property
    def by_column(self) -> bool:
        return self.projection in ("o_proj", "down_proj")

    @property
    def tensor(self) -> str:
        """Name of the module in a checkpoint, without `.weight` or `.bias`; several projections may share one."""
        return f"model.layers.{self.layer}.{self.stored}"

    def array(self, name: str) -> str:
        """Name of one of its arrays in a run record."""
        return f"layers.{self.layer}.{self.projection}.{name}"


def neuron_layout(architecture: Fields) -> tuple[Module, ...]:
    """Every module of the architecture that a run record tells, in the flat order."""

    def size(name: str) -> int:
        return architecture.integer(name, 1, _most_width)

    hidden, inner, head = size("hiddenSize"), size("intermediateSize"), size("headDim")
    queries, keys = size("heads") * head, size("keyValueHeads") * head
    shapes = {
        "q_proj": (queries, hidden),
        "k_proj": (keys, hidden),
        "v_proj": (keys, hidden),
        "o_proj": (hidden, queries),
        "gate_proj": (inner, hidden),
        "up_proj": (inner, hidden),
        "down_proj": (hidden, inner),
    }
    biases = architecture.object("biases")
    family = architecture.text("family") if architecture.has("family") else ""
    kinds = []
    for projection in PROJECTIONS:
        shape = shapes[projection]
        width = shape[1] if projection in ("o_proj", "down_proj") else shape[0]
        place = _place(projection, shapes, family)
        kinds.append((projection, width, shape, biases.boolean(projection), *place))
    return tuple(
        Module(layer, *kind) for layer in range(architecture.integer("layers", 1, _most_layers)) for kind in kinds
    )


def _place(projection: str, shapes: Mapping[str, tuple[int, int]], family: str) -> tuple[str, tuple[int, int], int]:
    """The tensor that holds a projection, its shape, and the projection's first row in it."""
    for stored, parts in _fused.get(family, ()):
        if projection in parts:
            rows = [shapes[part][0] for part in parts]
            return stored, (sum(rows), shapes[projection][1]), sum(rows[: parts.index(projection)])
    part = "self_attn" if projection in PROJECTIONS[:4] else "mlp"
    return f"{part}.{projection}", shapes[projection], 0
