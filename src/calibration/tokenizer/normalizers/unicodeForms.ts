import type { Edit } from '../piece.ts';
import { assignedUpTo9 } from '../unicode/characterSets.ts';
import { classSource } from '../unicode/codePointSet.ts';

/*
 * Unicode's normal forms as the reference library has them: those of Unicode 9. Characters that were added since have no
 * decomposition and no combining class for it.
 */

export type Form = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

const known = new RegExp(`${classSource(assignedUpTo9)}+`, 'gu');
/** A character with everything that may combine with it. */
const cluster = /[\s\S](?:[\p{M}\u1160-\u11ff\u3099\u309a\uff9e\uff9f])*/gu;

/** The edits that bring a text into a normal form. */
export function formEdits(text: string, form: Form): Edit[] {
  if (/^[\0-\x7f]*$/.test(text)) return [];
  const edits: Edit[] = [];
  for (const { 0: run, index } of text.matchAll(known)) {
    const normal = run.normalize(form);
    if (normal === run) continue;
    const ofRun: Edit[] = [];
    let together = '';
    for (const { 0: part, index: at } of run.matchAll(cluster)) {
      const written = part.normalize(form);
      together += written;
      if (written !== part) ofRun.push({ start: index + at, end: index + at + part.length, text: written });
    }
    // Where clusters do not normalise on their own, the run is one.
    if (together === normal) edits.push(...ofRun);
    else edits.push({ start: index, end: index + run.length, text: normal });
  }
  return edits;
}
