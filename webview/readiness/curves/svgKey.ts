import { lineLook, lineSample } from '../../figures/pairColours.ts';
import { tokenInText } from '../../figures/tokens/tokenText.ts';
import { svg } from '../../page/dom.ts';

/* The key inside a drawing, so that a saved figure says which line is which checkpoint. */

/** About as wide as a character is, pixels. */
const characterWidth = 7;
const sampleWidth = 44;
const longestName = 48;
const entryHeight = 18;

export interface KeyEntry {
  readonly row: number;
  readonly name: string;
  /** What a line of the figure comes to, in few words. */
  readonly note?: string | undefined;
}

/**
 * Entries in columns from a place downwards.
 *
 * @returns the elements and how high they are, pixels
 */
export function svgKey(
  entries: readonly KeyEntry[],
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
): { readonly elements: readonly SVGElement[]; readonly height: number } {
  if (entries.length === 0) return { elements: [], height: 0 };
  const lengths = entries.map(({ name, note = '' }) => Math.min(name.length, longestName) + note.length + 1);
  const entryWidth = sampleWidth + characterWidth * Math.max(...lengths);
  const columns = Math.min(Math.max(Math.floor(width / entryWidth), 1), entries.length);
  const room = Math.max(Math.floor((width / columns - sampleWidth) / characterWidth), 6);
  const elements = entries.map(({ row, name, note }, place) => {
    const [column, line] = [place % columns, Math.floor(place / columns)];
    const words = note === undefined ? '' : ` ${note}`;
    return svg(
      'g',
      { class: 'key-entry', transform: `translate(${x + column * (width / columns)},${y + line * entryHeight})` },
      lineSample(lineLook(row), 0, 8),
      svg(
        'text',
        { x: 32, y: 12 },
        tokenInText(name, Math.max(room - words.length, 6)),
        svg('tspan', { class: 'note' }, words),
      ),
    );
  });
  return { elements, height: Math.ceil(entries.length / columns) * entryHeight };
}
