"""Which neurons a model has: layer, then q k v o gate up down, then neuron."""

from __future__ import annotations

from dataclasses import dataclass

from .fields import Fields

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")

#: Tensors of a family that hold several projections, one's rows after the other's.
_fused = {
    "phi3": {"qkv_proj": ("q_proj", "k_proj", "v_proj"), "gate_up_proj": ("gate_proj", "up_proj")},
    "glm4": {"gate_up_proj": ("gate_proj", "up_proj")},
}

_most_layers = 4096
_most_width = 2**24


@dataclass(frozen=True)
class Module:
    """One projection of one layer. A neuron is an output row of q, k, v, gate, up; an input column of o, down."""

    layer: int
    projection: str
    width: int
    #: Shape of the weight that holds it, `[out, in]`.
    shape: tuple[int, int]
    has_bias: bool
    #: What the weight is called in its layer, and its own first row there: another's where it holds several projections.
    stored: str
    first: int

    @property
    def by_column(self) -> bool:
        return self.projection in ("o_proj", "down_proj")

    @property
    def tensor(self) -> str:
        """Name in a checkpoint of the tensor that holds it, without `.weight` or `.bias`."""
        part = "self_attn" if self.projection in PROJECTIONS[:4] else "mlp"
        return f"model.layers.{self.layer}.{part}.{self.stored}"

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
    kinds = []
    for projection in PROJECTIONS:
        shape = shapes[projection]
        width = shape[1] if projection in ("o_proj", "down_proj") else shape[0]
        stored, first, rows = projection, 0, shape[0]
        for name, parts in _fused.get(architecture.text("family"), {}).items():
            if projection in parts:
                before = parts[: parts.index(projection)]
                stored, first = name, sum(shapes[part][0] for part in before)
                rows = sum(shapes[part][0] for part in parts)
        kinds.append((projection, width, (rows, shape[1]), biases.boolean(projection), stored, first))
    return tuple(
        Module(layer, *kind) for layer in range(architecture.integer("layers", 1, _most_layers)) for kind in kinds
    )
