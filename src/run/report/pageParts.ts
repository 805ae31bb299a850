import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { distFolder } from '../../distFolder.ts';
import { RunError } from '../../errors.ts';

/* The program's own scripts and styles, as they stand inside a page that is one file. */

/** An element's text and what the content security policy calls it. */
export interface InlinePart {
  readonly text: string;
  /** `'sha256-…'`. */
  readonly source: string;
}

/** Text of the program's own, as it stands. */
export function inlinePart(text: string): InlinePart {
  return { text, source: `'sha256-${createHash('sha256').update(text).digest('base64')}'` };
}

async function built(name: string): Promise<string> {
  const path = join(distFolder, 'webview', name);
  try {
    return (await readFile(path, 'utf8')).replace(
      /\n?(\/\/# sourceMappingURL=.*|\/\*# sourceMappingURL=.*?\*\/)\s*$/,
      '',
    );
  } catch (error) {
    throw new RunError(`"${path}" is missing: build the project (npm run build).`, { cause: error });
  }
}

/**
 * A built script as text of a `script` element. Only strings and patterns may hold what would end the element, and in both
 * the escape means the same.
 *
 * @throws RunError when it is missing
 */
export async function inlineScript(name: string): Promise<InlinePart> {
  return inlinePart((await built(name)).replace(/<(?=\/script|!--|script)/gi, '\\x3c'));
}

/** Built style sheets as text of one `style` element. @throws RunError when one is missing */
export async function inlineStyle(...names: readonly string[]): Promise<InlinePart> {
  const text = (await Promise.all(names.map(built))).join('\n');
  if (/<\/style/i.test(text)) throw new RunError('A style sheet of the program would end its element: build it again.');
  return inlinePart(text);
}
