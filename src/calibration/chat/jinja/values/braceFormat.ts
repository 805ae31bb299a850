import { TemplateFault } from '../fault.ts';
import type { Budget } from './budget.ts';
import { str } from './pythonText.ts';
import type { Given, Value } from './values.ts';

/** Python's `str.format` with `{}`, `{0}`, `{name}`, `{{` and `}}`. @throws TemplateFault for anything finer */
export function braceFormat(text: string, { positional, named }: Given, budget: Budget): string {
  let next = 0;
  const out = text.replace(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g, (part, field: string | undefined) => {
    if (part === '{{' || part === '}}') return part[0]!;
    let value: Value | undefined;
    if (field === '') value = positional[next++];
    else if (field !== undefined && /^\d+$/.test(field)) value = positional[Number(field)];
    else if (field !== undefined && /^\w+$/.test(field)) value = named.get(field);
    else throw new TemplateFault(`"format" with "${part}" is not supported`);
    if (value === undefined) throw new TemplateFault(`"format" is given nothing for "${part}"`);
    return str(value, budget);
  });
  budget.text(out.length);
  return out;
}
