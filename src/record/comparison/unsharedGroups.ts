import type { ComparisonRecord, UnsharedTensor } from './comparisonRecord.ts';

/* Puts the tensors that not all checkpoints have into lines that people can read: layers of one module together. */

/** Tensors of one module and of the same shapes, in one or several layers. */
export interface UnsharedGroup {
  readonly module: string;
  /** `28–31`, `0, 2`; empty for what is in no layer. */
  readonly layers: string;
  readonly tensors: number;
  /** Each shape with the checkpoints that have it; undefined: they have no such tensor. */
  readonly shapes: readonly {
    readonly shape: readonly number[] | undefined;
    readonly checkpoints: readonly number[];
  }[];
  /** Rows that are compared, from the first on; undefined where nothing is. */
  readonly rows: number | undefined;
}

/** `0–3, 5`. */
function ranges(numbers: readonly number[]): string {
  const found: [number, number][] = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([first, last]) => (first === last ? String(first) : `${first}–${last}`)).join(', ');
}

function shapesOf({ shapes }: UnsharedTensor): UnsharedGroup['shapes'] {
  const found = new Map<string, { shape: readonly number[] | undefined; checkpoints: number[] }>();
  for (const [checkpoint, shape] of shapes.entries()) {
    const key = JSON.stringify(shape);
    const known = found.get(key);
    if (known === undefined) found.set(key, { shape: shape ?? undefined, checkpoints: [checkpoint] });
    else known.checkpoints.push(checkpoint);
  }
  return [...found.values()];
}

/** The tensors that not all checkpoints have, or not whole, those of one module and of the same shapes in one line. */
export function unsharedGroups({ unshared = [] }: Pick<ComparisonRecord, 'unshared'>): UnsharedGroup[] {
  const groups = new Map<string, UnsharedTensor[]>();
  for (const tensor of unshared) {
    const key = JSON.stringify([tensor.module, tensor.layer === undefined, tensor.shapes, tensor.rows]);
    groups.set(key, [...(groups.get(key) ?? []), tensor]);
  }
  return [...groups.values()].map((tensors) => ({
    module: tensors[0]!.module,
    layers: ranges(tensors.flatMap(({ layer }) => layer ?? []).sort((a, b) => a - b)),
    tensors: tensors.length,
    shapes: shapesOf(tensors[0]!),
    rows: tensors[0]!.rows,
  }));
}

/** Names in one cell; more are counted. */
const named = 2;

/** `[320, 64] in base, [321, 64] in checkpoint-10, checkpoint-20 and 3 more`. */
export function shapesText({ shapes }: UnsharedGroup, name: (checkpoint: number) => string): string {
  return shapes
    .map(({ shape, checkpoints }) => {
      const names = checkpoints.slice(0, named).map(name).join(', ');
      const more = checkpoints.length > named ? ` and ${checkpoints.length - named} more` : '';
      return `${shape === undefined ? 'none' : `[${shape.join(', ')}]`} in ${names}${more}`;
    })
    .join('; ');
}

/** What of it is compared: `tokens 0–319`, or `no`. */
export function comparedText({ rows }: UnsharedGroup): string {
  return rows === undefined ? 'no' : `tokens 0–${rows - 1}`;
}
