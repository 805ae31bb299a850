import { InputError } from '../errors.ts';
import { shown } from '../files/reading/shown.ts';
import { type Architecture, expertsAt } from './architecture/architecture.ts';
import { layerForm } from './architecture/families.ts';
import { expertName, stackedName } from './architecture/tensorNames.ts';
import type { TensorEntry } from './checkpoint.ts';
import { checkShape } from './tensorCheck.ts';

/*
 * Experts that are stored as one tensor, one after the other, as transformers 5 holds them: `gate_up_proj [E, 2I, D]`, an
 * expert's gate before its up, and `down_proj [E, D, I]`. Each expert's matrix is a run of bytes there, and a tensor of its
 * own to everything that reads a checkpoint.
 */

type Part = readonly ['gate_proj' | 'up_proj' | 'down_proj', readonly [rows: number, columns: number]];

/**
 * The tensors with those of stacked experts told apart, in the order of their bytes.
 *
 * @param folder for messages
 * @throws InputError where a stacked tensor has another shape than config.json makes it
 */
export function withExpertsApart(
  tensors: ReadonlyMap<string, TensorEntry>,
  architecture: Architecture,
  folder: string,
): ReadonlyMap<string, TensorEntry> {
  const { hiddenSize, layers } = architecture;
  const names = layerForm(architecture).experts;
  const stacks = new Map<string, { layer: number; count: number; parts: readonly Part[] }>();
  for (let layer = 0; layer < layers; layer++) {
    const experts = expertsAt(architecture, layer);
    if (experts === undefined) continue;
    const { count, intermediateSize: width } = experts;
    const rows = [width, hiddenSize] as const;
    stacks.set(stackedName(layer, 'gate_up_proj', names), {
      layer,
      count,
      parts: [
        ['gate_proj', rows],
        ['up_proj', rows],
      ],
    });
    stacks.set(stackedName(layer, 'down_proj', names), { layer, count, parts: [['down_proj', [hiddenSize, width]]] });
  }
  const apart = new Map<string, TensorEntry>();
  for (const entry of tensors.values()) {
    const stack = stacks.get(entry.name);
    if (stack === undefined) {
      apart.set(entry.name, entry);
      continue;
    }
    const { layer, count, parts } = stack;
    const [, [rows, columns]] = parts[0]!;
    const shape = [count, parts.length * rows, columns];
    checkShape(entry, shape, folder);
    const byteLength = entry.byteLength / (count * parts.length);
    let begin = entry.begin;
    for (let expert = 0; expert < count; expert++) {
      for (const [projection, own] of parts) {
        const name = `${expertName(layer, expert, projection, names)}.weight`;
        if (tensors.has(name)) {
          throw new InputError(
            `"${folder}" holds ${shown(name)} twice: by itself, and among those of ${shown(entry.name)}.`,
          );
        }
        apart.set(name, { ...entry, name, shape: own, begin, byteLength, stack: { name: entry.name, shape } });
        begin += byteLength;
      }
    }
  }
  return apart;
}
