import assert from 'node:assert/strict';
import { readRecord } from '../../../src/record/run/recordFile.ts';
import type { RunRecord } from '../../../src/record/run/runRecord.ts';
import { type ArraysEdit, RecordOnDisk } from './recordOnDisk.ts';

/*
 * Records whose every field is possible by itself, but not beside the others: one half is held against the other.
 */
describe('a run record that was tampered with', () => {
  let disk: RecordOnDisk;
  beforeEach(async () => {
    disk = new RecordOnDisk();
    await disk.write();
  });
  afterEach(() => disk.remove());

  /** Rows of a vocabulary of 10, as the architecture of the record has it. */
  const vocabulary = { baseRows: 8, sftRows: 10, addedRows: 2, droppedRows: 0, kept: [] };
  const keeping = (...ids: number[]) => ({ ...vocabulary, kept: ids.map((id) => ({ id, base: null, sft: 'x' })) });

  it('is not refused for a completed vocabulary', async () => {
    disk.editJson((json) => {
      json.vocabulary = keeping(0, 7);
    });
    assert.deepEqual((await readRecord(disk.path)).record.vocabulary, keeping(0, 7));
  });

  it('is not refused where it is older than renamed rows, completed vocabularies and dtypes', async () => {
    disk.editJson((json) => {
      delete (json.settings as Partial<RunRecord['settings']>).renamedRows;
    });
    const { record } = await readRecord(disk.path);
    assert.deepEqual([record.settings.renamedRows, record.vocabulary], ['keep', undefined]);
  });

  const jsonRows: readonly (readonly [name: string, edit: (json: RunRecord) => void, message: string])[] = [
    [
      'a vocabulary that the architecture has not',
      (json) => {
        json.vocabulary = { ...vocabulary, sftRows: 9, addedRows: 1 };
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: vocabulary.sftRows is 9, but the architecture has 10.',
    ],
    [
      'rows that do not add up',
      (json) => {
        json.vocabulary = { ...vocabulary, droppedRows: 1 };
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: vocabulary adds 2 and drops 1 rows, but has 8 and 10.',
    ],
    [
      'a kept row that the base has not',
      (json) => {
        json.vocabulary = keeping(8);
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: vocabulary.kept holds 8, which not both checkpoints have.',
    ],
    [
      'kept rows out of order',
      (json) => {
        json.vocabulary = keeping(3, 3);
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: vocabulary.kept is not ascending at 3.',
    ],
    [
      'kept rows that were to be fused',
      (json) => {
        json.settings.renamedRows = 'fuse';
        json.vocabulary = keeping(3);
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: vocabulary.kept lists rows that were to be fused.',
    ],
    [
      'a side without its files, which nothing could be checked by',
      (json) => {
        json.inputs.sft.files = [];
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: inputs.sft.files does not list "config.json".',
    ],
    [
      'a side without weights',
      (json) => {
        json.inputs.base.files.shift();
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: inputs.base.files lists no weights (.safetensors).',
    ],
    [
      'a file that is listed twice',
      (json) => {
        json.inputs.base.files.push({ ...json.inputs.base.files[0]!, sha256: '0'.repeat(64) });
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: inputs.base.files lists a file twice.',
    ],
    [
      'ranks up to another limit than rho-max says',
      (json) => {
        json.neurons.rankLimit = 60;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: neurons.rankLimit is 60, but rho-max 0.09 makes it 5.',
    ],
    [
      'another budget than rho says',
      (json) => {
        json.reset.budget = 2;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: reset.budget is 2, but rho 0.02 makes it 1.',
    ],
    [
      'a reset that its modules do not add up to',
      (json) => {
        json.reset.neurons = 3;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: reset.neurons is 3, but its modules add up to 2.',
    ],
    [
      'a response beyond its sample',
      (json) => {
        json.samples[0]!.responses = [{ start: 3, end: 6 }];
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: samples[0] does not fit its neighbours or its own lengths.',
    ],
    [
      'responses that overlap',
      (json) => {
        json.samples[0]!.responses = [
          { start: 2, end: 4 },
          { start: 3, end: 4 },
        ];
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: samples[0] does not fit its neighbours or its own lengths.',
    ],
    [
      'a first token that something is to predict',
      (json) => {
        json.samples[0]!.responses = [{ start: 0, end: 3 }];
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: samples[0] does not fit its neighbours or its own lengths.',
    ],
    [
      'a target between two responses',
      (json) => {
        // Rows 1 and 3 are its targets.
        json.samples[0]!.responses = [
          { start: 1, end: 3 },
          { start: 3, end: 4 },
        ];
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: target 1 does not fit sample 0.',
    ],
    [
      'a ratio that is made up',
      (json) => {
        json.reset.neuronRatio = 0.01;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: reset.neuronRatio is 0.01, but 2 of 60 neurons are reset.',
    ],
    [
      'a parameter ratio that is made up',
      (json) => {
        json.reset.parameterRatio = 0.001;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: reset.parameterRatio is 0.001, but 8 of 300 parameters ' +
        'are reset.',
    ],
    [
      'parameters of another model',
      (json) => {
        json.parameters = 30_000;
        json.reset.parameterRatio = 8 / 30_000;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: parameters is 30000, but the architecture has 300.',
    ],
    [
      'a module with more neurons reset than the ranks select',
      (json) => {
        const [module] = json.reset.modules;
        Object.assign(module!, { neurons: 2, parameters: 8 });
        Object.assign(json.reset, { neurons: 3, neuronRatio: 3 / 60, parameters: 12, parameterRatio: 12 / 300 });
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: reset.modules[0] counts 2 neurons, but the ranks select 1 ' +
        'of layer 0, q_proj.',
    ],
    [
      'a mean that its arrays gainsay',
      (json) => {
        json.measurements[1]!.targets.entropy = 0.25;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: measurements.1.targets.entropy is 0.25, but its arrays ' +
        'make it 0.5.',
    ],
    [
      'a reconstruction error that its logits gainsay',
      (json) => {
        json.reconstruction.maxError = 0;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: reconstruction.maxError is 0, but the logits make it 0.25.',
    ],
    [
      'fewer tokens than the arrays hold',
      (json) => {
        json.tokens = { ids: [], texts: [] };
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: tokens does not list the tokens that the arrays hold.',
    ],
    [
      'more targets a sample than were asked for',
      (json) => {
        json.settings.topN = 1;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: samples[0] does not fit its neighbours or its own lengths.',
    ],
    [
      'a committed checkpoint beyond rho-max',
      (json) => {
        const phases: [] = [];
        json.checkpoints.push({ folder: '/o', alpha: 1, rho: 0.5, neurons: 1, committed: json.run.started, phases });
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: checkpoints[0] does not fit the record\'s rho-max and neurons.',
    ],
  ];
  for (const [name, edit, message] of jsonRows) {
    it(`is refused for ${name}`, async () => {
      disk.editJson(edit);
      assert.equal(await disk.refusal(), message);
    });
  }

  const arrayRows: readonly (readonly [name: string, edit: ArraysEdit, message: string])[] = [
    [
      'a best rank that contradicts the reset set',
      (arrays) => {
        arrays.get('layers.1.up_proj.best_rank')![2] = 0;
        return undefined;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: array "layers.1.up_proj.hits" holds 0 at 2, where the best ' +
        'rank is 0 and a target selects 1.',
    ],
    [
      'a best rank and its hits that the JSON half knows nothing of',
      (arrays) => {
        arrays.get('layers.1.up_proj.best_rank')![2] = 0;
        arrays.get('layers.1.up_proj.hits')![2] = 1;
        return undefined;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: reset.modules[12] counts 0 neurons, but the ranks select 1 ' +
        'of layer 1, up_proj.',
    ],
    [
      'hits of a neuron that was never ranked',
      (arrays) => {
        arrays.get('layers.0.o_proj.hits')![0] = 1;
        return undefined;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: array "layers.0.o_proj.hits" holds 1 at 0, where the best ' +
        'rank is -1 and a target selects 1.',
    ],
    [
      'more selections than the targets have',
      (arrays) => {
        arrays.get('layers.0.q_proj.hits')![1] = 4;
        return undefined;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: its neurons are selected 6 times, more than 4 targets can ' +
        'with 1 each.',
    ],
    [
      'probabilities that are more than 1 together',
      (arrays) => {
        arrays.get('measurements.1.top_probabilities')![1] = 0.75;
        return undefined;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: measurement 1 holds probabilities of 1.25 together in row 0.',
    ],
  ];
  for (const [name, edit, message] of arrayRows) {
    it(`is refused for ${name}`, async () => {
      disk.editArrays(edit);
      assert.equal(await disk.refusal(), message);
    });
  }
});
