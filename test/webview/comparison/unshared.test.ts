import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareCheckpoints } from '../../../src/comparison/compareCheckpoints.ts';
import { startEngine } from '../../../src/engine/process/client.ts';
import { writeTiny } from '../../unit/checkpoint/tinyCheckpoint.ts';
import { assertAccessible } from '../accessibility.ts';
import { useComparisonPage } from './useComparisonPage.ts';

describe('comparison page: what not all checkpoints have', () => {
  const { start } = useComparisonPage();
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'unshared-page-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('stands in a table of its own, with the notes, whatever the checkpoints are called', async () => {
    const hostile = '<img src=x onerror=window.pwned=1>';
    const checkpoints = [
      await writeTiny(join(folder, 'base')),
      await writeTiny(join(folder, hostile), { config: { vocab_size: 10, num_hidden_layers: 3 } }),
    ];
    const record = join(folder, 'x.comparison.json');
    await compareCheckpoints(
      { checkpoints, pairs: 'reference', record, overwrite: false },
      { onEvent: () => undefined, signal: new AbortController().signal, startEngine },
    );
    const { frame } = await start({ width: 932 }, {}, record);
    const table = frame.locator('section[aria-label="Not in all checkpoints"] table');
    await table.waitFor();
    const rows = (await table.locator('tr').allInnerTexts()).map((row) => row.split('\t').map((cell) => cell.trim()));
    assert.deepEqual(rows[0], ['module', 'layers', 'tensors', 'shapes', 'compared']);
    assert.deepEqual(rows[1], ['embed_tokens', '–', '1', `[8, 4] in base; [10, 4] in ${hostile}`, 'tokens 0–7']);
    assert.deepEqual(rows[2], ['input_layernorm', '1–2', '2', `none in base; [4] in ${hostile}`, 'no']);
    const notes = await frame.locator('section[aria-label=Notes] li').allInnerTexts();
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, /differ in "num_hidden_layers" \(1 and 3\) and "vocab_size" \(8 and 10\): what they share/);
    await assertAccessible(frame);
    const [content, room] = await frame.evaluate<[number, number]>(
      '[document.documentElement.scrollWidth, innerWidth]',
    );
    assert.ok(content <= room, `${content} wide`);
  });
});
