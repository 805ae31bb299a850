import { visit } from 'jsonc-parser';
import { TemplateFault } from '../fault.ts';
import type { Budget } from './budget.ts';
import { compareTexts } from './operators.ts';
import { floatText } from './pythonText.ts';
import { isDict, isList, Tuple, typeName, type Value } from './values.ts';

/** Deeper than any message or description of a function. */
const deepest = 64;

/** How `tojson` writes: as the arguments of Python's `json.dumps`. */
export interface JsonStyle {
  readonly ascii: boolean;
  /** What one level is indented by; undefined: all in one line. */
  readonly indent: string | undefined;
  readonly separators: readonly [item: string, key: string];
  readonly sorted: boolean;
}

function jsonString(text: string, ascii: boolean): string {
  const json = JSON.stringify(text);
  if (!ascii) return json;
  return json.replace(/[\x7f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Python's `json.dumps`. @throws TemplateFault for values that JSON has not */
export function toJson(value: Value, style: JsonStyle, budget: Budget, level = 0): string {
  budget.spend();
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return floatText(value);
    return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  }
  if (typeof value === 'string') return jsonString(value, style.ascii);
  const [itemSeparator, keySeparator] = style.separators;
  let open: string;
  let close: string;
  let parts: string[];
  if (isList(value) || value instanceof Tuple) {
    [open, close] = ['[', ']'];
    const items = isList(value) ? value : value.items;
    parts = budget.nested(() => items.map((item) => toJson(item, style, budget, level + 1)));
  } else if (isDict(value)) {
    [open, close] = ['{', '}'];
    const entries = Array.from(value);
    if (style.sorted) entries.sort(([a], [b]) => compareTexts(a, b));
    parts = budget.nested(() =>
      entries.map(
        ([key, item]) => `${jsonString(key, style.ascii)}${keySeparator}${toJson(item, style, budget, level + 1)}`,
      ),
    );
  } else throw new TemplateFault(`a ${typeName(value)} cannot be written as JSON`);
  if (parts.length === 0) return open + close;
  let text: string;
  if (style.indent === undefined) text = open + parts.join(itemSeparator) + close;
  else {
    const inner = `\n${style.indent.repeat(level + 1)}`;
    text = `${open}${inner}${parts.join(itemSeparator + inner)}\n${style.indent.repeat(level)}${close}`;
  }
  budget.text(text.length);
  return text;
}

/**
 * A valid JSON text as Python's `json.loads` reads it: `1.0` stays a float, whole numbers have any size, names keep their order
 * (JavaScript puts those like `"1"` first), the last of two equal names holds.
 *
 * @param text what `JSON.parse` accepts
 * @throws TemplateFault when it nests too deep
 */
export function fromJson(text: string): Value {
  const open: (Value[] | Map<string, Value>)[] = [];
  const names: string[] = [];
  let root: Value = null;
  const put = (value: Value) => {
    const parent = open.at(-1);
    if (parent === undefined) root = value;
    else if (parent instanceof Map) parent.set(names.pop()!, value);
    else parent.push(value);
  };
  const begin = (container: Value[] | Map<string, Value>) => {
    put(container);
    if (open.push(container) > deepest) throw new TemplateFault(`its JSON nests deeper than ${deepest} levels`);
  };
  visit(text, {
    onObjectBegin: () => begin(new Map()),
    onArrayBegin: () => begin([]),
    onObjectEnd: () => void open.pop(),
    onArrayEnd: () => void open.pop(),
    onObjectProperty: (name) => void names.push(name),
    onLiteralValue: (value: unknown, offset, length) => {
      if (typeof value !== 'number') return put(value as null | boolean | string);
      const digits = text.slice(offset, offset + length);
      put(/^-?\d+$/.test(digits) ? BigInt(digits) : value);
    },
  });
  return root;
}
