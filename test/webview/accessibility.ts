import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Frame } from 'playwright-core';

/* Checks a page as it is shown for what keeps people from using it: axe's rules, and text too small to read. */

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The smallest text there may be, CSS pixels, at VS Code's usual 13. */
const smallestText = 12;

/** What axe finds (https://github.com/dequelabs/axe-core), each as `rule: element: why`. */
async function axeFaults(frame: Frame): Promise<unknown> {
  await frame.evaluate(axeSource);
  return frame.evaluate(`(async () => {
    const { violations } = await axe.run(document, {
      resultTypes: ['violations'],
      rules: {
        // The page is part of a window: landmarks and headings of level one are VS Code's.
        region: { enabled: false },
        'page-has-heading-one': { enabled: false },
        // What a cell or a bar draws is its value cut short; its name says it in full.
        'label-content-name-mismatch': { enabled: false },
      },
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => id + ': ' + target.flat().join(' ') + ': ' + (failureSummary ?? '').split('\\n')[1]),
    );
  })()`);
}

/** Elements whose own text is drawn smaller than {@link smallestText}, with its size. */
function smallTexts(frame: Frame): Promise<unknown> {
  return frame.evaluate(`(() => {
    const found = new Set();
    const roots = [document];
    for (let root = roots.pop(); root !== undefined; root = roots.pop()) {
      for (const element of root.querySelectorAll('*')) {
        if (element.shadowRoot) roots.push(element.shadowRoot);
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
        if (!own || element.getClientRects().length === 0) continue;
        const matrix = element instanceof SVGGraphicsElement ? element.getScreenCTM() : null;
        const scale = matrix === null ? 1 : Math.hypot(matrix.a, matrix.b);
        const size = scale * Number.parseFloat(getComputedStyle(element).fontSize);
        if (size >= ${smallestText} - 0.01) continue;
        found.add(element.outerHTML.slice(0, 80) + ' in ' + element.parentElement?.className + ': ' + size.toFixed(1) + ' px');
      }
    }
    return [...found];
  })()`);
}

/** @throws AssertionError naming every fault of the page as it is shown */
export async function assertAccessible(frame: Frame): Promise<void> {
  assert.deepEqual({ axe: await axeFaults(frame), small: await smallTexts(frame) }, { axe: [], small: [] });
}
