import type { SchemaTree } from 'hyparquet';
import { isListLike, isMapLike } from 'hyparquet/src/schema.js';
import type { Value } from '../../chat/jinja/values/values.ts';
import { BrokenText } from './leafValues.ts';

/* Lists, structs and maps of a row as Python has them; structs keep the order of the schema. */

/** A text of the row is not UTF-8. */
export class BrokenTextFault extends Error {
  readonly column: string;
  constructor(column: string) {
    super(`the column "${column}" holds text that is not UTF-8`);
    this.column = column;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * @param raw what hyparquet assembled
 * @param repeated the node's own repetition has yet to be gone into
 * @throws BrokenTextFault
 */
export function nestedValue(raw: unknown, node: SchemaTree, repeated = true): Value {
  if (raw === null || raw === undefined) return null;
  if (repeated && node.element.repetition_type === 'REPEATED') {
    return (raw as readonly unknown[]).map((each) => nestedValue(each, node, false));
  }
  if (isListLike(node)) {
    const [list] = node.children;
    const item = list!.children.length === 1 ? list!.children[0]! : list!;
    return (raw as readonly unknown[]).map((each) => nestedValue(each, item, item !== list));
  }
  if (isMapLike(node)) {
    const value = node.children[0]!.children[1]!;
    return new Map(Object.entries(raw as Fields).map(([key, each]) => [key, nestedValue(each, value)]));
  }
  if (node.children.length > 0) {
    return new Map(
      node.children.map((child) => [child.element.name, nestedValue((raw as Fields)[child.element.name], child)]),
    );
  }
  if (raw instanceof BrokenText) throw new BrokenTextFault(node.path.join('.'));
  return raw as Value;
}
