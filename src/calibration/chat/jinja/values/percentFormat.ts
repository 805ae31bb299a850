import { TemplateFault } from '../fault.ts';
import type { Budget } from './budget.ts';
import { repr, str } from './pythonText.ts';
import { isDict, Tuple, type Value } from './values.ts';

/**
 * Python's `text % values` with `%s`, `%r`, `%d`, `%i` and `%%`, whole numbers padded by zeros or blanks.
 * @throws TemplateFault for any other conversion, and where values are left over or missing
 */
export function percentFormat(text: string, values: Value, budget: Budget): string {
  const all = values instanceof Tuple ? values.items : [values];
  let next = 0;
  const out = text.replace(
    /%(?:\((\w+)\))?(0?)(\d{0,3})([a-zA-Z%]?)/g,
    (spec, name: string | undefined, zero, width, kind) => {
      if (spec === '%%') return '%';
      let value: Value | undefined;
      if (name !== undefined) value = isDict(values) ? values.get(name) : undefined;
      else value = all[next++];
      if (value === undefined) throw new TemplateFault('a text with % is given too few values');
      if (width === '' && zero === '') {
        if (kind === 's') return str(value, budget);
        if (kind === 'r') return repr(value, budget);
      }
      if ((kind === 'd' || kind === 'i') && (typeof value === 'bigint' || typeof value === 'boolean')) {
        const digits = BigInt(value).toString();
        if (zero === '') return digits.padStart(Number(width));
        return digits.startsWith('-')
          ? `-${digits.slice(1).padStart(Number(width) - 1, '0')}`
          : digits.padStart(Number(width), '0');
      }
      throw new TemplateFault(`a text with "${spec}" is not supported`);
    },
  );
  if (next < all.length && !isDict(values)) throw new TemplateFault('a text with % is given too many values');
  budget.text(out.length);
  return out;
}
