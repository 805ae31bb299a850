import { layerPrefix } from '../../checkpoint/architecture/tensorNames.ts';
import type { Checkpoint, TensorEntry } from '../../checkpoint/checkpoint.ts';
import { type CompletedCheckpoint, vocabularyRows } from '../../checkpoint/vocabulary/vocabularyRows.ts';
import type { VocabRange } from '../../graph/headModel.ts';
import type { LayerRange } from '../../graph/segmentModel.ts';
import type { FileSpan } from './readAhead.ts';

/* Which bytes of a checkpoint's files a part of the model is made of. */

/** What a session holds: decoder layers, or a block of the head. */
export type ModelPart = { readonly layers: LayerRange } | { readonly tokens: VocabRange };

function spanOf({ shards }: Checkpoint, { shard, begin, byteLength }: TensorEntry): FileSpan {
  return { path: shards[shard]!.path, begin, byteLength };
}

/** Where the weights of a part lie; the final norm, which is small, is left out. */
export function weightSpans(checkpoint: CompletedCheckpoint, part: ModelPart): FileSpan[] {
  const { tensors } = checkpoint;
  if ('tokens' in part) {
    return vocabularyRows(checkpoint, 'head', part.tokens).map(({ checkpoint: side, entry, from, to }) => {
      const rowBytes = entry.byteLength / entry.shape[0]!;
      const block = { begin: entry.begin + from * rowBytes, byteLength: (to - from) * rowBytes };
      return { ...spanOf(side, entry), ...block };
    });
  }
  const { from, to } = part.layers;
  const prefixes = Array.from({ length: to - from }, (_, i) => layerPrefix(from + i));
  return [...tensors.values()]
    .filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)))
    .map((tensor) => spanOf(checkpoint, tensor));
}
