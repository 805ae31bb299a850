import { escapeHidden, shortened } from '../../files/reading/shown.ts';
import { inSettings } from './settingWords.ts';

/*
 * Text for VS Code's messages, which may quote names out of untrusted files: of sane length, on one line, and without links.
 * VS Code makes `[text](command:…)` in a message a link that runs the command.
 */

/** Text as a message may hold it. */
export function notice(text: string): string {
  return shortened(escapeHidden(shortened(text)).replaceAll('](', '] ('));
}

/** What an error says in VS Code's words, as a message may hold it. */
export function messageOf(error: unknown): string {
  return notice(inSettings(error instanceof Error ? error.message : String(error)));
}
