import type { Edit } from '../piece.ts';
import { chinese, controls, nonspacingMarks, whiteSpace } from '../unicode/characterSets.ts';
import { classSource, intersectionOf, without } from '../unicode/codePointSet.ts';
import { formEdits } from './unicodeForms.ts';

/* Normalizers that change characters one by one, and the steps of "BertNormalizer". */

/** A step of normalization: the edits that it makes in a text. */
export type Step = (text: string) => Edit[];

/** A step that writes each character of a set anew. */
export function eachOf(set: RegExp, write: (character: string) => string): Step {
  return (text) =>
    Array.from(text.matchAll(set), ({ 0: character, index }) => ({
      start: index,
      end: index + character.length,
      text: write(character),
    }));
}

export const lowercase: Step = eachOf(/\p{Changes_When_Lowercased}/gu, (character) => character.toLowerCase());

const space = new RegExp(classSource(intersectionOf(whiteSpace, without(controls))), 'gu');

/** The steps of "BertNormalizer" that are asked for. @param stripAccents null where the file leaves it to `lower` */
export function bertSteps(clean: boolean, spaced: boolean, stripAccents: boolean | null, lower: boolean): Step[] {
  return [
    ...(clean ? [removing(classSource(controls)), eachOf(space, () => ' ')] : []),
    ...(spaced ? [eachOf(new RegExp(classSource(chinese), 'gu'), (character) => ` ${character} `)] : []),
    ...((stripAccents ?? lower)
      ? [(text: string) => formEdits(text, 'NFD'), removing(classSource(nonspacingMarks))]
      : []),
    ...(lower ? [lowercase] : []),
  ];
}

/** A step that takes characters out. @param source a class of a regular expression */
export function removing(source: string): Step {
  return eachOf(new RegExp(source, 'gu'), () => '');
}
