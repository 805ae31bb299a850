import { shown } from '../files/reading/shown.ts';

/* Lists things in a sentence. */

/** Names in one sentence; more are counted. */
const named = 3;

/** `a`, `a and b`, `a, b and c`. */
export function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** Untrusted names as a sentence lists them: `"a", "b", "c" and 2 more`. */
export function listedNames(names: readonly string[]): string {
  const first = names.slice(0, named).map(shown).join(', ');
  return names.length > named ? `${first} and ${names.length - named} more` : first;
}
