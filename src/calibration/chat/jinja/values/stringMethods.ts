import { TemplateFault } from '../fault.ts';
import { braceFormat } from './braceFormat.ts';
import type { Budget } from './budget.ts';
import { bind, flag, textArgument } from './given.ts';
import { indexOf, itemsOf } from './operators.ts';
import { strip, textLength, words } from './pythonText.ts';
import { capitalized, lineBreaks, occurrences, replaced, titled } from './textCase.ts';
import { Callable, type Given, Tuple, typeName, type Value } from './values.ts';

/* The methods of texts that templates call, as Python's `str` has them. */

type Method = (text: string, given: Given, budget: Budget) => Value;

const unsupported = [
  'casefold',
  'encode',
  'expandtabs',
  'format_map',
  'isascii',
  'isdecimal',
  'isidentifier',
  'isnumeric',
  'isprintable',
  'istitle',
  'maketrans',
  'swapcase',
  'translate',
];

function stripping(side: 'left' | 'right' | 'both'): Method {
  return (text, given) => {
    const { chars } = bind('strip', given, ['chars']);
    return strip(text, side, chars === undefined || chars === null ? undefined : textArgument('strip', chars));
  };
}

function affixed(label: string, holds: (text: string, affix: string) => boolean): Method {
  return (text, given) => {
    const { affix } = bind(label, given, ['affix']);
    const all = affix instanceof Tuple ? affix.items : [affix];
    return all.some((each) => holds(text, textArgument(label, each)));
  };
}

function splitting(label: string, fromRight: boolean): Method {
  return (text, given, budget) => {
    const { sep = null, maxsplit = -1n } = bind(label, given, ['sep', 'maxsplit']);
    const most = indexOf(maxsplit);
    if (sep === null) {
      if (fromRight && most >= 0) throw new TemplateFault('"rsplit" without a separator is not supported');
      return words(text, most);
    }
    const separator = textArgument(label, sep);
    if (separator === '') throw new TemplateFault(`"${label}" is given an empty separator`);
    budget.items(occurrences(text, separator, budget));
    const parts = text.split(separator);
    if (most < 0 || parts.length <= most + 1) return parts;
    if (fromRight) return [parts.slice(0, parts.length - most).join(separator), ...parts.slice(parts.length - most)];
    return [...parts.slice(0, most), parts.slice(most).join(separator)];
  };
}

function finding(label: string, last: boolean): Method {
  return (text, given) => {
    const { sub } = bind(label, given, ['sub']);
    const sought = textArgument(label, sub);
    const at = last ? text.lastIndexOf(sought) : text.indexOf(sought);
    if (at < 0 && label.endsWith('index')) throw new TemplateFault(`"${label}" does not find "${sought}"`);
    return at < 0 ? -1n : BigInt(textLength(text.slice(0, at)));
  };
}

function parting(label: string, last: boolean): Method {
  return (text, given) => {
    const sep = textArgument(label, bind(label, given, ['sep']).sep);
    const at = last ? text.lastIndexOf(sep) : text.indexOf(sep);
    if (at < 0) return new Tuple(last ? ['', '', text] : [text, '', '']);
    return new Tuple([text.slice(0, at), sep, text.slice(at + sep.length)]);
  };
}

function padding(label: string, sides: (missing: number, width: number) => number): Method {
  return (text, given, budget) => {
    const { width, fillchar = ' ' } = bind(label, given, ['width', 'fillchar']);
    const wide = indexOf(width ?? null);
    const missing = Math.max(0, wide - textLength(text));
    budget.text(missing);
    const left = sides(missing, wide);
    const fill = textArgument(label, fillchar);
    return fill.repeat(left) + text + fill.repeat(missing - left);
  };
}

/** @throws TemplateFault for a text with digits that are not ASCII, which Python and JavaScript class differently */
function every(pattern: RegExp): Method {
  return (text) => {
    if (/[^\P{N}0-9]/u.test(text)) throw new TemplateFault('asking for digits of other scripts is not supported');
    return pattern.test(text);
  };
}

const plain =
  (change: (text: string) => string): Method =>
  (text, given, budget) => {
    bind('this method', given, []);
    budget.text(text.length);
    return change(text);
  };

const methods: Readonly<Record<string, Method>> = {
  upper: plain((text) => text.toUpperCase()),
  lower: plain((text) => text.toLowerCase()),
  title: plain(titled),
  capitalize: plain(capitalized),
  strip: stripping('both'),
  lstrip: stripping('left'),
  rstrip: stripping('right'),
  startswith: affixed('startswith', (text, affix) => text.startsWith(affix)),
  endswith: affixed('endswith', (text, affix) => text.endsWith(affix)),
  split: splitting('split', false),
  rsplit: splitting('rsplit', true),
  find: finding('find', false),
  rfind: finding('rfind', true),
  index: finding('index', false),
  rindex: finding('rindex', true),
  partition: parting('partition', false),
  rpartition: parting('rpartition', true),
  ljust: padding('ljust', () => 0),
  rjust: padding('rjust', (missing) => missing),
  center: padding('center', (missing, width) => Math.floor(missing / 2) + (missing & width & 1)),
  isdigit: every(/^\d+$/),
  isalpha: every(/^\p{L}+$/u),
  isalnum: every(/^[\p{L}\d]+$/u),
  isspace: (text) => text !== '' && strip(text, 'both') === '',
  isupper: (text) => /\p{Cased}/u.test(text) && text === text.toUpperCase(),
  islower: (text) => /\p{Cased}/u.test(text) && text === text.toLowerCase(),
  splitlines: (text, given, budget) => {
    const lines = lineBreaks(text, flag(bind('splitlines', given, ['keepends']).keepends));
    budget.items(lines.length);
    return lines;
  },
  count: (text, given) => {
    const sub = textArgument('count', bind('count', given, ['sub']).sub);
    return BigInt(sub === '' ? textLength(text) + 1 : text.split(sub).length - 1);
  },
  replace: (text, given, budget) => {
    const { old, new: fresh, count = -1n } = bind('replace', given, ['old', 'new', 'count']);
    return replaced(text, textArgument('replace', old), textArgument('replace', fresh), indexOf(count), budget);
  },
  join: (text, given, budget) => {
    const { iterable } = bind('join', given, ['iterable']);
    const items = itemsOf(iterable ?? null, budget);
    const wrong = items.find((each) => typeof each !== 'string');
    if (wrong !== undefined) throw new TemplateFault(`"join" takes texts, not a ${typeName(wrong)}`);
    budget.text(items.reduce((sum: number, each) => sum + (each as string).length + text.length, 0));
    return items.join(text);
  },
  removeprefix: (text, given) => {
    const prefix = textArgument('removeprefix', bind('removeprefix', given, ['prefix']).prefix);
    return text.startsWith(prefix) ? text.slice(prefix.length) : text;
  },
  removesuffix: (text, given) => {
    const suffix = textArgument('removesuffix', bind('removesuffix', given, ['suffix']).suffix);
    return suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text;
  },
  zfill: (text, given, budget) => {
    const wide = indexOf(bind('zfill', given, ['width']).width ?? null);
    const sign = /^[+-]/.exec(text)?.[0] ?? '';
    const missing = Math.max(0, wide - textLength(text));
    budget.text(missing);
    return sign + '0'.repeat(missing) + text.slice(sign.length);
  },
  format: (text, given, budget) => braceFormat(text, given, budget),
};

/**
 * A method of Python's `str` bound to a text, undefined where `str` has none of that name.
 * @throws TemplateFault for one that `str` has and this program has not
 */
export function stringMethod(text: string, name: string, budget: Budget): Callable | undefined {
  if (unsupported.includes(name)) throw new TemplateFault(`the method "${name}" of a text is not supported`);
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  return method === undefined
    ? undefined
    : new Callable(name, (given) => {
        budget.text(text.length);
        return method(text, given, budget);
      });
}
