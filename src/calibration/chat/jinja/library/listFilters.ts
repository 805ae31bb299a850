import { TemplateFault } from '../fault.ts';
import { arithmetic, signed } from '../values/arithmetic.ts';
import { path } from '../values/attributes.ts';
import { bind, flag, required, type Tools, textArgument } from '../values/given.ts';
import {
  compare,
  demand,
  equal,
  indexOf,
  isIterable,
  itemsOf,
  iterate,
  lengthOf,
  truthy,
} from '../values/operators.ts';
import { characters } from '../values/pythonText.ts';
import {
  type Given,
  isDict,
  isList,
  isNumber,
  Stream,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from '../values/values.ts';
import { rounded } from './rounded.ts';
import type { Filter } from './textFilters.ts';

/*
 * The filters of templates that work on lists and dictionaries, as Jinja has them: `map`, `selectattr`, `sort`,
 * `dictsort`.
 */

const folded = (value: Value): Value => (typeof value === 'string' ? value.toLowerCase() : value);

/** What items are ordered or told apart by: their attribute or themselves, small letters for capitals unless told otherwise. */
function keyOf(attribute: Value, sensitive: Value | undefined, { budget }: Tools): (value: Value) => Value {
  const read = attribute === null ? (value: Value) => value : path(attribute, budget);
  return flag(sensitive) ? read : (value) => folded(read(value));
}

function sorted(items: readonly Value[], key: (value: Value) => Value, reverse: boolean, { budget }: Tools): Value[] {
  const keyed = items.map((item) => ({ item, key: key(item) }));
  keyed.sort((a, b) => (reverse ? compare(b.key, a.key, budget) : compare(a.key, b.key, budget)));
  return keyed.map(({ item }) => item);
}

function extreme(label: string, sign: number): Filter {
  return (value, given, tools) => {
    const { case_sensitive, attribute = null } = bind(label, given, ['case_sensitive', 'attribute']);
    const key = keyOf(attribute, case_sensitive, tools);
    const items = itemsOf(value, tools.budget);
    if (items.length === 0) return new Undefined('there is no item, the sequence is empty');
    return items.reduce((best, item) => (sign * compare(key(item), key(best), tools.budget) > 0 ? item : best));
  };
}

/** @throws TemplateFault for what Python cannot put into a set */
function demandHashable(value: Value): void {
  if (isDict(value) || isList(value)) throw new TemplateFault(`"unique" does not take a ${typeName(value)}`);
  if (value instanceof Tuple) for (const item of value.items) demandHashable(item);
}

/** `map(attribute=…)` or `map(filter, …)`. */
const map: Filter = (value, { positional, named }, tools) => {
  const [name, ...rest] = positional;
  let change: (item: Value) => Value;
  if (name === undefined) {
    const { attribute, default: fallback } = bind('map', { positional, named }, ['attribute', 'default']);
    const read = path(required('map', attribute), tools.budget);
    change = (item) => {
      const found = read(item);
      return found instanceof Undefined && fallback !== undefined && fallback !== null ? fallback : found;
    };
  } else {
    const filter = textArgument('map', name);
    change = (item) => tools.filter(filter, item, { positional: rest, named });
  }
  return lazily(value, function* (items) {
    for (const item of items) yield change(item);
  });
};

function lazily(value: Value, work: (items: Iterable<Value>) => Iterable<Value>): Value {
  if (!truthy(value)) return new Stream([]);
  if (!isIterable(value)) throw new TemplateFault(`a ${typeName(value)} cannot be gone through`);
  return new Stream(work(iterate(value)));
}

/** `select`, `reject`, and by an attribute `selectattr`, `rejectattr`. */
function choosing(label: string, keeps: boolean, byAttribute: boolean): Filter {
  return (value, { positional, named }, tools) => {
    const [dotted, ...others] = byAttribute ? positional : [undefined, ...positional];
    const read = byAttribute ? path(required(label, dotted), tools.budget) : (item: Value) => item;
    const [name, ...rest] = others;
    const holds = (item: Value) => {
      tools.budget.spend();
      if (name === undefined) return truthy(read(item));
      return tools.test(textArgument(label, name), read(item), { positional: rest as Value[], named });
    };
    return lazily(value, function* (items) {
      for (const item of items) if (holds(item) === keeps) yield item;
    });
  };
}

function length(value: Value, given: Given): Value {
  bind('length', given, []);
  return BigInt(lengthOf(value));
}

function fallbackTo(value: Value, given: Given): Value {
  const { default_value = '', boolean } = bind('default', given, ['default_value', 'boolean']);
  return value instanceof Undefined || (flag(boolean) && !truthy(value)) ? default_value : value;
}

export const listFilters: Readonly<Record<string, Filter>> = {
  map,
  length,
  count: length,
  default: fallbackTo,
  d: fallbackTo,
  select: choosing('select', true, false),
  reject: choosing('reject', false, false),
  selectattr: choosing('selectattr', true, true),
  rejectattr: choosing('rejectattr', false, true),
  max: extreme('max', 1),
  min: extreme('min', -1),
  list: (value, given, { budget }) => {
    bind('list', given, []);
    return itemsOf(value, budget);
  },
  first: (value, given) => {
    bind('first', given, []);
    const next = iterate(value).next();
    return next.done ? new Undefined('there is no first item, the sequence is empty') : next.value;
  },
  last: (value, given, { budget }) => {
    bind('last', given, []);
    if (value instanceof Stream) throw new TemplateFault('"last" does not take a generator');
    const last = itemsOf(value, budget).at(-1);
    return last === undefined ? new Undefined('there is no last item, the sequence is empty') : last;
  },
  reverse: (value, given, { budget }) => {
    bind('reverse', given, []);
    if (typeof value === 'string') return Array.from(characters(value)).reverse().join('');
    const items = itemsOf(value, budget).reverse();
    return value instanceof Stream ? items : new Stream(items);
  },
  items: (value, given) => {
    bind('items', given, []);
    if (value instanceof Undefined) return new Stream([]);
    if (!isDict(value)) throw new TemplateFault(`"items" takes a dict, not a ${typeName(value)}`);
    return new Stream(Array.from(value, (pair) => new Tuple(pair)));
  },
  dictsort: (value, given, tools) => {
    const { case_sensitive, by = 'key', reverse } = bind('dictsort', given, ['case_sensitive', 'by', 'reverse']);
    if (by !== 'key' && by !== 'value') throw new TemplateFault('"dictsort" sorts by "key" or "value"');
    demand(value);
    if (!isDict(value)) throw new TemplateFault(`"dictsort" takes a dict, not a ${typeName(value)}`);
    const key = keyOf(by === 'key' ? 0n : 1n, case_sensitive, tools);
    const pairs = Array.from(value, (pair) => new Tuple(pair));
    return sorted(pairs, key, flag(reverse), tools);
  },
  sort: (value, given, tools) => {
    const {
      reverse,
      case_sensitive,
      attribute = null,
    } = bind('sort', given, ['reverse', 'case_sensitive', 'attribute']);
    if (typeof attribute === 'string' && attribute.includes(',')) {
      throw new TemplateFault('"sort" by several attributes is not supported');
    }
    return sorted(itemsOf(value, tools.budget), keyOf(attribute, case_sensitive, tools), flag(reverse), tools);
  },
  unique: (value, given, tools) => {
    const { case_sensitive, attribute = null } = bind('unique', given, ['case_sensitive', 'attribute']);
    const key = keyOf(attribute, case_sensitive, tools);
    const kept: { item: Value; key: Value }[] = [];
    for (const item of itemsOf(value, tools.budget)) {
      const its = key(item);
      demandHashable(its);
      if (!kept.some((other) => equal(other.key, its, tools.budget))) kept.push({ item, key: its });
    }
    return new Stream(kept.map(({ item }) => item));
  },
  sum: (value, given, { budget }) => {
    const { attribute = null, start = 0n } = bind('sum', given, ['attribute', 'start']);
    const items = itemsOf(value, budget);
    const numbers = attribute === null ? items : items.map(path(attribute, budget));
    return numbers.reduce((sum, each) => arithmetic('+', sum, each, budget), start);
  },
  abs: (value, given) => {
    bind('abs', given, []);
    const number = signed('+', value) as bigint | number;
    return number < 0 || Object.is(number, -0) ? -number : number;
  },
  round: (value, given) => {
    const { precision = 0n, method = 'common' } = bind('round', given, ['precision', 'method']);
    demand(value);
    if (!isNumber(value)) throw new TemplateFault(`a ${typeName(value)} cannot be rounded`);
    return rounded(value, indexOf(precision), method);
  },
};
