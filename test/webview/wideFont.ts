import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';

/* Holds saved figures to keep their text inside them where they are read with another font. */

/** A text that lies outside of its file, by pixels. */
interface Outside {
  readonly text: string;
  readonly by: number;
}

/**
 * Shows a file with another font than it names, as a viewer does that has none of them, and fails where text leaves it.
 *
 * @param family a font of one width a character, wider than those that the file was laid out with
 */
export async function assertInsideInWideFont(
  frame: Frame,
  name: string,
  file: string,
  family = 'monospace',
): Promise<void> {
  const outside = await frame.evaluate<Outside[]>(`(() => {
    const holder = document.createElement('div');
    holder.style.cssText = 'position: absolute; left: 0; top: 0';
    const parsed = new DOMParser().parseFromString(${JSON.stringify(file)}, 'image/svg+xml').documentElement;
    // The page's policy loads no pixels.
    for (const image of parsed.querySelectorAll('image')) image.remove();
    const drawing = document.importNode(parsed, true);
    for (const text of drawing.querySelectorAll('text, tspan')) {
      text.setAttribute('font-family', ${JSON.stringify(family)});
      text.removeAttribute('style');
    }
    // The page's own style is none of the file's.
    holder.attachShadow({ mode: 'open' }).append(drawing);
    document.body.append(holder);
    const frame = drawing.getBoundingClientRect();
    const found = [...drawing.querySelectorAll('text')].flatMap((text) => {
      const own = text.getBoundingClientRect();
      if (own.width === 0) return [];
      const by = Math.max(frame.left - own.left, own.right - frame.right, frame.top - own.top, own.bottom - frame.bottom);
      return by > 0.5 ? [{ text: text.textContent, by: Math.round(by) }] : [];
    });
    holder.remove();
    return found;
  })()`);
  assert.deepEqual(outside, [], name);
}
