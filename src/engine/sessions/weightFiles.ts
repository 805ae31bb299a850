import { dirname, relative, sep } from 'node:path';
import type { Checkpoint, TensorEntry } from '../../checkpoint/checkpoint.ts';
import { isWeightDtype } from '../../checkpoint/safetensors/dtype.ts';
import type { RowRange } from '../../checkpoint/vocabulary/completion.ts';
import {
  type CompletedCheckpoint,
  type VocabularyMatrix,
  vocabularyRows,
} from '../../checkpoint/vocabulary/vocabularyRows.ts';
import { RunError } from '../../errors.ts';
import { type ExternalWeight, rowsOf } from '../../graph/onnx/initializers.ts';

/* Tells the runtime where a checkpoint's weights lie, so that it reads them from the files itself. */

/** How a session finds a checkpoint's weights. */
export interface WeightFiles {
  /** Folder that every shard lies below, symlinks resolved: the runtime refuses paths that leave it. */
  readonly folder: string;
  locate(tensor: string): ExternalWeight;
  /** Rows of embedding, head or head bias, in the order of the rows: of a completed base in several places. */
  rows(matrix: VocabularyMatrix, range: RowRange): readonly ExternalWeight[];
}

/** Deepest folder that holds every path. */
export function commonFolder(paths: readonly string[]): string {
  let folder = dirname(paths[0]!);
  while (!paths.every((path) => path.startsWith(folder.endsWith(sep) ? folder : folder + sep))) {
    folder = dirname(folder);
  }
  return folder;
}

export function weightFiles(checkpoint: CompletedCheckpoint): WeightFiles {
  const sides = [checkpoint, ...(checkpoint.completion === undefined ? [] : [checkpoint.completion.sft])];
  const folder = commonFolder(sides.flatMap(({ shards }) => shards.map((shard) => shard.path)));
  const external = (side: Checkpoint, { name, dtype, shape, shard, begin, byteLength }: TensorEntry) => {
    if (!isWeightDtype(dtype)) throw new RunError(`${side.folder}: tensor ${name} is ${dtype}, not a weight.`);
    const location = relative(folder, side.shards[shard]!.path).split(sep).join('/');
    return { name, dtype, shape, location, begin, byteLength };
  };
  return {
    folder,
    locate(name) {
      const entry = checkpoint.tensors.get(name);
      if (entry === undefined) throw new RunError(`${checkpoint.folder} has no tensor ${name}.`);
      return external(checkpoint, entry);
    },
    rows(matrix, range) {
      const parts = vocabularyRows(checkpoint, matrix, range);
      return parts.map(({ checkpoint: side, entry, from, to }) => {
        const rows = rowsOf(external(side, entry), { from, to });
        // Parts of one matrix may have one name on both sides.
        return parts.length === 1 ? rows : { ...rows, name: `${rows.name} ${from}-${to}` };
      });
    },
  };
}
