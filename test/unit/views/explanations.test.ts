import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../../src/errors.ts';
import { targetDetail } from '../../../src/protocol/answers/keptParts.ts';
import { readRecord } from '../../../src/record/run/recordFile.ts';
import { Explanations, recordAlone, writingColumn } from '../../../src/views/inspector/explanations.ts';
import { neuronDetail } from '../../../src/views/inspector/neuronParts.ts';
import { checkpointFixtures } from '../../paths.ts';
import { RecordOnDisk } from '../record/recordOnDisk.ts';
import { contributionsRecord } from '../record/tinyRecord.ts';

describe('what the inspector asks of a record about neurons and tokens', () => {
  let disk: RecordOnDisk;
  beforeEach(async () => {
    disk = new RecordOnDisk();
  });
  afterEach(() => disk.remove());

  async function opened(sft = '/models/sft') {
    const { draft, layout, arrays } = contributionsRecord();
    draft.inputs.sft.folder = sft;
    await disk.write({ draft, layout, arrays });
    return readRecord(disk.path);
  }

  it('names the targets that keep a neuron among their best, in their text', async () => {
    const { known, note, targets, scores, best } = await neuronDetail(await opened(), 1, () => true);
    assert.deepEqual([known, [...targets], [...scores]], ['kept', [0, 3], [0.5, 1]]);
    assert.match(note, /--scores/);
    assert.deepEqual(
      best.map(({ target, sample, row, gold, rank, before, after }) => [
        target,
        sample,
        row,
        gold,
        rank,
        [...before],
        [...after],
      ]),
      [
        [3, 1, 1, 8, 0, [6, 7], []],
        [0, 0, 1, 3, 0, [1, 2], [4, 5]],
      ],
    );
    await assert.rejects(
      neuronDetail(await opened(), 10_000, () => true),
      RangeError,
    );
  });

  it('has the terms and neurons of a target, and nothing of another row', async () => {
    const open = await opened();
    const detail = targetDetail(open, 1, 1)!;
    assert.deepEqual([detail.target, detail.token, [...detail.neurons], [...detail.scores]], [3, 8, [1], [1]]);
    assert.deepEqual([...detail.terms], [0.5, 0, 0, 0, 2.25, 0.25]);
    assert.equal(targetDetail(open, 0, 2), undefined);
    assert.throws(() => targetDetail(open, 9, 0), RangeError);
  });

  it('says why checkpoints cannot be looked into', async () => {
    const other = join(disk.folder, 'sft');
    cpSync(join(checkpointFixtures, 'tiny-qwen2-tied', 'sft'), other, { recursive: true });
    for (const [folder, mayRead, reason] of [
      ['/models/sft', false, /lies outside this workspace, which is not trusted/],
      ['/models/sft', true, /\/models\/sft/],
      [other, true, /is not the file that the record was made from|no longer holds/],
    ] as const) {
      const explanations = new Explanations(await opened(folder), { ...recordAlone, mayRead: () => mayRead });
      for (const ask of [() => explanations.drift(0), () => explanations.explain(0, 1)]) {
        await assert.rejects(ask(), (error) => error instanceof InputError && reason.test(error.message));
      }
      explanations.dispose();
    }
  });

  it('has no tokens of neurons that write none, and explains no row that was not measured', async () => {
    const explanations = new Explanations(await opened(), recordAlone);
    await assert.rejects(explanations.tokens(0), /A neuron of q_proj writes no tokens/);
    await assert.rejects(explanations.explain(0, 0), RangeError);
    await assert.rejects(explanations.explain(7, 0), RangeError);
    const column = (projection: 'gate_proj' | 'o_proj' | 'v_proj') =>
      writingColumn({ layer: 0, projection, neuron: 3 });
    assert.deepEqual(column('gate_proj'), { projection: 'down_proj', neuron: 3 });
    assert.deepEqual(column('o_proj'), { projection: 'o_proj', neuron: 3 });
    assert.equal(column('v_proj'), undefined);
  });
});
