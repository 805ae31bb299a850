import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { intArray } from '../../../src/record/arrays/arrays.ts';
import { calibrationPaths, sampleNames } from '../../../src/record/calibrationInputs.ts';
import { readRecord, rewriteRecord, writeRecord } from '../../../src/record/run/recordFile.ts';
import type { RunRecord } from '../../../src/record/run/runRecord.ts';
import { targetRows } from '../../../src/record/run/targetRows.ts';
import { stagedName } from '../files/stagedName.ts';
import { RecordOnDisk } from './recordOnDisk.ts';
import { tinyRecord, twoTurnRecord } from './tinyRecord.ts';

describe('run record', () => {
  let disk: RecordOnDisk;
  let folder: string;
  let path: string;
  beforeEach(() => {
    disk = new RecordOnDisk();
    ({ folder, path } = disk);
  });
  afterEach(() => disk.remove());

  const write = () => disk.write();
  const refusal = () => disk.refusal();

  it('comes back as it was written, and leaves nothing beside its two files', async () => {
    const { draft, layout, arrays } = tinyRecord();
    const written = await writeRecord(path, draft, layout, arrays);
    const read = await readRecord(path);
    assert.deepEqual(read.record, written);
    assert.deepEqual({ ...read.record, arrays: undefined }, { ...draft, arrays: undefined });
    assert.deepEqual(new Map(read.arrays), arrays);
    assert.deepEqual(read.layout, layout);
    assert.deepEqual(readdirSync(folder).sort(), ['a.rejuvenation.json', 'a.rejuvenation.safetensors']);
  });

  it('keeps several responses a sample, which targets and measures lie in', async () => {
    const { draft, layout, arrays } = twoTurnRecord();
    await writeRecord(path, draft, layout, arrays);
    const { record, arrays: read } = await readRecord(path);
    assert.deepEqual(record.samples, draft.samples);
    // Rows 0, 3 and 4 of the first sample are the response rows 0, 1 and 2 of the record.
    assert.deepEqual([...targetRows(record.samples, intArray(read, 'targets.row'))], [0, 2, 3, 4]);
  });

  it('of version 1 is read, and written anew as of now', async () => {
    await write();
    disk.editJson((json) => {
      const samples = json.samples.map(({ responses, ...rest }) => ({ ...rest, promptLength: responses[0]!.start }));
      Object.assign(json, { version: 1, samples });
    });
    const { record } = await readRecord(path);
    assert.deepEqual(record.samples, tinyRecord().draft.samples);
    assert.equal(record.version, 3);
    await rewriteRecord(path, record);
    assert.deepEqual((await readRecord(path)).record, record);
  });

  it('of version 2 is read: it kept nothing of single targets', async () => {
    await write();
    disk.editJson((json) => {
      Object.assign(json, { version: 2, neurons: { total: json.neurons.total, rankLimit: json.neurons.rankLimit } });
    });
    const { record, arrays } = await readRecord(path);
    assert.deepEqual([record.version, record.neurons.kept, arrays.has('targets.terms')], [3, 0, false]);
  });

  it('opens where it was written before samples were drawn, and with several calibration files', async () => {
    await write();
    const old = JSON.parse(readFileSync(path, 'utf8'));
    delete old.settings.samples;
    delete old.settings.seed;
    writeFileSync(path, JSON.stringify(old));
    const { record } = await readRecord(path);
    assert.deepEqual([record.settings.samples, record.settings.seed], [0, 0]);
    old.inputs.calibration = [old.inputs.calibration, { ...old.inputs.calibration, name: '/data/more.jsonl' }];
    old.samples.forEach((sample: { file: number }, i: number) => {
      sample.file = i % 2;
    });
    writeFileSync(path, JSON.stringify(old));
    const opened = (await readRecord(path)).record;
    assert.deepEqual(calibrationPaths(opened.inputs.calibration), ['/data/pairs.jsonl', '/data/more.jsonl']);
    assert.deepEqual(opened.samples.map(sampleNames(opened.inputs.calibration)).slice(0, 2), [
      'pairs.jsonl:1',
      'more.jsonl:3',
    ]);
  });

  it('can have its JSON half rewritten alone', async () => {
    await write();
    const { record } = await readRecord(path);
    const checkpoint = {
      folder: '/out',
      alpha: 0.5,
      rho: 0,
      neurons: 0,
      committed: '2026-01-02T03:04:05.678Z',
      phases: [],
    };
    await rewriteRecord(path, { ...record, checkpoints: [checkpoint] });
    assert.deepEqual((await readRecord(path)).record.checkpoints, [checkpoint]);
  });

  it('survives a write that was cut off between its two files', async () => {
    await write();
    const before = join(folder, 'before.json');
    copyFileSync(path, before);
    const { draft, layout, arrays } = tinyRecord();
    arrays.get('layers.0.q_proj.mean_score')!.fill(7);
    await writeRecord(path, { ...draft, notes: ['newer'] }, layout, arrays);
    // As if the process had died after the arrays took their name.
    renameSync(path, stagedName(path));
    renameSync(before, path);
    assert.deepEqual((await readRecord(path)).record.notes, ['newer']);
  });

  const jsonRows: readonly (readonly [name: string, edit: (json: RunRecord) => void, message: string])[] = [
    [
      'another schema',
      (json) => {
        Object.assign(json, { schema: 'something else' });
      },
      '"<folder>/a.rejuvenation.json" is not a run record of this program.',
    ],
    [
      'a newer version',
      (json) => {
        Object.assign(json, { version: 4, unheardOf: true });
      },
      '"<folder>/a.rejuvenation.json" was made by a newer version of this program (record version 4, this one reads up ' +
        'to 3): update the program.',
    ],
    [
      'an unknown field',
      (json) => {
        Object.assign(json, { surplus: 1 });
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: at the whole record: Unrecognized key: "surplus".',
    ],
    [
      'a number out of range',
      (json) => {
        json.settings.alpha = 2;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: at settings.alpha: Too big: expected number to be <=1.',
    ],
    [
      'null for a number',
      (json) => {
        Object.assign(json.reconstruction, { maxError: null });
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: at reconstruction.maxError: Invalid input: expected ' +
        'number, received null.',
    ],
    [
      'an arrays file elsewhere',
      (json) => {
        json.arrays.file = '../../etc/passwd';
      },
      '"<folder>/a.rejuvenation.json" belongs to the arrays file "../../etc/passwd": a record\'s two files must keep ' +
        'their names.',
    ],
    [
      'arrays of another write',
      (json) => {
        json.arrays.sha256 = '0'.repeat(64);
      },
      '"<folder>/a.rejuvenation.json" and "<folder>/a.rejuvenation.safetensors" do not belong together (the arrays\' ' +
        'SHA-256 differs): one of them was replaced or damaged.',
    ],
    [
      'neurons that contradict the architecture',
      (json) => {
        json.neurons.total = 7;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: neurons.total is 7, but the architecture has 60 neurons.',
    ],
    [
      'an absurd architecture',
      (json) => {
        Object.assign(json.architecture, { layers: 4096, intermediateSize: 2 ** 24 });
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: architecture describes an impossibly large model.',
    ],
    [
      'absurdly many experts',
      (json) => {
        const experts = { count: 2 ** 24, perToken: 1, intermediateSize: 1, normalised: true };
        Object.assign(json.architecture, { experts });
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: architecture describes an impossibly large model.',
    ],
    [
      'samples that do not follow one another',
      (json) => {
        json.samples[1]!.firstRow = 4;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: samples[1] does not fit its neighbours or its own lengths.',
    ],
    [
      'a token beyond the vocabulary',
      (json) => {
        json.tokens.ids[7] = 10;
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: tokens.ids holds 10, beyond the vocabulary.',
    ],
    [
      'no measurement of the base',
      (json) => {
        json.measurements[0]!.name = 'other';
      },
      '"<folder>/a.rejuvenation.json" is not a valid run record: measurements does not begin with base and sft.',
    ],
    [
      'a measurement without arrays',
      (json) => {
        json.measurements.push({ ...json.measurements[0]!, name: 'third' });
      },
      '"<folder>/a.rejuvenation.safetensors" lacks the array "measurements.2.entropy".',
    ],
  ];
  for (const [name, edit, message] of jsonRows) {
    it(`refuses ${name}`, async () => {
      await write();
      disk.editJson(edit);
      assert.equal(await refusal(), message);
    });
  }

  const textRows: readonly (readonly [name: string, text: string, message: string])[] = [
    [
      'JSON that is cut off',
      '{"schema": "rejuvenation-run", ',
      '"<folder>/a.rejuvenation.json" is not valid JSON; download or copy it again.',
    ],
    [
      'a __proto__ member',
      '{"__proto__": {"schema": "rejuvenation-run"}}',
      '"<folder>/a.rejuvenation.json" is refused: it uses the name "__proto__".',
    ],
    ['an array', '[]', '"<folder>/a.rejuvenation.json" is not a run record of this program.'],
    ['an empty file', '', '"<folder>/a.rejuvenation.json" is not valid JSON; download or copy it again.'],
  ];
  for (const [name, text, message] of textRows) {
    it(`refuses ${name}`, async () => {
      await write();
      writeFileSync(path, text);
      assert.equal(await refusal(), message);
    });
  }

  it('says so when the place cannot be written, and leaves nothing', async () => {
    const { draft, layout, arrays } = tinyRecord();
    await assert.rejects(writeRecord(join(folder, 'none', 'a.rejuvenation.json'), draft, layout, arrays), {
      name: 'InputError',
      message: `Cannot write "${join(folder, 'none', 'a.rejuvenation.safetensors')}": there is no such folder.`,
    });
    assert.deepEqual(readdirSync(folder), []);
  });
});
