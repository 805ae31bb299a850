/**
 * Values of a template as Python has them: whole numbers are `bigint`, floats `number`, dictionaries `Map`s in the order of
 * insertion, lists arrays. Nothing of them is ever changed in place but a namespace, as in Jinja's immutable sandbox.
 */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | readonly Value[]
  | ReadonlyMap<string, Value>
  | Undefined
  | Tuple
  | Namespace
  | Range
  | View
  | Stream
  | Loop
  | Callable;

export type Dict = ReadonlyMap<string, Value>;

/** What is not there: prints as nothing, is false and empty, and fails at any other use. */
export class Undefined {
  /** A clause for messages, such as `"x" is undefined`. */
  readonly clause: string;
  constructor(clause: string) {
    this.clause = clause;
  }
}

export class Tuple {
  readonly items: readonly Value[];
  constructor(items: readonly Value[]) {
    this.items = items;
  }
}

/** `namespace(...)`: the one value whose attributes `{% set ns.x = … %}` changes. */
export class Namespace {
  readonly attributes: Map<string, Value>;
  constructor(attributes: Map<string, Value>) {
    this.attributes = attributes;
  }
}

export class Range {
  readonly start: number;
  readonly step: number;
  readonly length: number;
  readonly stop: number;
  constructor(start: number, stop: number, step: number) {
    this.start = start;
    this.stop = stop;
    this.step = step;
    this.length = Math.max(0, Math.ceil((stop - start) / step));
  }
}

/** `dict.keys()`, `.values()` or `.items()`. */
export class View {
  readonly kind: 'dict_keys' | 'dict_values' | 'dict_items';
  readonly items: readonly Value[];
  constructor(kind: View['kind'], items: readonly Value[]) {
    this.kind = kind;
    this.items = items;
  }
}

/** What Python gives as a generator or iterator: gone through once, without a length. */
export class Stream {
  readonly rest: Iterator<Value>;
  constructor(values: Iterable<Value>) {
    this.rest = values[Symbol.iterator]();
  }
}

/** The variable `loop`. */
export class Loop {
  readonly items: readonly Value[];
  readonly index: number;
  /** Memory of `loop.changed(…)`, shared by the rounds. */
  readonly memory: { last: Value | undefined };
  constructor(items: readonly Value[], index: number, memory: Loop['memory']) {
    this.items = items;
    this.index = index;
    this.memory = memory;
  }
}

/** Values handed to a call: those by position, those by name. */
export interface Given {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

/** A macro, a method bound to its value, or a function of the environment. */
export class Callable {
  readonly label: string;
  readonly call: (given: Given) => Value;
  constructor(label: string, call: (given: Given) => Value) {
    this.label = label;
    this.call = call;
  }
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isDict(value: Value): value is Dict {
  return value instanceof Map;
}

export function isNumber(value: Value): value is boolean | bigint | number {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
}

/** Python's name of a value's type, for messages. */
export function typeName(value: Value): string {
  if (value === null) return 'none';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'whole number';
  if (typeof value === 'number') return 'float';
  if (isList(value)) return 'list';
  if (isDict(value)) return 'dict';
  if (value instanceof Undefined) return 'missing value';
  if (value instanceof Tuple) return 'tuple';
  if (value instanceof Namespace) return 'namespace';
  if (value instanceof Range) return 'range';
  if (value instanceof View) return value.kind;
  if (value instanceof Stream) return 'generator';
  return value instanceof Loop ? 'loop' : 'function';
}
