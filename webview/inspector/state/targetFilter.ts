import type { TokenTable } from '../../../src/protocol/inspector.ts';
import type { State } from './state.ts';

/* Which targets are looked for: those of a word or of a token that was chosen. */

/** Whether a target, by its position among all, is looked for; undefined: all of them are. */
export function targetFilter(
  { filterToken, filterWord }: Pick<State, 'filterToken' | 'filterWord'>,
  { targetGold, targetWord, words }: Pick<TokenTable, 'targetGold' | 'targetWord' | 'words'>,
): ((target: number) => boolean) | undefined {
  if (filterToken !== undefined) return (target) => targetGold[target] === filterToken;
  if (filterWord === undefined) return undefined;
  const word = words.findIndex(({ text }) => text === filterWord);
  return word < 0 ? undefined : (target) => targetWord[target] === word;
}
