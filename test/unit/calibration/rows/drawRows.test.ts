import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Drawn, drawRows } from '../../../../src/calibration/rows/drawRows.ts';
import { openRowFile } from '../../../../src/calibration/rows/openRowFile.ts';
import type { Row, RowFile } from '../../../../src/calibration/rows/row.ts';
import { rowPriority } from '../../../../src/calibration/rows/rowPriority.ts';
import { rowFixtures, sameRows } from './rowFixtures.ts';

const silent = { start: () => {}, reach: () => {} };

/** A file of so many rows, each of which reads as its number. */
function countedFile(file: number, rows: number): RowFile {
  const row = (number: number): Row => ({ file, number, unit: 'line', bytes: 1, read: () => BigInt(number) });
  return {
    ...{ path: `${file}.jsonl`, unit: 'line', byteLength: rows },
    async scan(onPlace, onBytes) {
      for (let i = 0; i < rows; i++) onPlace(i + 1, i, 1);
      onBytes(rows);
    },
    async *read(places) {
      for (const { number } of places) yield row(number);
    },
    async *readAll() {
      for (let i = 0; i < rows; i++) yield row(i + 1);
    },
    checkUnchanged: () => {},
    close: () => {},
  };
}

async function drawn(
  files: readonly RowFile[],
  samples: number,
  seed: number,
  usable: (row: Row) => boolean = () => true,
): Promise<{ readonly kept: string[]; readonly counts: Drawn }> {
  const drawing = drawRows(
    files,
    { samples, seed },
    (row) => (usable(row) ? `${row.file}:${row.number}` : undefined),
    silent,
  );
  const kept: string[] = [];
  for (;;) {
    const step = await drawing.next();
    if (step.done === true) return { kept, counts: step.value };
    kept.push(step.value);
  }
}

const inOrder = (kept: readonly string[]) =>
  [...kept].sort((a, b) => {
    const [one, other] = [a.split(':').map(Number), b.split(':').map(Number)];
    return one[0]! - other[0]! || one[1]! - other[1]!;
  });

describe('drawing rows', () => {
  it('gives as many as are wanted, each once, in order, the same ones for a seed', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(60), { minLength: 1, maxLength: 4 }),
        fc.nat(80),
        fc.maxSafeNat(),
        fc.integer({ min: 1, max: 5 }),
        async (sizes, samples, seed, every) => {
          const files = sizes.map((rows, file) => countedFile(file, rows));
          const usable = ({ file, number }: Row) => (3 * file + number) % every === 0;
          const { kept, counts } = await drawn(files, samples, seed, usable);
          const all = sizes.flatMap((rows, file) => Array.from({ length: rows }, (_, i) => ({ file, number: i + 1 })));
          const possible = all.filter((row) => usable(row as Row));
          assert.equal(kept.length, samples === 0 ? possible.length : Math.min(samples, possible.length));
          assert.equal(new Set(kept).size, kept.length);
          assert.deepEqual(kept, inOrder(kept));
          assert.deepEqual((await drawn(files, samples, seed, usable)).kept, kept);
          assert.equal(counts.rows, all.length);
          // What can be used is drawn from as if there were nothing else: more wanted only adds to it.
          if (samples > 0) {
            const more = new Set((await drawn(files, samples + 3, seed, usable)).kept);
            assert.ok(kept.every((row) => more.has(row)));
          }
        },
      ),
      { numRuns: 200 },
    ));

  it('goes on over the files when most of what was drawn cannot be used', async () => {
    const { kept, counts } = await drawn([countedFile(0, 5000)], 3, 1, ({ number }) => number % 1000 === 7);
    assert.equal(kept.length, 3);
    assert.ok(counts.read > 3 && counts.read <= 5000);
    const none = await drawn([countedFile(0, 5000)], 3, 1, () => false);
    assert.deepEqual(none, { kept: [], counts: { rows: 5000, read: 5000 } });
  });

  it('takes every row as often as any other', async () => {
    // Of 200 rows 20 are drawn by each of 3000 seeds: each row 300 times, with a standard deviation of 16.4.
    const times = new Map<string, number>();
    const files = [countedFile(0, 50), countedFile(1, 150)];
    for (let seed = 0; seed < 3000; seed++) {
      for (const row of (await drawn(files, 20, seed)).kept) times.set(row, (times.get(row) ?? 0) + 1);
    }
    const counts = [...times.values()];
    assert.equal(counts.length, 200);
    const chiSquare = counts.reduce((sum, count) => sum + (count - 300) ** 2 / 270, 0);
    // With 199 degrees of freedom, above 280 once in ten thousand; the seeds are fixed.
    assert.ok(chiSquare < 280, String(chiSquare));
    assert.ok(chiSquare > 130, String(chiSquare));
  });

  it('takes pairs of rows as often as chance does, also neighbours', async () => {
    let neighbours = 0;
    const seeds = 2000;
    for (let seed = 0; seed < seeds; seed++) {
      const numbers = (await drawn([countedFile(0, 100)], 10, seed)).kept.map((row) => Number(row.slice(2)));
      neighbours += numbers.filter((number, i) => number === numbers[i - 1]! + 1).length;
    }
    // 99 pairs of neighbours, each drawn with probability 10/100 · 9/99.
    const expected = seeds * 99 * (10 / 100) * (9 / 99);
    assert.ok(Math.abs(neighbours - expected) < 5 * Math.sqrt(expected), `${neighbours}, ${expected}`);
  });

  it('gives positions beyond 2^32 priorities of their own, and seeds beyond 2^32', () => {
    const priority = rowPriority(5);
    const positions = [0, 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40];
    assert.equal(new Set(positions.map(priority)).size, positions.length);
    assert.notEqual(rowPriority(2 ** 40 + 5)(1), priority(1));
    for (const position of positions) {
      assert.ok(priority(position) >= 0 && priority(position) < 2 ** 53 && Number.isInteger(priority(position)));
    }
  });

  describe('from files', () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'draw-'));
    });
    after(() => rmSync(folder, { recursive: true }));

    for (const name of sameRows) {
      it(`${name}: draws the rows that are drawn of every container`, async () => {
        const read = async (path: string) => {
          const file = await openRowFile(0, path);
          try {
            const found = [];
            for await (const row of drawRows([file], { samples: 9, seed: 4 }, (each) => each.read(), silent)) {
              found.push(row);
            }
            return found;
          } finally {
            file.close();
          }
        };
        const values = await read(join(rowFixtures, name));
        assert.equal(values.length, 9);
        assert.deepEqual(values, await read(join(rowFixtures, 'rows.jsonl')));
      });
    }

    it('counts neither blank lines nor what lies between lines that are longer than what is read at once', async () => {
      const path = join(folder, 'long.jsonl');
      const text = (i: number) => JSON.stringify({ i, text: 'é'.repeat(i % 3 === 0 ? 700_000 : 3) });
      writeFileSync(path, `\ufeff${Array.from({ length: 12 }, (_, i) => `${text(i)}\r\n\n \n`).join('')}`);
      const file = await openRowFile(0, path);
      const { kept, counts } = await drawn([file], 5, 2, (row) => {
        const value = row.read() as ReadonlyMap<string, unknown>;
        assert.equal(Number(value.get('i')) * 3 + 1, row.number);
        return true;
      });
      file.close();
      assert.equal(kept.length, 5);
      assert.deepEqual(counts, { rows: 12, read: 5 });
    });
  });
});
