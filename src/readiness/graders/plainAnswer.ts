import { balanced } from './lastBoxed.ts';

/* Brings an answer that was written in LaTeX or plain text to one spelling. */

/** An answer in one spelling. */
export interface PlainAnswer {
  /** Without spaces (but in mixed numbers), units, currency and signs of size. */
  readonly text: string;
  /** It had a percent sign. */
  readonly percent: boolean;
}

/** Longest answer that is looked at as mathematics. */
const longest = 1000;

/** Commands that say how something looks or sounds, with the braces after them. */
const wordCommands = /\\(?:text|textbf|textit|textrm|mathrm|mathbf|mathit|mathsf|mbox|operatorname|rm|bf)\s*\{/;

/** Without braces of their own. */
const vanishing =
  /\\(?:left|right|bigl?|bigr?|Bigl?|Bigr?|displaystyle|textstyle|limits|quad|qquad|[!,;: ])(?![A-Za-z])/g;

/** Written straight after a number these are units; other letters may be unknowns. */
const shortUnits =
  'km|cm|mm|nm|kg|mg|lb|lbs|oz|ft|in|ml|mL|hr|hrs|min|sec|mph|kmh|Hz|kHz|rad|deg|degrees?|dollars?|cents?';

const afterNumber = String.raw`(?:\^\{?[23]\}?|[²³])?`;
const units = [
  // A word after a space: `12 apples`, `5 square meters`, `3 m/s`; not `2 x` and `3 pi`.
  new RegExp(
    String.raw`^([+-]?[\d.,/]+(?:\s+\d+/\d+)?|[+-]?\d*\s*\\frac\{[\d.,]+\}\{[\d.,]+\})\s+(?!pi\b|e\b)(?:[A-Za-z]{2,}|[mghsLNJWVAKCF])(?:[ .\-/][A-Za-z .\-/]*)?${afterNumber}$`,
  ),
  new RegExp(String.raw`^([+-]?[\d.,/]+)(?:${shortUnits})(?:/(?:${shortUnits}|[hs]))?${afterNumber}$`),
];

/** Takes the commands of words out: as units beside a number, else for what they say. */
function withoutWords(text: string): string {
  let rest = text;
  const outside: string[] = [];
  const inside: string[] = [];
  for (let match = wordCommands.exec(rest); match !== null; match = wordCommands.exec(rest)) {
    const from = match.index + match[0].length;
    const content = balanced(rest, from);
    if (content === undefined) break;
    outside.push(rest.slice(0, match.index));
    inside.push(content);
    rest = rest.slice(from + content.length + 1);
  }
  outside.push(rest);
  if (inside.length === 0) return text;
  const number = outside.join('').trim();
  // `5\text{ cm}^2`: the power belongs to the unit.
  if (/\d/.test(number.replace(/\^\{?\d\}?$/, ''))) return number.replace(/\^\{?[23]\}?$/, '').trim();
  return outside.map((part, i) => part + (inside[i] ?? '')).join('');
}

/** `\frac12`, `\frac 1 2` and `\sqrt2` with the braces that TeX understands. */
function withBraces(text: string): string {
  return text
    .replace(/\\[dtc]frac(?![A-Za-z])/g, '\\frac')
    .replace(
      /\\frac\s*(\{[^{}]*\}|[0-9A-Za-z])\s*(\{[^{}]*\}|[0-9A-Za-z])/g,
      (_, one: string, other: string) => `\\frac${braced(one)}${braced(other)}`,
    )
    .replace(/\\sqrt\s*([0-9A-Za-z])/g, '\\sqrt{$1}')
    .replace(/\^\{([0-9A-Za-z])\}/g, '^$1')
    .replace(/_\{([0-9A-Za-z])\}/g, '_$1');
}

function braced(text: string): string {
  return text.startsWith('{') ? `{${text.slice(1, -1).trim()}}` : `{${text}}`;
}

/** Signs of mathematics mode around the whole. */
function unwrapped(text: string): string {
  const inner =
    /^\$\$([^$]*)\$\$$/.exec(text) ??
    /^\$([^$]*)\$$/.exec(text) ??
    /^\\\(([\s\S]*)\\\)$/.exec(text) ??
    /^\\\[([\s\S]*)\\\]$/.exec(text);
  return inner === null ? text : inner[1]!.trim();
}

/** A number alone loses the unit after it. */
function withoutUnit(text: string): string {
  for (const unit of units) {
    const match = unit.exec(text);
    if (match !== null) return match[1]!;
  }
  return text;
}

/**
 * An answer in one spelling: `$\dfrac{1}{2}$` and `\frac12` are `\frac{1}{2}`, `12\text{ cm}` and `12 apples` are `12`,
 * `x = 5` is `5`. Units and currencies are left out, not compared.
 */
export function plainAnswer(answer: string): PlainAnswer {
  let text = unwrapped(answer.trim());
  if (text.length > longest) return { text: text.replace(/\s+/g, ' '), percent: false };
  text = text
    .replace(/[\u2212\u2013]/g, '-')
    .replace(vanishing, (sign) => (sign === '\\ ' || sign.endsWith('quad') ? ' ' : ''))
    .replace(/[~\u00a0\u202f\u2009]/g, ' ')
    .replaceAll('{,}', ',')
    .replace(/\\(?:\$|pounds|euro)|[$€£¥]/g, '')
    .replace(/\^\s*(?:\{\s*\\circ\s*\}|\\circ)|\\degree|°/g, '');
  text = withBraces(withoutWords(text)).trim();
  const percent = /(?:\\?%|\bpercent|\bper cent)/.test(text);
  text = text.replace(/\s*(?:\\?%|\bpercent|\bper cent)/g, '').trim();
  text = text.replace(/[.,;:!]+$/, '').trim();
  // Of `x = 5` the value counts; of equations with more than a name before the sign everything does.
  text = text.replace(/^[A-Za-z](?:_\{?\w+\}?|\([A-Za-z]\))?\s*=\s*(?!.*=)/, '');
  text = withoutUnit(text).replace(/^([+-])\s+/, '$1');
  // The space of `1 1/2` is all that keeps it from being 11/2.
  if (/^[+-]?\d+\s+\d+\/\d+$/.test(text)) return { text: text.replace(/\s+/g, ' '), percent };
  return { text: text.replace(/\s+/g, ''), percent };
}
