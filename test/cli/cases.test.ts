/**
 * Ordinary inputs that once failed: one table (test/fixtures/cases/table.json) of a command, its exit code, all that it says
 * and the figures that Python gives. `$` in the table stands for the folder of the row's case.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTokenizer } from '../../src/calibration/tokenizer/tokenizer.ts';
import { fixtures } from '../paths.ts';
import { type Outcome, rejuvenate } from './rejuvenate.ts';

const source = join(fixtures, 'cases');
const json = (path: string) => JSON.parse(readFileSync(join(source, path), 'utf8'));

/** Entropy (nats), top-1 probability and NLL (nats): the means over all response rows. */
type Measures = readonly [number, number, number];

interface Row {
  readonly case: string;
  readonly command: string;
  readonly exit: number;
  /** Every note and error of standard error, in turn. */
  readonly says: readonly string[];
  /** What Python says, of a row with exit code 0. */
  readonly figures?:
    | { readonly samples: number; readonly responseTokens: number; readonly base: Measures; readonly sft: Measures }
    | { readonly drift: Readonly<Record<string, number>> };
}

const rows: readonly Row[] = json('table.json');
const copies: Readonly<Record<string, string>> = json('copies.json');

/** The cells of the first line of a table that begins with this name. */
function cells(stdout: string, name: string): readonly string[] {
  const line = stdout.split('\n').find((text) => text.startsWith(`│ ${name} `));
  assert.ok(line !== undefined, `no row ${name} in:\n${stdout}`);
  return line.split('│').map((cell) => cell.trim());
}

/** Four decimals or four digits are shown; float32 sums differ by less than that. */
function assertNear(shown: string | undefined, expected: number, what: string): void {
  assert.ok(Math.abs(Number(shown) - expected) <= 1.5e-4, `${what}: ${shown} is shown, ${expected} is right`);
}

function assertFigures(stdout: string, { figures }: Row): void {
  assert.ok(figures !== undefined, 'table.json has no figures for this row: run make.py');
  if ('drift' in figures) {
    assert.ok(Object.keys(figures.drift).length > 0);
    for (const [name, drift] of Object.entries(figures.drift)) {
      assertNear(cells(stdout, name).at(-4), drift, `drift of ${name}`);
    }
    return;
  }
  assert.match(stdout, new RegExp(`^ +${figures.samples} samples, ${figures.responseTokens} response tokens,`, 'm'));
  for (const name of ['base', 'sft'] as const) {
    const [, , entropy, , top1, , nll] = cells(stdout, name);
    assertNear(entropy, figures[name][0], `entropy of ${name}`);
    assertNear(top1, figures[name][1], `top-1 probability of ${name}`);
    assertNear(nll, figures[name][2], `NLL of ${name}`);
  }
}

describe('ordinary inputs that once failed', () => {
  let folder: string;
  const outcomes = new Map<Row, Promise<Outcome>>();
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'cases-')));
    cpSync(source, folder, { recursive: true });
    for (const [to, from] of Object.entries(copies)) {
      cpSync(join(fixtures, from), join(folder, to), { recursive: true });
    }
  });
  after(async () => {
    await Promise.allSettled(outcomes.values());
    rmSync(folder, { recursive: true });
  });

  function start(row: Row): Promise<Outcome> {
    const known = outcomes.get(row);
    if (known !== undefined) return known;
    const args = row.command.replaceAll('$', join(folder, row.case)).split(' ');
    const more = args[0] === 'run' ? ['--out', join(folder, `out-${rows.indexOf(row)}`), '--device', 'cpu'] : [];
    const outcome = rejuvenate([...args, ...more]);
    outcomes.set(row, outcome);
    return outcome;
  }

  it('are all in the table', () => {
    const cases = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() && entry.name !== 'tokenizers' ? [entry.name] : [],
    );
    assert.equal(rows.length, 50);
    assert.deepEqual(cases.sort(), [...new Set(rows.map((row) => row.case))].sort());
  });

  for (const [i, row] of rows.entries()) {
    it(`${row.case}: ${row.command}`, async () => {
      const outcome = start(row);
      // The next one begins meanwhile: a start is mostly waiting.
      const next = rows[i + 1];
      if (next !== undefined) void start(next).catch(() => undefined);
      const { exitCode, stdout, stderr } = await outcome;
      const says = stderr.split('\n').filter((line) => /^(?:note|warning|error): /.test(line));
      assert.deepEqual(
        says.map((line) => line.replaceAll(join(folder, row.case), '$')),
        row.says,
      );
      assert.equal(exitCode, row.exit, stderr);
      if (row.exit === 0) assertFigures(stdout, row);
      else assert.equal(stdout, '');
    });
  }
});

describe('tokenizers that were once refused', () => {
  const texts: readonly string[] = json('tokenizers/texts.json');
  const files = readdirSync(join(source, 'tokenizers')).filter((name) => name.endsWith('.tokenizer.json'));
  it('are there', () => {
    assert.equal(files.length, 5);
    assert.equal(texts.length, 50);
  });

  for (const file of files) {
    it(`${file}: the ids of Python's tokenizers`, async () => {
      const tokenizer = await readTokenizer(join(source, 'tokenizers', file));
      const expected: readonly number[][] = json(`tokenizers/${file.replace('.tokenizer.json', '.ids.json')}`);
      assert.equal(expected.length, texts.length);
      for (const [i, text] of texts.entries()) {
        assert.deepEqual(tokenizer.encode(text), expected[i], JSON.stringify(text));
        assert.deepEqual(tokenizer.encodeWithOffsets(text).ids, expected[i], JSON.stringify(text));
      }
    });
  }
});
