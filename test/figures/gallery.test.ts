/*
 * Every figure of the pages against its picture in snapshots/, as Observable Plot keeps its own: a change is looked at,
 * then accepted. See docs/development.md.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../paths.ts';
import { launchBrowser } from '../webview/webviewPage.ts';
import { drawFigures } from './drawFigures.ts';
import { writeIndexPage } from './indexPage.ts';
import { acceptCommand, type Review, Snapshots } from './snapshots.ts';

/** Names that the sources give to figures: one that no record of the gallery brings up would be missed otherwise. */
function namesInSources(): string[] {
  const folder = join(root, 'webview');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return sources
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .flatMap((text) => [...text.matchAll(/\bfigure\(page, \{\s*name: '([^']+)'/g)].map(([, name]) => name!))
    .sort();
}

describe('figures', () => {
  const snapshots = new Snapshots();
  const reviews = new Map<string, Review>();
  const names = namesInSources();
  let drawn: ReadonlyMap<string, string> = new Map();

  before('draw them all', async () => {
    const browser = await launchBrowser();
    try {
      drawn = await drawFigures(browser);
    } finally {
      await browser.close();
    }
  });
  after(() => {
    if (reviews.size > 0) writeIndexPage(reviews, snapshots);
  });

  it('are all drawn for the gallery', () => {
    assert.deepEqual([...drawn.keys()].sort(), names);
  });

  for (const name of names) {
    it(`${name} is as it is kept`, function () {
      const svg = drawn.get(name);
      // The test before says so.
      if (svg === undefined) return this.skip();
      const review = snapshots.review(name, svg);
      reviews.set(name, review);
      if (review.state === 'new' && process.env['CI'] !== 'true') {
        snapshots.accept(name, svg);
        console.log(`      test/figures/snapshots/${name}.svg is new: look at it before it is committed`);
      } else if (review.state !== 'same') assert.fail(snapshots.message(name, review));
      return undefined;
    });
  }

  it('have no snapshot without a figure', () => {
    const stale = snapshots.names().filter((name) => !drawn.has(name));
    assert.deepEqual(stale, [], `Snapshots of figures that are no more: “${acceptCommand}” removes them.`);
  });

  it('are small', () => {
    const sizes = [...drawn].map(([name, svg]) => [name, Buffer.byteLength(svg)] as const);
    assert.deepEqual(
      sizes.filter(([, bytes]) => bytes > 60_000),
      [],
    );
  });
});
