"""Which neurons a model has: layer, then q k v o gate up down, then expert, then neuron."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .errors import RecordError
from .fields import Fields

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")

#: Tensors of a family that hold several projections, one's rows after the other's.
_fused = {
    "phi3": {"qkv_proj": ("q_proj", "k_proj", "v_proj"), "gate_up_proj": ("gate_proj", "up_proj")},
    "glm4": {"gate_up_proj": ("gate_proj", "up_proj")},
}

#: What families call their experts' tensors that do not call them as the projections.
_experts = {"mixtral": ("block_sparse_moe", {"gate_proj": "w1", "up_proj": "w3", "down_proj": "w2"})}

_most_layers = 4096
_most_width = 2**24
#: Of all layers together.
_most_experts = 2**17


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
    #: Experts of the layer, each with a weight of that shape and as many neurons; 0 where it has a single block.
    experts: int = 0
    #: What the experts lie in.
    block: str = "mlp"

    @property
    def by_column(self) -> bool:
        return self.projection in ("o_proj", "down_proj")

    @property
    def tensor(self) -> str:
        """Name in a checkpoint of the tensor that holds it, without `.weight` or `.bias`."""
        part = "self_attn" if self.projection in PROJECTIONS[:4] else "mlp"
        return f"model.layers.{self.layer}.{part}.{self.stored}"

    @property
    def tensors(self) -> list[str]:
        """Names of the tensors that hold it, without `.weight` or `.bias`: of experts one after the other's."""
        if self.experts == 0:
            return [self.tensor]
        return [f"model.layers.{self.layer}.{self.block}.experts.{i}.{self.stored}" for i in range(self.experts)]

    @property
    def stack(self) -> str:
        """Name of the tensor that holds it for all experts, where a checkpoint has them so: an expert's gate before its up."""
        name = "down_proj" if self.by_column else "gate_up_proj"
        return f"model.layers.{self.layer}.{self.block}.experts.{name}"

    def array(self, name: str) -> str:
        """Name of one of its arrays in a run record."""
        return f"layers.{self.layer}.{self.projection}.{name}"


def neuron_layout(architecture: Fields) -> tuple[Module, ...]:
    """Every module of the architecture that a run record tells, in the flat order."""

    def size(name: str) -> int:
        return architecture.integer(name, 1, _most_width)

    hidden, inner, head = size("hiddenSize"), size("intermediateSize"), size("headDim")
    queries, keys = size("heads") * head, size("keyValueHeads") * head
    attention = {
        "q_proj": (queries, hidden),
        "k_proj": (keys, hidden),
        "v_proj": (keys, hidden),
        "o_proj": (hidden, queries),
    }
    biases = architecture.object("biases")
    family = architecture.text("family")

    def kinds(inner: int, experts: int) -> list[Module]:
        block = {"gate_proj": (inner, hidden), "up_proj": (inner, hidden), "down_proj": (hidden, inner)}
        return _modules(family, {**attention, **block}, biases, experts)

    layers = architecture.integer("layers", 1, _most_layers)
    single, mixed, dense = kinds(inner, 0), [], set(range(layers))
    if architecture.has("experts"):
        experts = architecture.object("experts")
        count = experts.integer("count", 1, _most_width)
        if layers * count > _most_experts:
            raise RecordError(
                f"{layers} layers of {count} experts are more than the {_most_experts} that are supported."
            )
        mixed = kinds(experts.integer("intermediateSize", 1, _most_width), count)
        dense = experts.integers("denseLayers") if experts.has("denseLayers") else set()
    return tuple(
        replace(kind, layer=layer) for layer in range(layers) for kind in (single if layer in dense else mixed)
    )


def _modules(family: str, shapes: dict[str, tuple[int, int]], biases: Fields, experts: int) -> list[Module]:
    kinds = []
    for projection in PROJECTIONS:
        shape = shapes[projection]
        width = shape[1] if projection in ("o_proj", "down_proj") else shape[0]
        stored, first, rows = projection, 0, shape[0]
        for name, parts in _fused.get(family, {}).items():
            if projection in parts:
                before = parts[: parts.index(projection)]
                stored, first = name, sum(shapes[part][0] for part in before)
                rows = sum(shapes[part][0] for part in parts)
        own = experts if projection not in PROJECTIONS[:4] else 0
        width *= max(own, 1)
        block, names = _experts.get(family, ("mlp", {})) if own > 0 else ("mlp", {})
        stored = names.get(projection, stored)
        bias = biases.boolean(projection)
        kinds.append(Module(0, projection, width, (rows, shape[1]), bias, stored, first, own, block))
    return kinds
