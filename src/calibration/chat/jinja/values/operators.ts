import { TemplateFault } from '../fault.ts';
import type { Budget } from './budget.ts';
import { characters, textLength } from './pythonText.ts';
import { isDict, isList, isNumber, Range, Stream, Tuple, typeName, Undefined, type Value, View } from './values.ts';

/* Truth, length, items and comparison of a template's values, as Python has them. */

export function truthy(value: Value): boolean {
  if (value === null || value instanceof Undefined) return false;
  if (typeof value === 'string' || isList(value)) return value.length > 0;
  if (isNumber(value)) return Boolean(value);
  if (isDict(value)) return value.size > 0;
  if (value instanceof Tuple || value instanceof View) return value.items.length > 0;
  return value instanceof Range ? value.length > 0 : true;
}

/** @throws TemplateFault when Python's `len` would fail */
export function lengthOf(value: Value): number {
  if (value instanceof Undefined) return 0;
  if (typeof value === 'string') return textLength(value);
  if (isList(value) || value instanceof Range) return value.length;
  if (isDict(value)) return value.size;
  if (value instanceof Tuple || value instanceof View) return value.items.length;
  throw new TemplateFault(`a ${typeName(value)} has no length`);
}

export function isIterable(value: Value): boolean {
  return (
    typeof value === 'string' ||
    isList(value) ||
    isDict(value) ||
    [Undefined, Tuple, Range, View, Stream].some((type) => value instanceof type)
  );
}

/** A value's items as Python iterates it, one after the other; a stream's are used up. */
export function* iterate(value: Value): Generator<Value, void> {
  if (value instanceof Undefined) return;
  if (typeof value === 'string') yield* characters(value);
  else if (isList(value)) yield* value;
  else if (isDict(value)) yield* value.keys();
  else if (value instanceof Tuple || value instanceof View) yield* value.items;
  else if (value instanceof Range) {
    for (let i = 0; i < value.length; i++) yield BigInt(value.start + i * value.step);
  } else if (value instanceof Stream) {
    for (let next = value.rest.next(); !next.done; next = value.rest.next()) yield next.value;
  } else throw new TemplateFault(`a ${typeName(value)} cannot be gone through`);
}

export function itemsOf(value: Value, budget: Budget): Value[] {
  const items: Value[] = [];
  for (const item of iterate(value)) {
    items.push(item);
    budget.spend();
    if (items.length % 4096 === 0) budget.items(items.length);
  }
  return items;
}

const numeric = (value: boolean | bigint | number) => (typeof value === 'boolean' ? (value ? 1n : 0n) : value);

/** Python's `==`. */
export function equal(a: Value, b: Value, budget: Budget): boolean {
  budget.spend();
  // biome-ignore lint/suspicious/noDoubleEquals: a bigint and a number are compared by their mathematical values.
  if (isNumber(a) && isNumber(b)) return numeric(a) == numeric(b);
  if (typeof a === 'string' && typeof b === 'string') budget.spend(Math.min(a.length, b.length) / 1024);
  if (isList(a) && isList(b)) return sameItems(a, b, budget);
  if (a instanceof Tuple && b instanceof Tuple) return sameItems(a.items, b.items, budget);
  if (isDict(a) && isDict(b)) {
    if (a.size !== b.size) return false;
    return budget.nested(() => Array.from(a).every(([key, item]) => b.has(key) && equal(item, b.get(key)!, budget)));
  }
  if (a instanceof Undefined) return b instanceof Undefined;
  if (a instanceof View || b instanceof View || a instanceof Range || b instanceof Range) {
    throw new TemplateFault(`comparing a ${typeName(a)} with a ${typeName(b)} is not supported`);
  }
  return a === b;
}

function sameItems(a: readonly Value[], b: readonly Value[], budget: Budget): boolean {
  return a.length === b.length && budget.nested(() => a.every((item, i) => equal(item, b[i]!, budget)));
}

/** Order of two texts by code points; JavaScript's `<` is by UTF-16 units. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  const left = characters(a);
  const right = characters(b);
  for (let i = 0; i < left.length && i < right.length; i++) {
    if (left[i] !== right[i]) return left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!;
  }
  return left.length - right.length;
}

/** Negative, zero, positive, or NaN where neither is less. @throws TemplateFault where Python has no order */
export function compare(a: Value, b: Value, budget: Budget): number {
  budget.spend();
  if (isNumber(a) && isNumber(b)) {
    const [x, y] = [numeric(a), numeric(b)];
    return x < y ? -1 : x > y ? 1 : Number.isNaN(x) || Number.isNaN(y) ? Number.NaN : 0;
  }
  if (typeof a === 'string' && typeof b === 'string') {
    budget.text(Math.min(a.length, b.length));
    return compareTexts(a, b);
  }
  if ((isList(a) && isList(b)) || (a instanceof Tuple && b instanceof Tuple)) {
    const left = isList(a) ? a : a.items;
    const right = isList(b) ? b : (b as Tuple).items;
    return budget.nested(() => {
      for (let i = 0; i < left.length && i < right.length; i++) {
        if (!equal(left[i]!, right[i]!, budget)) return compare(left[i]!, right[i]!, budget);
      }
      return left.length - right.length;
    });
  }
  throw new TemplateFault(`a ${typeName(a)} and a ${typeName(b)} have no order`);
}

/** Python's `item in container`. */
export function contains(container: Value, item: Value, budget: Budget): boolean {
  if (typeof container === 'string') {
    if (typeof item !== 'string') throw new TemplateFault(`a ${typeName(item)} cannot be sought in a text`);
    budget.text(container.length);
    return container.includes(item);
  }
  if (isDict(container)) {
    if (isList(item) || isDict(item)) throw new TemplateFault(`a ${typeName(item)} cannot be a key`);
    return typeof item === 'string' && container.has(item);
  }
  if (!isIterable(container)) throw new TemplateFault(`nothing can be sought in a ${typeName(container)}`);
  for (const each of iterate(container)) if (equal(each, item, budget)) return true;
  return false;
}

/** @throws TemplateFault naming the undefined value, where one is used as if it were there */
export function demand(value: Value): Value {
  if (value instanceof Undefined) throw new TemplateFault(value.clause);
  return value;
}

/** The number a whole number stands for. @throws TemplateFault for what Python refuses as an index */
export function indexOf(value: Value): number {
  demand(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'bigint') throw new TemplateFault(`a ${typeName(value)} is not a whole number`);
  return Number(value);
}
