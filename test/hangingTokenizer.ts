import { readFileSync, writeFileSync } from 'node:fs';

/* Tokenizers that no program could wait for, made from ordinary ones. */

/** What an ordinary prompt looks like; {@link hangOnLines} never gets to its end. */
export const ordinaryPrompt = 'Nora has 3 bags with 3 tickets in each bag. How many tickets are there in total?';

type Json = Record<string, unknown>;

function change(path: string, changed: (tokenizer: Json) => Json): void {
  const tokenizer = JSON.parse(readFileSync(path, 'utf8')) as Json;
  writeFileSync(path, JSON.stringify({ ...tokenizer, ...changed(tokenizer) }));
}

/**
 * Gives a byte-level `tokenizer.json` an expression that tries every way to cut a line into pieces, when no line feed ends
 * it: twice as many for each further character.
 */
export function hangOnLines(path: string): void {
  change(path, () => ({
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: '([^\\n]+)+\\n' }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
      ],
    },
  }));
}

/** Gives a `tokenizer.json` added tokens that its normalizer makes a million times as long, each while it is loaded. */
export function hangOnLoading(path: string): void {
  change(path, ({ added_tokens: tokens, model }) => {
    const known = tokens as readonly { readonly id: number }[];
    const { vocab } = model as { readonly vocab: Readonly<Record<string, number>> };
    const first = Math.max(...Object.values(vocab), ...known.map(({ id }) => id)) + 1;
    const double = { type: 'Replace', pattern: { String: 'q' }, content: 'qq' };
    return {
      normalizer: { type: 'Sequence', normalizers: Array(20).fill(double) },
      added_tokens: [
        ...known,
        ...Array.from({ length: 2000 }, (_, i) => ({
          ...{ id: first + i, content: `<q${i}>`, normalized: true, special: false },
          ...{ single_word: false, lstrip: false, rstrip: false },
        })),
      ],
    };
  });
}
