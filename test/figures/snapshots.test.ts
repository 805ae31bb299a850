import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeIndexPage } from './indexPage.ts';
import { Snapshots } from './snapshots.ts';

const circle = (radius: number) => `<svg>\n <circle r="${radius}"/>\n</svg>\n`;

describe('snapshots of figures', () => {
  let snapshots: Snapshots;
  beforeEach(() => {
    snapshots = new Snapshots(mkdtempSync(join(tmpdir(), 'snapshots-')));
  });
  afterEach(() => rmSync(snapshots.folder, { recursive: true }));

  it('puts a changed figure beside the kept one, says what differs and how to accept it', () => {
    snapshots.accept('dot', circle(3));
    const review = snapshots.review('dot', circle(4));
    assert.deepEqual(review, { state: 'changed', differences: ['svg > circle 1: r “3” became “4”'] });
    assert.equal(readFileSync(snapshots.kept('dot'), 'utf8'), circle(3));
    assert.equal(readFileSync(snapshots.changed('dot'), 'utf8'), circle(4));
    assert.deepEqual(snapshots.names(), ['dot']);
    if (review.state === 'same') throw new Error('the same');
    const message = snapshots.message('dot', review);
    assert.match(
      message,
      /^The figure dot has changed: .*dot\.svg is drawn as .*dot-changed\.svg now\.\n {2}svg > circle 1/,
    );
    assert.match(message, /“npm run figures:accept -- dot” accepts it\.$/);
  });

  it('takes the changed figure away when it is accepted, and when it is drawn as before again', () => {
    snapshots.accept('dot', circle(3));
    snapshots.review('dot', circle(4));
    snapshots.accept('dot', circle(4));
    assert.deepEqual(readdirSync(snapshots.folder), ['dot.svg']);
    snapshots.review('dot', circle(5));
    assert.deepEqual(snapshots.review('dot', circle(4)), { state: 'same' });
    assert.deepEqual(readdirSync(snapshots.folder), ['dot.svg']);
  });

  it('draws a figure that was never kept, without keeping it', () => {
    assert.deepEqual(snapshots.review('dot', circle(3)), { state: 'new' });
    assert.deepEqual(snapshots.names(), []);
    assert.match(snapshots.message('dot', { state: 'new' }), /has no snapshot.*dot-changed\.svg/);
  });

  it('are shown on a page, both pictures of what changed first', () => {
    snapshots.accept('a', circle(1));
    snapshots.accept('b', circle(2));
    const reviews = new Map([
      ['a', snapshots.review('a', circle(1))],
      ['b', snapshots.review('b', circle(9))],
    ]);
    const page = readFileSync(writeIndexPage(reviews, snapshots, join(snapshots.folder, 'index.html')), 'utf8');
    const images = [...page.matchAll(/src="([^"]+)"/g)].map(([, source]) => source!);
    assert.deepEqual(images, ['b.svg', 'b-changed.svg', 'a.svg']);
    for (const image of images) assert.ok(existsSync(join(snapshots.folder, image)), image);
    assert.match(page, /2 figures, 1 not as kept/);
  });
});
