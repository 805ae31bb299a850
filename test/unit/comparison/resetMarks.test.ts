import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../../src/checkpoint/openCheckpoint.ts';
import { resetMarks, storedMarks } from '../../../src/comparison/resetMarks.ts';
import { neuronLayout } from '../../../src/method/neuronLayout.ts';
import { resetBudget } from '../../../src/method/resetSet.ts';
import { intArray } from '../../../src/record/arrays/arrays.ts';
import { neuronArrayName } from '../../../src/record/run/recordArrays.ts';
import { writeRecord } from '../../../src/record/run/recordFile.ts';
import { fixtures } from '../../paths.ts';
import { tinyRecord } from '../record/tinyRecord.ts';

describe('marks of reset sets', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'marks-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are those of runs on the compared checkpoints, at the run’s rho', async () => {
    const { draft, layout, arrays } = tinyRecord();
    const path = join(folder, 'run.rejuvenation.json');
    await writeRecord(path, draft, layout, arrays);
    const broken = join(folder, 'broken.rejuvenation.json');
    writeFileSync(broken, '{}');
    const records = [broken, path];
    const marks = await resetMarks(records, ['/models/other', '/models/sft/'], () => 'run');
    assert.equal(marks.length, 1);
    assert.equal(marks[0]!.run, 'run');
    const budget = resetBudget(draft.settings.rho, layout.total);
    let selected = 0;
    for (const { layer, tensor, neurons } of marks[0]!.modules) {
      const projection = /\w+(?=\.weight$)/.exec(tensor)![0];
      const ranks = intArray(arrays, neuronArrayName(layer, projection as 'q_proj', 'best_rank'));
      const expected = [...ranks.keys()].filter((neuron) => ranks[neuron]! >= 0 && ranks[neuron]! < budget);
      assert.deepEqual([...neurons], expected);
      selected += neurons.length;
    }
    assert.ok(selected > 0);
    assert.deepEqual(await resetMarks(records, ['/models/other'], () => 'run'), []);
  });

  it('of projections that share a tensor are its rows', async () => {
    const { architecture } = await openCheckpoint(join(fixtures, 'families', 'phi3', 'sft'));
    const { modules } = neuronLayout(architecture);
    const found = modules.map((module) => ({ module, neurons: Uint32Array.of(0, module.width - 1) }));
    const marks = storedMarks(architecture, found).filter(({ layer }) => layer === 1);
    const { heads, keyValueHeads, headDim, intermediateSize } = architecture;
    const [q, k] = [heads * headDim, keyValueHeads * headDim];
    assert.deepEqual(
      marks.map(({ tensor, neurons }) => [tensor.replace(/^model\.layers\.1\.\w+\./, ''), [...neurons]]),
      [
        ['qkv_proj.weight', [0, q - 1, q, q + k - 1, q + k, q + 2 * k - 1]],
        ['o_proj.weight', [0, q - 1]],
        ['gate_up_proj.weight', [0, intermediateSize - 1, intermediateSize, 2 * intermediateSize - 1]],
        ['down_proj.weight', [0, intermediateSize - 1]],
      ],
    );
  });
});
