"""Opens run records: reads both halves and holds them to each other."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import numpy as np

from .errors import shown
from .fields import Fields
from .layout import neuron_layout
from .reading import Array, arrays_path, check_arrays, measurement_specs, read_hashed, read_json
from .run import InputFile, Means, Measurement, RunRecord, Settings, Vocabulary
from .samples import read_samples

SUFFIX = ".rejuvenation.json"


def open_run(path: str | PathLike[str]) -> RunRecord:
    """Opens `NAME.rejuvenation.json` and the arrays beside it; the checkpoints are not needed.

    :raises RecordError: saying what is wrong with which file
    """
    path = Path(path)
    fields = read_json(path, "run record", "rejuvenation-run")
    beside = arrays_path(path, fields, SUFFIX)
    record = _record(path, fields, {})
    arrays = read_hashed(beside, fields.object("arrays").sha256("sha256"))
    check_arrays(beside, arrays, _specs(record))
    record = _record(path, fields, arrays)
    _check(record, fields)
    return record


def _record(path: Path, fields: Fields, arrays: Mapping[str, Array]) -> RunRecord:
    settings, inputs = fields.object("settings"), fields.object("inputs")
    tokens, neurons = fields.object("tokens"), fields.object("neurons")
    vocabulary = fields.object("vocabulary") if fields.has("vocabulary") else None
    return RunRecord(
        path=path,
        json=fields.json,
        arrays=arrays,
        settings=Settings(
            settings.number("alpha", 0, 1),
            settings.number("rho", 0, 1),
            settings.number("rhoMax", 0, 1),
            settings.integer("topN", 1),
            settings.integer("topTokens", 1),
        ),
        modules=neuron_layout(fields.object("architecture")),
        neuron_count=neurons.integer("total", 1),
        kept_neurons=neurons.integer("kept") if neurons.has("kept") else 0,
        vocabulary=(
            None
            if vocabulary is None
            else Vocabulary(
                vocabulary.integer("baseRows", 1),
                vocabulary.integer("sftRows", 1),
                tuple(each.integer("id") for each in vocabulary.objects("kept")),
            )
        ),
        measurements=tuple(_measurement(each) for each in fields.objects("measurements")),
        samples=read_samples(fields),
        token_texts=dict(zip(tokens.integers("ids"), tokens.texts("texts"))),
        base_folder=inputs.object("base").text("folder"),
        sft_folder=inputs.object("sft").text("folder"),
        inputs={side: tuple(_input(each) for each in inputs.object(side).objects("files")) for side in ("base", "sft")},
    )


def _measurement(fields: Fields) -> Measurement:
    held_out = Means.read(fields.object("heldOut")) if fields.has("heldOut") else None
    over = (Means.read(fields.object("all")), Means.read(fields.object("targets")), held_out)
    return Measurement(fields.text("name"), fields.text("folder"), *over)


def _input(fields: Fields) -> InputFile:
    return InputFile(fields.text("name"), fields.integer("bytes"), fields.sha256("sha256"))


def _specs(record: RunRecord) -> dict[str, tuple[type[np.generic], tuple[int, ...]]]:
    last = record.samples[-1] if record.samples else None
    ids = last.first_id + last.tokens if last else 0
    rows = last.first_row + last.rows if last else 0
    targets = last.first_target + last.targets if last else 0
    specs: dict[str, tuple[type[np.generic], tuple[int, ...]]] = {"samples.ids": (np.int32, (ids,))}
    for name in ("sample", "row", "gold"):
        specs[f"targets.{name}"] = (np.int32, (targets,))
    for name in ("logit", "reconstructed_logit"):
        specs[f"targets.{name}"] = (np.float64, (targets,))
    if record.kept_neurons > 0:
        # The embedding's term, two a layer, and that of the head's bias.
        terms = 2 * (record.modules[-1].layer + 1) + 2
        specs["targets.terms"] = (np.float32, (targets, terms))
        specs["targets.top_neurons"] = (np.int32, (targets, record.kept_neurons))
        specs["targets.top_scores"] = (np.float32, (targets, record.kept_neurons))
    for position in range(len(record.measurements)):
        specs.update(measurement_specs(position, rows, record.settings.top_tokens))
    for module in record.modules:
        for name, dtype in (("best_rank", np.int32), ("hits", np.int32)):
            specs[module.array(name)] = (dtype, (module.width,))
        for name in ("mean_score", "max_score"):
            specs[module.array(name)] = (np.float32, (module.width,))
    return specs


def _check(record: RunRecord, fields: Fields) -> None:
    """What the JSON counts must be what the architecture, the settings and the ranks make it."""
    total = sum(module.width for module in record.modules)
    fields.demand(
        record.neuron_count == total,
        f"neurons.total is {record.neuron_count}, but the architecture has {total} neurons",
    )
    fields.demand(record.settings.rho <= record.settings.rho_max, "settings.rho exceeds settings.rhoMax")
    limit = record.budget(record.settings.rho_max)
    for module in record.modules:
        ranks = record.arrays[module.array("best_rank")]
        name = shown(module.array("best_rank"))
        inside = bool(np.all((ranks >= -1) & (ranks < limit)))
        fields.demand(inside, f"array {name} holds ranks outside -1…{limit - 1}")
    said = fields.object("reset").integer("neurons")
    found = sum(len(record.reset_neurons(module)) for module in record.modules)
    fields.demand(said == found, f"reset.neurons is {said}, but the ranks select {found}")
    for name, array in record.arrays.items():
        finite = array.dtype.kind != "f" or bool(np.all(np.isfinite(array)))
        fields.demand(finite, f"array {shown(name)} holds what is no finite number")
