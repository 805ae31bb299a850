import { type CodePointSet, intersectionOf, setOf, unionOf, without } from './codePointSet.ts';
import { addedIn9, assignedIn8, categoryLetters, categoryRuns } from './tables.ts';

/*
 * The sets of characters that the reference library goes by. It has several Unicode versions at once, one for each
 * library that it is built from; every set here was compared with it over all code points.
 */

const categories: ReadonlyMap<string, CodePointSet> = (() => {
  const sets = new Map<string, number[]>();
  let at = 0;
  for (const [, length, letter] of categoryRuns.matchAll(/([0-9a-z]*)([^0-9a-z])/g)) {
    const next = at + (length === '' ? 1 : Number.parseInt(length!, 36));
    const name = categoryLetters[letter!]!;
    const set = sets.get(name);
    if (set === undefined) sets.set(name, [at, next]);
    else set.push(at, next);
    at = next;
  }
  return sets;
})();

const longNames: Readonly<Record<string, string>> = {
  letter: 'L',
  mark: 'M',
  number: 'N',
  punctuation: 'P',
  symbol: 'S',
  separator: 'Z',
  other: 'C',
  uppercaseletter: 'Lu',
  lowercaseletter: 'Ll',
  titlecaseletter: 'Lt',
  modifierletter: 'Lm',
  otherletter: 'Lo',
  nonspacingmark: 'Mn',
  spacingmark: 'Mc',
  enclosingmark: 'Me',
  decimalnumber: 'Nd',
  letternumber: 'Nl',
  othernumber: 'No',
  connectorpunctuation: 'Pc',
  dashpunctuation: 'Pd',
  openpunctuation: 'Ps',
  closepunctuation: 'Pe',
  initialpunctuation: 'Pi',
  finalpunctuation: 'Pf',
  otherpunctuation: 'Po',
  mathsymbol: 'Sm',
  currencysymbol: 'Sc',
  modifiersymbol: 'Sk',
  othersymbol: 'So',
  spaceseparator: 'Zs',
  lineseparator: 'Zl',
  paragraphseparator: 'Zp',
  control: 'Cc',
  format: 'Cf',
  privateuse: 'Co',
  unassigned: 'Cn',
};

/** The set of a general category by its short or long name (`L`, `Lu`, `Uppercase_Letter`), undefined for any other name. */
export function categorySet(name: string): CodePointSet | undefined {
  const plain = name.toLowerCase().replace(/[\s_-]/g, '');
  const short = longNames[plain] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
  const parts = [...categories].filter(([category]) => category === short || category[0] === short);
  return parts.length === 0 ? undefined : unionOf(...parts.map(([, set]) => set));
}

const all = (...names: readonly string[]): CodePointSet => unionOf(...names.map((name) => categorySet(name)!));

/** The set of a script, as far as Unicode 16 has assigned its characters; undefined for a name that is no script. */
export function scriptSet(name: string): CodePointSet | undefined {
  let script: RegExp;
  try {
    script = new RegExp(`^\\p{Script=${name}}$`, 'u');
  } catch {
    return undefined;
  }
  const ranges: [number, number][] = [];
  const assigned = without(all('Cn', 'Cs'));
  for (let i = 0; i < assigned.length; i += 2) {
    for (let point = assigned[i]!; point < assigned[i + 1]!; point++) {
      if (!script.test(String.fromCodePoint(point))) continue;
      const last = ranges.at(-1);
      if (last?.[1] === point - 1) last[1] = point;
      else ranges.push([point, point]);
    }
  }
  return setOf(...ranges);
}

function fromDistances(distances: string): CodePointSet {
  let at = 0;
  return distances.split(' ').map((distance) => {
    at += Number.parseInt(distance, 36);
    return at;
  });
}

const upTo8 = fromDistances(assignedIn8);

/** Assigned in Unicode 9, whose normal forms the reference library knows: what was added since has none for it. */
export const assignedUpTo9 = unionOf(upTo8, fromDistances(addedIn9));

/** White space, to everything in the reference library. */
export const whiteSpace = unionOf(setOf([9, 13], [0x85, 0x85]), all('Z'));

const circledLetters: CodePointSet = setOf(
  [0x24b6, 0x24e9],
  [0x1f130, 0x1f149],
  [0x1f150, 0x1f169],
  [0x1f170, 0x1f189],
);
/** `\w` in a character class of a file's regular expressions. */
export const wordInClass = unionOf(all('L', 'M', 'Nd', 'Nl', 'Pc'), circledLetters);

/** `\w` outside of a class: Oniguruma takes Latin-1's superscripts and fractions for words there, and there alone. */
export const onigurumaWord = unionOf(wordInClass, setOf([0xb2, 0xb3], [0xb9, 0xb9], [0xbc, 0xbe]));

/** Word characters to the pre-tokenizer "Whitespace" and to added tokens that must be a word. */
export const word = unionOf(wordInClass, setOf([0x200c, 0x200d]));

/** Numbers to the pre-tokenizer "Digits". */
export const numbers = unionOf(all('N'), setOf([0x11de0, 0x11de9], [0x16ff4, 0x16ff6]));

/** Punctuation to the pre-tokenizers "Punctuation" and "BertPreTokenizer": ASCII's, symbols included, and Unicode 8's. */
export const punctuation = unionOf(
  setOf([0x21, 0x2f], [0x3a, 0x40], [0x5b, 0x60], [0x7b, 0x7e], [0x166d, 0x166d], [0x111c9, 0x111c9]),
  intersectionOf(all('P'), upTo8),
);

/** What the normalizer "StripAccents" takes out. */
export const combiningMarks = unionOf(
  intersectionOf(intersectionOf(all('M'), assignedUpTo9), without(setOf([0x111c9, 0x111c9]))),
  setOf([0x1cf2, 0x1cf3]),
);

/** What "BertNormalizer" takes out with `strip_accents`. */
export const nonspacingMarks = unionOf(
  intersectionOf(
    intersectionOf(all('Mn'), upTo8),
    without(setOf([0x1885, 0x1886], [0xa9bd, 0xa9bd], [0x111c9, 0x111c9])),
  ),
  setOf([0x1734, 0x1734], [0x1171e, 0x1171e]),
);

/** What "BertNormalizer" takes out with `clean_text`; of these, tab and line ends are white space to it. */
export const controls = intersectionOf(
  unionOf(all('Cc', 'Cf', 'Co'), setOf([0xfffd, 0xfffd])),
  without(setOf([9, 10], [13, 13], [0x890, 0x891], [0x8e2, 0x8e2], [0x110cd, 0x110cd], [0x13430, 0x1343f])),
);

/** What "BertNormalizer" puts spaces around with `handle_chinese_chars`. */
export const chinese: CodePointSet = setOf(
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b81f],
  [0x2b920, 0x2ceaf],
  [0x2f800, 0x2fa1f],
);
