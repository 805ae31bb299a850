import { TemplateFault } from '../fault.ts';
import type { Budget } from './budget.ts';
import { characters } from './pythonText.ts';

/** A character as a title begins with it. @throws TemplateFault for the few whose title form is neither small nor capital */
function titleCharacter(character: string): string {
  if (/[\u10d0-\u10ff]/.test(character)) return character;
  const upper = character.toUpperCase();
  if (upper.length !== character.length || /[\u01c4-\u01cc\u01f1-\u01f3]/.test(character)) {
    throw new TemplateFault(`the title form of "${character}" is not supported`);
  }
  return upper;
}

/** Python's `str.capitalize`. */
export function capitalized(text: string): string {
  const [first = '', ...rest] = Array.from(characters(text));
  return first === '' ? '' : titleCharacter(first) + rest.join('').toLowerCase();
}

/** Python's `str.title`. */
export function titled(text: string): string {
  return text.replace(/\p{Cased}+/gu, (word) => {
    const [first = '', ...rest] = Array.from(word);
    return titleCharacter(first) + rest.join('').toLowerCase();
  });
}

const breaks = '\\n\\r\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029';
const lineWithBreak = new RegExp(`([^${breaks}]*)(?:\\r\\n|[${breaks}]|$)`, 'g');

/** Python's `str.splitlines`. */
export function lineBreaks(text: string, keepEnds: boolean): string[] {
  const lines: string[] = [];
  for (const [line, body] of text.matchAll(lineWithBreak)) {
    if (line !== '') lines.push(keepEnds ? line : body!);
  }
  return lines;
}

/** How often a part stands in a text, counted before the text is cut there. @throws TemplateFault when too often */
export function occurrences(text: string, part: string, budget: Budget): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) {
    if (++count % 65_536 === 0) budget.items(count);
  }
  return count;
}

/** Python's `str.replace`; a negative count replaces all. */
export function replaced(text: string, old: string, fresh: string, count: number, budget: Budget): string {
  if (old !== '') budget.items(occurrences(text, old, budget));
  const parts = old === '' ? ['', ...Array.from(characters(text)), ''] : text.split(old);
  const most = count < 0 ? parts.length - 1 : Math.min(count, parts.length - 1);
  budget.text(text.length + most * Math.max(0, fresh.length - old.length));
  return (
    parts.slice(0, most + 1).join(fresh) +
    parts
      .slice(most + 1)
      .map((part) => old + part)
      .join('')
  );
}
