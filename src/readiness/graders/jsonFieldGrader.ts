import { isJsonObject, type JsonObject } from '../../files/reading/strictJson.ts';
import { type Grader, graderOf } from './grader.ts';
import { answerKey, sameAnswer } from './sameAnswer.ts';

/* The grader of answers that are a field of a JSON object in the text. */

/** Objects that are tried, from the end of the text on. */
const mostTries = 32;
/** Longest object that is tried, characters. */
const longest = 2 ** 18;

/** Everything in braces, by where it ends, last first: an object before the objects in it. */
function bracedParts(text: string): string[] {
  const starts: number[] = [];
  const parts: string[] = [];
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (inString) {
      if (sign === '\\') at++;
      // No string of JSON goes over a line: the sign of inches in a text is not the start of one.
      else if (sign === '"' || sign === '\n') inString = false;
    } else if (sign === '{') starts.push(at);
    else if (sign === '"') inString = starts.length > 0;
    else if (sign === '}' && starts.length > 0) {
      const start = starts.pop()!;
      if (at + 1 - start <= longest) parts.push(text.slice(start, at + 1));
      if (parts.length > mostTries) parts.shift();
    }
  }
  return parts.reverse();
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A field by its name, or by a path of names with dots where there is none of that name. */
function fieldOf(object: JsonObject, path: string): string | undefined {
  let value: unknown = Object.hasOwn(object, path) ? object[path] : undefined;
  if (value === undefined) {
    value = object;
    for (const name of path.split('.'))
      value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** Takes a field of the last JSON object of a text that has it. @param path name, or names with dots */
export function jsonFieldGrader(path: string): Grader {
  return graderOf({
    described: `the field ${JSON.stringify(path)} of the last JSON object`,
    extract(text) {
      for (const part of bracedParts(text)) {
        const object = parsed(part);
        const found = object === undefined ? undefined : fieldOf(object, path);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    expected: (answer) => (answer.trim() === '' ? undefined : answer),
    lacking: 'is empty',
    key: answerKey,
    same: sameAnswer,
  });
}
