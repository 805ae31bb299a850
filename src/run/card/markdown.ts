import { escapeHidden } from '../../files/reading/shown.ts';

/*
 * Untrusted text inside a Markdown document (CommonMark with GitHub's tables and automatic links): it is read there as
 * the text it is, never as markup, a link or HTML.
 */

/**
 * Text on one line, within a line of the document: whatever punctuation could mean something there is escaped, that of
 * addresses too, which would become links by themselves.
 */
export function markdownText(text: string): string {
  return escapeHidden(text).replace(/[!#$&()*+./:;<=>?@[\\\]^_`{|}~]/g, '\\$&');
}

/** The longest run of backticks in a text. */
function longestTicks(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

/** Text as inline code, on one line. Not for the cells of a table, where `|` would end the cell. */
export function inlineCode(text: string): string {
  const line = escapeHidden(text);
  const fence = '`'.repeat(longestTicks(line) + 1);
  // A space on either side is taken away again; it keeps backticks at the ends apart from the fence.
  const pad = line === '' || /^[` ]|[` ]$/.test(line) ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** A block of code. Control characters but line breaks are written out; nothing in it ends the block. */
export function codeBlock(text: string, language = ''): string {
  const lines = text.split('\n').map(escapeHidden);
  const fence = '`'.repeat(Math.max(3, longestTicks(text) + 1));
  return [`${fence}${language}`, ...lines, fence].join('\n');
}
