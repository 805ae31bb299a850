import { TemplateFault } from '../fault.ts';
import type { Budget } from './budget.ts';
import { dictMethod, entry, loopAttribute, noArguments, orElse, sequenceMethod } from './methods.ts';
import { indexOf } from './operators.ts';
import { characters } from './pythonText.ts';
import { stringMethod } from './stringMethods.ts';
import {
  Callable,
  isDict,
  isList,
  Loop,
  Namespace,
  Range,
  Stream,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values.ts';

/* What `value.name`, `value[key]` and `value[a:b]` give in a template, as in Python. */

const changing = [
  'append',
  'clear',
  'pop',
  'reverse',
  'insert',
  'sort',
  'extend',
  'remove',
  'popitem',
  'setdefault',
  'update',
];
const others: Readonly<Record<string, readonly string[]>> = {
  'whole number': [
    'real',
    'imag',
    'numerator',
    'denominator',
    'bit_length',
    'bit_count',
    'conjugate',
    'to_bytes',
    'from_bytes',
    'as_integer_ratio',
  ],
  float: ['real', 'imag', 'conjugate', 'hex', 'fromhex', 'is_integer', 'as_integer_ratio'],
  range: ['start', 'stop', 'step', 'count', 'index'],
  dict: ['fromkeys'],
  dict_keys: ['isdisjoint', 'mapping'],
  dict_items: ['isdisjoint', 'mapping'],
  dict_values: ['mapping'],
};

/** Python's `getattr`, for the attributes that the sandbox lets through; undefined where there is none of that name. */
function ownAttribute(value: Value, name: string, budget: Budget): Value | undefined {
  const type = typeName(value);
  if (/^__.*__$/.test(name)) throw new TemplateFault(`it reaches for "${name}", which the sandbox forbids`);
  if ((isList(value) || isDict(value)) && changing.includes(name)) {
    const own = isList(value)
      ? !['popitem', 'setdefault', 'update'].includes(name)
      : ['clear', 'pop', 'popitem', 'setdefault', 'update'].includes(name);
    if (own) throw new TemplateFault(`it calls "${name}" of a ${type}: the sandbox forbids changing values`);
  }
  let found: Value | undefined;
  if (isDict(value)) found = dictMethod(value, name, budget);
  else if (typeof value === 'string') found = stringMethod(value, name, budget);
  else if (isList(value))
    found = name === 'copy' ? noArguments(name, () => value) : sequenceMethod(value, name, budget);
  else if (value instanceof Tuple) found = sequenceMethod(value.items, name, budget);
  else if (value instanceof Namespace) found = value.attributes.get(name);
  else if (value instanceof Loop) found = loopAttribute(value, name, budget);
  const unsupported =
    value instanceof Callable ||
    value instanceof Stream ||
    others[type === 'bool' ? 'whole number' : type]?.includes(name);
  if (found === undefined && unsupported) throw new TemplateFault(`"${name}" of a ${type} is not supported`);
  return found;
}

/** `value.name`: the attribute, else the entry. */
export function attribute(value: Value, name: string, budget: Budget): Value {
  if (value instanceof Undefined) throw new TemplateFault(value.clause);
  const own = ownAttribute(value, name, budget);
  if (own !== undefined) return own;
  return orElse(entry(value, name), missing(value, `"${name}"`));
}

function missing(value: Value, what: string): Undefined {
  return new Undefined(`a ${typeName(value)} has no ${what}`);
}

function sequence(value: Value, budget: Budget): ArrayLike<Value> | undefined {
  if (typeof value === 'string') {
    budget.text(value.length);
    return characters(value);
  }
  if (isList(value)) return value;
  if (value instanceof Tuple) return value.items;
  if (value instanceof Range) {
    budget.items(value.length);
    return Array.from({ length: value.length }, (_, i) => BigInt(value.start + i * value.step));
  }
  return undefined;
}

/** `value[key]`: the entry, else for a text the attribute of that name. */
export function item(value: Value, key: Value, budget: Budget): Value {
  if (value instanceof Undefined) throw new TemplateFault(value.clause);
  if (typeof key === 'string') {
    const found = entry(value, key);
    return found === undefined ? orElse(ownAttribute(value, key, budget), missing(value, `"${key}"`)) : found;
  }
  const items = sequence(value, budget);
  if (items === undefined || (typeof key !== 'bigint' && typeof key !== 'boolean')) return missing(value, 'such entry');
  const index = Number(key);
  return orElse(items[index < 0 ? index + items.length : index], missing(value, `item ${index}`));
}

/** `value[start:stop:step]`. */
export function slice(value: Value, bounds: readonly (Value | undefined)[], budget: Budget): Value {
  if (value instanceof Undefined) throw new TemplateFault(value.clause);
  const items = sequence(value, budget);
  if (items === undefined) throw new TemplateFault(`a ${typeName(value)} cannot be sliced`);
  const [start, stop, step = 1] = bounds.map((bound) =>
    bound === undefined || bound === null ? undefined : indexOf(bound),
  );
  if (step === 0) throw new TemplateFault('the step of a slice is zero');
  const { length } = items;
  const [lowest, highest] = step > 0 ? [0, length] : [-1, length - 1];
  const clip = (at: number) => Math.min(Math.max(at < 0 ? at + length : at, lowest), highest);
  const from = start === undefined ? (step > 0 ? lowest : highest) : clip(start);
  const to = stop === undefined ? (step > 0 ? highest : lowest) : clip(stop);
  const taken: Value[] = [];
  for (let at = from; step > 0 ? at < to : at > to; at += step) taken.push(items[at]!);
  budget.items(taken.length);
  if (typeof value === 'string') return taken.join('');
  if (value instanceof Tuple) return new Tuple(taken);
  if (value instanceof Range) throw new TemplateFault('a slice of a range is not supported');
  return taken;
}

/** The path of `map(attribute="a.b")`: entries, or items by number. */
export function path(dotted: Value, budget: Budget): (value: Value) => Value {
  const parts: Value[] =
    typeof dotted === 'string' ? dotted.split('.').map((part) => (/^\d+$/.test(part) ? BigInt(part) : part)) : [dotted];
  return (value) => parts.reduce((at: Value, part) => item(at, part, budget), value);
}
