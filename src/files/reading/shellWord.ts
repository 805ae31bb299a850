/* Writes a path or a name as one word of a shell's command line, whatever is in it. */

/** Characters that mean nothing to any shell. */
const plain = /^[\p{L}\p{N}_./:@%+=,-]+$/u;
/** What a terminal acts on or does not show: it would not survive being printed and copied. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** One byte as `$'…'` spells it: three octal digits, so that what follows cannot become part of it. */
const octal = (byte: number) => `\\${byte.toString(8).padStart(3, '0')}`;

/**
 * The text as one word of a command that people copy into a shell: as it is where nothing in it has a meaning, else in single
 * quotes. Control, invisible and direction-changing characters are spelt out, so that what is shown on one line is what
 * the shell gets.
 *
 * @param platform whose shell: PowerShell on Windows, elsewhere one that knows `$'…'` where such a character needs it
 *   (bash, zsh, ksh, POSIX 2024)
 */
export function shellWord(text: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return /^[\p{L}\p{N}_./:\\-]+$/u.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
  if (plain.test(text)) return text;
  if (!unprintable.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  const spelt = Array.from(text, (character) => {
    if (character === "'" || character === '\\') return `\\${character}`;
    return unprintable.test(character) ? Array.from(Buffer.from(character), octal).join('') : character;
  });
  return `$'${spelt.join('')}'`;
}

/** A command as it is typed: each of its words quoted where it must be. */
export function shellCommand(...words: readonly string[]): string {
  return words.map((word) => shellWord(word)).join(' ');
}

/** A command for a POSIX shell over several lines: a group of words a line, each word quoted where it must be. */
export function commandLines(groups: readonly (readonly string[])[]): string {
  return groups.map((words) => words.map((word) => shellWord(word, 'linux')).join(' ')).join(' \\\n  ');
}
