import { InputError } from '../../errors.ts';
import { choiceGrader } from './choiceGrader.ts';
import { exactGrader } from './exactGrader.ts';
import type { Grader } from './grader.ts';
import { jsonFieldGrader } from './jsonFieldGrader.ts';
import { boxedGrader, lastNumberGrader } from './mathGraders.ts';
import { regexGrader } from './regexGrader.ts';

/* The graders by the names they are asked for by. */

/** Names of graders; `command` is a program of the user's, which a run starts. */
export const graderNames = ['boxed', 'last-number', 'exact', 'regex', 'json-field', 'choice', 'command'] as const;
export type GraderName = (typeof graderNames)[number];

/** A grader as it is asked for: a value of JSON, for records and resumed runs. */
export type GraderChoice =
  | { readonly name: 'boxed' | 'last-number' | 'exact' | 'choice' }
  | { readonly name: 'regex'; readonly pattern: string }
  | { readonly name: 'json-field'; readonly path: string }
  | { readonly name: 'command'; readonly program: string; readonly args: readonly string[]; readonly seconds: number };

/** A grader that needs no process. @throws InputError when its pattern is no regular expression */
export function namedGrader(choice: Exclude<GraderChoice, { name: 'command' }>): Grader {
  switch (choice.name) {
    case 'boxed':
      return boxedGrader;
    case 'last-number':
      return lastNumberGrader;
    case 'exact':
      return exactGrader;
    case 'choice':
      return choiceGrader;
    case 'regex':
      return regexGrader(choice.pattern);
    case 'json-field':
      if (choice.path.trim() === '') throw new InputError('The grader json-field needs the name of a field.');
      return jsonFieldGrader(choice.path);
  }
}
