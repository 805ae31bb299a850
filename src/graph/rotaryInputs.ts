import type { Architecture } from '../checkpoint/architecture/architecture.ts';
import { type AttentionKind, attentionKinds } from '../checkpoint/architecture/layerForm.ts';
import type { ValueType } from './onnx/valueInfo.ts';

/* Which rotary tables a model's graphs take as inputs, and which of them a layer uses. */

/** `queries`: the model's own, where its queries grow with their position. */
export type RotaryTable = 'own' | 'sliding' | 'queries';

/** The names of a table's inputs. */
export function rotaryInputs(table: RotaryTable): { readonly cos: string; readonly sin: string } {
  return table === 'own' ? { cos: 'cos', sin: 'sin' } : { cos: `cos_${table}`, sin: `sin_${table}` };
}

/** Tables that queries and keys of such layers are rotated by; undefined where they are not. */
export function tablesOf(
  { rope }: AttentionKind,
  { queryGrowth }: Pick<Architecture, 'queryGrowth'>,
): { readonly queries: RotaryTable; readonly keys: RotaryTable } | undefined {
  if (rope === undefined) return undefined;
  return { queries: rope === 'own' && queryGrowth !== undefined ? 'queries' : rope, keys: rope };
}

/** Tables that a model's graphs take; its own first, which they take in any case. */
export function rotaryTables(architecture: Architecture): readonly RotaryTable[] {
  const used = attentionKinds(architecture).flatMap((kind) => Object.values(tablesOf(kind, architecture) ?? {}));
  return [...new Set<RotaryTable>(['own', ...used])];
}

/** Inputs of a model's tables at each row's position in its sample, `[R, hd]`. */
export function rotaryInputTypes(architecture: Architecture): readonly ValueType[] {
  return rotaryTables(architecture).flatMap((table) =>
    Object.values(rotaryInputs(table)).map(
      (name): ValueType => ({ name, type: 'float32', shape: ['R', architecture.headDim] }),
    ),
  );
}
