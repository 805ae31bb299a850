/**
 * Finds the last `\boxed{…}` of a text, with balanced braces.
 */

/** `\boxed{`, `\fbox{` and `\boxed 5`, which TeX takes as a box of one sign or command. */
const box = /\\(?:boxed|fbox)\s*(?:\{|(?=[^\s{]))/g;

/**
 * What stands between the braces that open at `from`.
 *
 * @param from just after the opening brace
 * @returns undefined when the text ends before they close
 */
export function balanced(text: string, from: number): string | undefined {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    const sign = text[at];
    // An escaped brace is a brace of the answer's own.
    if (sign === '\\') at++;
    else if (sign === '{') depth++;
    else if (sign === '}' && --depth === 0) return text.slice(from, at);
  }
  return undefined;
}

/** A box without braces: a command with its braces, a number, or one sign. */
function unbraced(text: string, from: number): string | undefined {
  return /^(?:\\[A-Za-z]+(?:\{[^{}]*\})*|[+-]?\d[\d.,]*\d|[^\s\\])/.exec(text.slice(from, from + 200))?.[0];
}

/**
 * The content of the last box that is closed. One that was cut off by the limit of length does not count: its answer is not
 * known.
 */
export function lastBoxed(text: string): string | undefined {
  let opened = [...text.matchAll(box)];
  // Each box is looked at once from its end on, and boxes in a text are few; some thousand would be a loop of the model's.
  opened = opened.slice(-mostBoxes);
  for (const match of opened.reverse()) {
    const from = match.index + match[0].length;
    const content = match[0].endsWith('{') ? balanced(text, from) : unbraced(text, from);
    if (content !== undefined) return content;
  }
  return undefined;
}

const mostBoxes = 64;
