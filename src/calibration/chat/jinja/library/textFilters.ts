import { TemplateFault } from '../fault.ts';
import { path } from '../values/attributes.ts';
import type { Budget } from '../values/budget.ts';
import { bind, flag, type Tools, textArgument } from '../values/given.ts';
import { toJson } from '../values/json.ts';
import { demand, indexOf, itemsOf } from '../values/operators.ts';
import { percentFormat } from '../values/percentFormat.ts';
import { space, str, strip } from '../values/pythonText.ts';
import { capitalized, lineBreaks, replaced } from '../values/textCase.ts';
import { type Given, isList, Tuple, type Value } from '../values/values.ts';

/** A filter of Jinja's: the value before the pipe, and the arguments after its name. */
export type Filter = (value: Value, given: Given, tools: Tools) => Value;

const plain =
  (change: (text: string) => string): Filter =>
  (value, given, { budget }) => {
    bind('this filter', given, []);
    const text = str(value, budget);
    budget.text(text.length);
    return change(text);
  };

const wordStart = new RegExp(`([-${space}({\\[<]+)`);

/** Jinja's own `title`, which is not Python's. */
function title(text: string): string {
  const parts = text.split(wordStart).filter((part) => part !== '');
  return parts
    .map((part) => {
      const [first = '', ...rest] = Array.from(part);
      return first.toUpperCase() + rest.join('').toLowerCase();
    })
    .join('');
}

const tojson: Filter = (value, given, { budget }) => {
  const {
    ensure_ascii,
    indent = null,
    separators = null,
    sort_keys,
  } = bind('tojson', given, ['ensure_ascii', 'indent', 'separators', 'sort_keys']);
  const step =
    indent === null
      ? undefined
      : typeof indent === 'string'
        ? indent
        : ' '.repeat(Math.max(0, Math.min(indexOf(indent), 100)));
  let pair: readonly [string, string] = [step === undefined ? ', ' : ',', ': '];
  if (separators !== null) {
    const given = separators instanceof Tuple ? separators.items : isList(separators) ? separators : [];
    if (given.length !== 2) throw new TemplateFault('the separators of "tojson" are not two texts');
    pair = [textArgument('tojson', given[0]), textArgument('tojson', given[1])];
  }
  return toJson(value, { ascii: flag(ensure_ascii), indent: step, separators: pair, sorted: flag(sort_keys) }, budget);
};

const indent: Filter = (value, given, { budget }) => {
  const { width = 4n, first, blank } = bind('indent', given, ['width', 'first', 'blank']);
  const text = textArgument('indent', demand(value));
  const step = typeof width === 'string' ? width : ' '.repeat(Math.max(0, Math.min(indexOf(width), 1000)));
  const lines = lineBreaks(`${text}\n`, false);
  budget.text(text.length + lines.length * step.length);
  const rest = lines.map((line, i) => (i > 0 && (line !== '' || flag(blank)) ? step + line : line));
  return (flag(first) ? step : '') + rest.join('\n');
};

const join: Filter = (value, given, { budget }) => {
  const { d = '', attribute = null } = bind('join', given, ['d', 'attribute']);
  let items = itemsOf(value, budget);
  if (attribute !== null) items = items.map(path(attribute, budget));
  const separator = str(d, budget);
  const texts = items.map((item) => str(item, budget));
  budget.text(texts.reduce((sum, text) => sum + text.length + separator.length, 0));
  return texts.join(separator);
};

function parsedInteger(value: Value, budget: Budget): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number') return Number.isFinite(value) ? BigInt(Math.trunc(value)) : undefined;
  if (typeof value !== 'string') return undefined;
  budget.text(value.length);
  const text = strip(value, 'both');
  if (/\P{ASCII}/u.test(text)) throw new TemplateFault('a number with characters beyond ASCII is not supported');
  if (/^[+-]?\d+(?:_\d+)*$/.test(text) && text.length < 1000) {
    const digits = BigInt(text.replace(/[+_-]/g, ''));
    return text.startsWith('-') ? -digits : digits;
  }
  const number = parsedFloat(value);
  return number === undefined || !Number.isFinite(number) ? undefined : BigInt(Math.trunc(number));
}

function parsedFloat(value: Value): number | undefined {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string') return undefined;
  const text = strip(value, 'both');
  if (/\P{ASCII}/u.test(text)) throw new TemplateFault('a number with characters beyond ASCII is not supported');
  if (/^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+)?$/i.test(text))
    return Number(text.replaceAll('_', ''));
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (word === null) return undefined;
  return word[2]!.toLowerCase() === 'nan' ? Number.NaN : word[1] === '-' ? -Infinity : Infinity;
}

export const textFilters: Readonly<Record<string, Filter>> = {
  tojson,
  indent,
  join,
  upper: plain((text) => text.toUpperCase()),
  lower: plain((text) => text.toLowerCase()),
  capitalize: plain(capitalized),
  title: plain(title),
  string: plain((text) => text),
  trim: (value, given, { budget }) => {
    const { chars = null } = bind('trim', given, ['chars']);
    return strip(str(value, budget), 'both', chars === null ? undefined : textArgument('trim', chars));
  },
  replace: (value, given, { budget }) => {
    const { old, new: fresh, count = null } = bind('replace', given, ['old', 'new', 'count']);
    if (old === undefined || fresh === undefined) throw new TemplateFault('"replace" lacks an argument');
    const text = str(value, budget);
    return replaced(text, str(old, budget), str(fresh, budget), count === null ? -1 : indexOf(count), budget);
  },
  format: (value, given, { budget }) => {
    const values = given.named.size > 0 ? given.named : new Tuple(given.positional);
    return percentFormat(str(value, budget), values, budget);
  },
  int: (value, given, { budget }) => {
    const { default: fallback = 0n, base = 10n } = bind('int', given, ['default', 'base']);
    if (base !== 10n) throw new TemplateFault('"int" of another base is not supported');
    return parsedInteger(demand(value), budget) ?? fallback;
  },
  float: (value, given) => {
    const { default: fallback = 0 } = bind('float', given, ['default']);
    return parsedFloat(demand(value)) ?? fallback;
  },
};
