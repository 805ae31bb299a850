import { InputError } from '../../errors.ts';
import { type Condition, measureLabel, parseCondition } from '../../readiness/verdict/conditions.ts';
import { isProgram } from '../../run/readiness/commandGrader.ts';

/* Reads what is typed into the boxes of *Measure Readiness…*. Knows no VS Code. */

/** @throws InputError */
export function wholeOf(text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || !Number.isSafeInteger(value))
    throw new InputError(`Write a whole number of at least ${least}.`);
  return value;
}

/** Fields of prompt and right answer with a comma between; empty: the usual ones. */
export function fieldsOf(text: string): { readonly promptField: string; readonly answerField: string } {
  const [promptField = '', answerField = ''] = text.split(',').map((each) => each.trim());
  return { promptField, answerField };
}

/** @throws InputError */
export function temperatureOf(text: string): number {
  const value = Number(text);
  if (text === '' || !(value >= 0 && value <= 100)) throw new InputError('Write a number from 0 to 100.');
  return value;
}

/** That of evaluation; undefined where there is to be none. @param required there must be one @throws InputError */
export function evalTemperatureOf(text: string, required: boolean): number | undefined {
  return !required && (text === 'none' || text === '') ? undefined : temperatureOf(text);
}

/** `pass@16>=0.3, dead@8<=0.5`; empty: none. @throws InputError */
export function conditionsOf(text: string): readonly Condition[] {
  const parts = text.split(',').map((part) => part.trim());
  return parts
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^(.*?)\s*([<>])=\s*(.*)$/.exec(part);
      if (match === null) throw new InputError('Write conditions such as pass@16>=0.3, dead@8<=0.5.');
      const [, measure, sign, value] = match;
      return { ...parseCondition(`${measure}=${value}`, sign === '>' ? 'min' : 'max'), source: 'Your own.' };
    });
}

/** Conditions as {@link conditionsOf} reads them. */
export function conditionsTyped(conditions: readonly Condition[]): string {
  return conditions.map((each) => `${measureLabel(each)}${each.bound === 'min' ? '>=' : '<='}${each.value}`).join(', ');
}

/** A program with its arguments: words, or a JSON list where one of them has spaces. @throws InputError */
export function programWords(text: string): readonly [string, ...string[]] {
  let words: unknown = text.trim().split(/\s+/);
  if (text.trim().startsWith('[')) {
    try {
      words = JSON.parse(text);
    } catch {
      words = undefined;
    }
  }
  if (isProgram(words)) return words;
  throw new InputError('Write a program and its arguments, or a JSON list: ["PROGRAM", "ARGUMENT", …].');
}
