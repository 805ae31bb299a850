import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Checkpoint } from '../../../../src/checkpoint/checkpoint.ts';
import { openCheckpoint } from '../../../../src/checkpoint/openCheckpoint.ts';
import { ModelSessions } from '../../../../src/engine/sessions/modelSessions.ts';
import { type FileSpan, joined, ReadAhead } from '../../../../src/engine/sessions/readAhead.ts';
import { type ModelPart, weightSpans } from '../../../../src/engine/sessions/weightSpans.ts';
import { attributeSamples } from '../../../../src/engine/work/attribute.ts';
import { measureSamples } from '../../../../src/engine/work/measure.ts';
import type { Work } from '../../../../src/engine/work/work.ts';
import type { EngineProgress } from '../../../../src/protocol/engine.ts';
import { checkpointFixtures } from '../../../paths.ts';

const folder = join(checkpointFixtures, 'tiny-qwen3-untied-sharded', 'sft');
const settings = { device: 'cpu', threads: 1, spinning: false } as const;
const sample = { index: 0, ids: Uint32Array.of(1, 2, 3, 4, 5), responses: [{ start: 2, end: 5 }] };

/** Keeps what is to be read, and reads nothing. */
class Noting extends ReadAhead {
  readonly started: FileSpan[][] = [];
  override async start(spans: readonly FileSpan[]): Promise<void> {
    this.started.push(joined(spans));
  }
}

/** Work on one sample, dealt once; notes how much was read ahead when each part was about to be loaded. */
class OneSample implements Work {
  readonly startedBefore: number[] = [];
  readonly #noting: Noting;
  #left = [0];

  constructor(noting: Noting) {
    this.#noting = noting;
  }

  readonly cancelled = () => false;
  readonly planned = () => {};
  readonly note = () => {};
  readonly deal = async () => this.#left.splice(0);
  readonly report = ({ activity }: EngineProgress) => {
    if (activity === 'load') this.startedBefore.push(this.#noting.started.length);
  };
}

/** One byte: the smallest segments. */
const memoryBytes = 1;

describe('sessions of a model', () => {
  let checkpoint: Checkpoint;
  let sessions: ModelSessions;
  let noting: Noting;
  let work: OneSample;
  beforeEach(async () => {
    checkpoint = await openCheckpoint(folder);
    noting = new Noting();
    sessions = new ModelSessions(checkpoint, settings, ['float32'], noting);
    work = new OneSample(noting);
  });
  afterEach(() => sessions.release());

  const layer = (from: number): ModelPart => ({ layers: { from, to: from + 1 } });
  const spansOf = (parts: readonly ModelPart[]) => parts.map((part) => joined(weightSpans(checkpoint, part)));
  const upward = () => Array.from({ length: checkpoint.architecture.layers }, (_, i) => i);

  it('read the files of the part that comes next while one is in use, measuring', async () => {
    const params = { checkpoint: folder, samples: [sample], firstSample: 0, topTokens: 1 };
    const { segments } = await measureSamples(sessions, params, memoryBytes, work, async () => {});
    const { layers, vocabSize } = checkpoint.architecture;
    assert.equal(segments, layers);
    const parts = [...upward().map(layer), { tokens: { from: 0, to: vocabSize } }];
    assert.deepEqual(noting.started, spansOf(parts.slice(1)));
    assert.deepEqual(work.startedBefore, [...parts.keys()]);
  });

  it('read the files of the part that comes next while one is in use, attributing up and down again', async () => {
    const samples = [{ ...sample, targets: [{ row: 3, gold: 5 }], firstTarget: 0 }];
    const params = { checkpoint: folder, samples, firstSample: 0, rankLimit: 1 };
    await attributeSamples(sessions, params, memoryBytes, work, async () => {});
    const route = [...upward(), ...upward().reverse().slice(1)];
    assert.ok(route.length > 2);
    assert.deepEqual(noting.started, spansOf(route.slice(1).map(layer)));
    assert.deepEqual(work.startedBefore, [...route.keys()]);
  });

  it('says when a GPU that should rank does not', async () => {
    const notes = async (device: 'cpu' | 'cuda', ranks: boolean) => {
      const found: string[] = [];
      // No sample is dealt, so no session is made.
      const silent = { ...work, deal: async () => [], note: (text: string) => found.push(text) };
      const request = { checkpoint: folder, samples: [], firstSample: 0, rankLimit: 1 };
      const on = new ModelSessions(checkpoint, { ...settings, device, ranks }, ['float32'], noting);
      await attributeSamples(on, request, memoryBytes, silent, async () => {});
      return found.length;
    };
    assert.deepEqual([await notes('cuda', false), await notes('cuda', true), await notes('cpu', false)], [1, 0, 0]);
  });
});

describe('weights of a part', () => {
  it("are all tensors of its layers, or the block's rows of the head", async () => {
    const checkpoint = await openCheckpoint(folder);
    const { tensors, shards } = checkpoint;
    const { layers, vocabSize } = checkpoint.architecture;
    const spans = weightSpans(checkpoint, { layers: { from: 1, to: layers } });
    const expected = [...tensors.values()].filter(({ name }) => /^model\.layers\.[1-9]\d*\./.test(name));
    assert.ok(expected.length > 8);
    assert.deepEqual(
      spans,
      expected.map(({ shard, begin, byteLength }) => ({ path: shards[shard]!.path, begin, byteLength })),
    );
    const head = tensors.get('lm_head.weight')!;
    const row = head.byteLength / vocabSize;
    assert.deepEqual(weightSpans(checkpoint, { tokens: { from: 3, to: 10 } }), [
      { path: shards[head.shard]!.path, begin: head.begin + 3 * row, byteLength: 7 * row },
    ]);
  });
});
