import { TemplateFault } from '../fault.ts';
import type { Budget } from './budget.ts';
import { equal } from './operators.ts';
import {
  Callable,
  type Dict,
  isDict,
  isList,
  type Loop,
  Tuple,
  typeName,
  Undefined,
  type Value,
  View,
} from './values.ts';

/** A dictionary's entry; `None` is one. */
export function entry(value: Value, key: Value): Value | undefined {
  return isDict(value) && typeof key === 'string' ? value.get(key) : undefined;
}

export function orElse(value: Value | undefined, fallback: Value): Value {
  return value === undefined ? fallback : value;
}

export function noArguments(label: string, make: () => Value): Callable {
  return new Callable(label, ({ positional, named }) => {
    if (positional.length > 0 || named.size > 0) throw new TemplateFault(`"${label}" takes no arguments`);
    return make();
  });
}

export function dictMethod(dict: Dict, name: string, budget: Budget): Callable | undefined {
  if (name !== 'get') budget.items(dict.size);
  switch (name) {
    case 'get':
      return new Callable(name, ({ positional: [key, fallback = null, more], named }) => {
        if (key === undefined || more !== undefined || named.size > 0)
          throw new TemplateFault('"get" takes one or two arguments');
        if (isList(key) || isDict(key)) throw new TemplateFault(`a ${typeName(key)} cannot be a key`);
        return orElse(entry(dict, key), fallback);
      });
    case 'items':
      return noArguments(
        name,
        () =>
          new View(
            'dict_items',
            Array.from(dict, (pair) => new Tuple(pair)),
          ),
      );
    case 'keys':
      return noArguments(name, () => new View('dict_keys', Array.from(dict.keys())));
    case 'values':
      return noArguments(name, () => new View('dict_values', Array.from(dict.values())));
    case 'copy':
      return noArguments(name, () => dict);
  }
  return undefined;
}

export function sequenceMethod(items: readonly Value[], name: string, budget: Budget): Callable | undefined {
  if (name !== 'index' && name !== 'count') return undefined;
  return new Callable(name, ({ positional, named }) => {
    const [sought] = positional;
    if (sought === undefined || positional.length > 1 || named.size > 0)
      throw new TemplateFault(`"${name}" takes one argument`);
    const matches = items.map((item) => equal(item, sought, budget));
    if (name === 'count') return BigInt(matches.filter(Boolean).length);
    if (!matches.includes(true)) throw new TemplateFault('"index" does not find its value in the list');
    return BigInt(matches.indexOf(true));
  });
}

export function loopAttribute(loop: Loop, name: string, budget: Budget): Value | undefined {
  const { items, index, memory } = loop;
  const nothing = (which: string) => new Undefined(`there is no ${which} item`);
  switch (name) {
    case 'index':
      return BigInt(index + 1);
    case 'index0':
      return BigInt(index);
    case 'revindex':
      return BigInt(items.length - index);
    case 'revindex0':
      return BigInt(items.length - index - 1);
    case 'first':
      return index === 0;
    case 'last':
      return index === items.length - 1;
    case 'length':
      return BigInt(items.length);
    // Both count recursive loops, which are not supported.
    case 'depth':
      return 1n;
    case 'depth0':
      return 0n;
    case 'previtem':
      return orElse(items[index - 1], nothing('previous'));
    case 'nextitem':
      return orElse(items[index + 1], nothing('next'));
    case 'cycle':
      return new Callable(name, ({ positional }) => {
        if (positional.length === 0) throw new TemplateFault('"loop.cycle" takes at least one argument');
        return positional[index % positional.length]!;
      });
    case 'changed':
      return new Callable(name, ({ positional }) => {
        const now = new Tuple(positional);
        const same = memory.last !== undefined && equal(memory.last, now, budget);
        memory.last = now;
        return !same;
      });
  }
  return undefined;
}
