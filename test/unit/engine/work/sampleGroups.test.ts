import assert from 'node:assert/strict';
import type { Architecture } from '../../../../src/checkpoint/architecture/architecture.ts';
import { weightMemory } from '../../../../src/engine/plan/heldWeights.ts';
import type { Plan } from '../../../../src/engine/plan/plan.ts';
import { wholeBatches } from '../../../../src/engine/plan/sampleBatches.ts';
import type { SampleWork } from '../../../../src/engine/plan/sampleWork.ts';
import type { FloatStore } from '../../../../src/engine/work/floatStore.ts';
import { isOutOfMemory } from '../../../../src/engine/work/outOfMemory.ts';
import { type HeldModel, type SampleGroup, workInGroups } from '../../../../src/engine/work/sampleGroups.ts';
import type { Work } from '../../../../src/engine/work/work.ts';
import { RunError } from '../../../../src/errors.ts';
import type { EnginePlan, EngineProgress, SampleBatch } from '../../../../src/protocol/engine.ts';

const projections = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
const architecture: Architecture = {
  family: 'llama',
  layers: 8,
  hiddenSize: 512,
  heads: 8,
  keyValueHeads: 8,
  headDim: 64,
  intermediateSize: 1024,
  vocabSize: 32_000,
  rmsNormEps: 1e-6,
  ropeTheta: 1e4,
  ropeScaling: { type: 'default' },
  maxPositions: 2048,
  tiedEmbeddings: true,
  queryKeyNorm: false,
  biases: Object.fromEntries(projections.map((name) => [name, false])) as Architecture['biases'],
  headBias: false,
};

const samples: readonly SampleWork[] = Array.from({ length: 7 }, (_, i) => ({
  rows: 100 + i,
  headRows: 0,
  targets: [40, 60, 80, 90],
}));
const budget = 250e6;

/** A request over the samples; `attempt` may fail. */
async function request(
  attempt: (plan: Plan, group: SampleGroup, store: FloatStore) => void,
  memoryBytes = budget,
  { scratchBytes = 0, firstSample = 0, of = samples } = {},
) {
  const notes: string[] = [];
  const plans: EnginePlan[] = [];
  const progress: EngineProgress[] = [];
  const delivered: number[] = [];
  const left = of.map((_, position) => position).slice(firstSample);
  let batches: readonly SampleBatch[] = [];
  let releases = 0;
  const model: HeldModel = {
    checkpoint: { architecture },
    ways: [weightMemory('float32', 'BF16')],
    hold: async () => {},
    scratchBytes,
    release: async () => {
      releases++;
    },
  };
  const work: Work = {
    cancelled: () => false,
    report: (each) => progress.push(each),
    planned: (planned) => {
      plans.push(planned.plan);
      batches = planned.batches;
    },
    note: (text) => notes.push(text),
    deal: async (atMost) => left.splice(0, wholeBatches(batches, left, atMost)),
  };
  const outcome = await workInGroups<readonly number[]>(model, memoryBytes, of, { firstSample }, work, {
    async attempt(group, plan, steps, store) {
      await steps.next('forward', group.positions.length);
      attempt(plan, group, store);
      return group.positions;
    },
    async deliver(found) {
      delivered.push(...found);
    },
    stepsPerSample: ({ segments }) => segments,
  });
  return { outcome, notes, plans, progress, delivered, releases };
}

const everySample = samples.map((_, position) => position);

describe('samples in groups', () => {
  it('finishes every sample once, in order, as planned', async () => {
    const { outcome, notes, plans, delivered } = await request(() => {});
    assert.deepEqual(delivered, everySample);
    assert.deepEqual(notes, []);
    assert.equal(plans.length, 1);
    assert.equal(outcome.segments, plans[0]!.segments);
    assert.ok(outcome.peakBytes > 20e6 && outcome.peakBytes < 20e9, `${outcome.peakBytes} bytes`);
  });

  it('halves the plan when memory runs out, says so, and keeps what was finished', async () => {
    let attempts = 0;
    const worked: (readonly number[])[] = [];
    const twice = [...samples, ...samples];
    const { outcome, notes, plans, progress, delivered, releases } = await request(
      (plan, { positions }) => {
        attempts++;
        worked.push(positions);
        if (attempts > 1 && plan.layersPerSegment > 1) throw new Error('std::bad_alloc');
      },
      182e6,
      { of: twice },
    );
    assert.deepEqual(
      delivered,
      twice.map((_, position) => position),
    );
    assert.ok(plans[0]!.layersPerSegment > 1 && plans[0]!.samplesPerGroup < twice.length);
    assert.equal(outcome.layersPerSegment, 1);
    assert.equal(notes.length, plans.length - 1);
    assert.match(notes.at(-1)!, /^Memory ran out; going on with 1 layer and \d targets? at a time\.$/);
    assert.ok(releases >= notes.length);
    // The first group was delivered before, and is not worked on again.
    const first = new Set(worked[0]);
    assert.ok(worked.slice(1).every((positions) => positions.every((position) => !first.has(position))));
    assert.ok(progress.every(({ done, total }) => done <= total));
  });

  /** A measurement of enough short samples that large runs pay. */
  const measured: readonly SampleWork[] = Array.from({ length: 40 }, (_, i) => ({
    rows: 50 + (i % 7),
    headRows: 20,
    targets: [],
  }));
  const everyMeasured = measured.map((_, position) => position);

  it('computes in full the batch that an earlier run stopped in, and delivers what was missing', async () => {
    const groups: SampleGroup[] = [];
    const keep = (_: Plan, group: SampleGroup) => groups.push(group);
    const first = await request(keep, 1e9, { of: measured });
    assert.deepEqual(first.delivered, everyMeasured);
    const whole = groups.splice(0);
    const [begun, next] = [whole[0]!, whole[1]!];
    assert.ok(begun.positions.length > 2 && next.positions.length > 1);
    assert.deepEqual(begun.batches, [{ from: 0, to: begun.positions.length }]);
    const { delivered } = await request(keep, 1e9, { of: measured, firstSample: 2 });
    assert.deepEqual(delivered, everyMeasured.slice(2));
    assert.deepEqual(groups, [{ positions: begun.positions.slice(2), batches: begun.batches }, ...whole.slice(1)]);
  });

  it('makes the runs smaller, too, when memory runs out, and says so', async () => {
    const most = (await request(() => {}, 1e9, { of: measured })).outcome.forwardRows;
    assert.ok(most > 200);
    const { notes, delivered, outcome } = await request(
      (plan) => {
        if (plan.forwardRows > most / 3) throw new Error('std::bad_alloc');
      },
      1e9,
      { of: measured },
    );
    assert.deepEqual(delivered, everyMeasured);
    assert.equal(outcome.forwardRows, Math.floor(Math.floor(most / 2) / 2));
    assert.deepEqual(notes, [
      `Memory ran out; going on with 4 layers and ${Math.floor(most / 2)} rows at a time.`,
      `Memory ran out; going on with 2 layers and ${outcome.forwardRows} rows at a time.`,
    ]);
    const alone = await request(
      (plan) => {
        if (plan.forwardRows > 0) throw new Error('std::bad_alloc');
      },
      1e9,
      { of: measured },
    );
    assert.deepEqual(alone.delivered, everyMeasured);
    assert.match(alone.notes.at(-1)!, /^Memory ran out; going on with 1 layer and 1 sample at a time\.$/);
  });

  it('keeps in a scratch file what memory has no room for, and loads the weights once for all samples', async () => {
    const without = await request(() => {}, 170e6);
    assert.ok(without.outcome.samplesPerGroup < samples.length);
    const groups: number[] = [];
    const { outcome, delivered } = await request(
      (plan, { positions }, store) => {
        groups.push(positions.length);
        const each = Math.ceil((plan.keptBytes + plan.estimate.scratchBytes) / 4 / positions.length);
        const stored = positions.map((position) => store.put(new Float32Array(each).fill(position)));
        for (const [i, position] of positions.entries()) {
          const values = stored[i]!.read();
          assert.equal(values.length, each);
          assert.ok(values.every((value) => value === position));
        }
      },
      170e6,
      { scratchBytes: 1e9 },
    );
    assert.deepEqual(groups, [samples.length]);
    assert.deepEqual(delivered, everySample);
    assert.ok(outcome.estimate.scratchBytes > 0);
    assert.ok(outcome.estimate.weightPasses < without.outcome.estimate.weightPasses);
  });

  it('then halves the targets', async () => {
    const { outcome, delivered } = await request((plan) => {
      if (plan.layersPerSegment > 1 || plan.targetsPerBatch > 1) throw new Error('Failed to allocate memory');
    });
    assert.deepEqual(delivered, everySample);
    assert.deepEqual([outcome.layersPerSegment, outcome.targetsPerBatch], [1, 1]);
  });

  it('ends with a sentence when the smallest plan does not fit either', async () => {
    await assert.rejects(
      request(() => {
        throw new Error('std::bad_alloc');
      }),
      (error) =>
        error instanceof RunError &&
        error.message ===
          'Memory ran out even with 1 layer and 1 target at a time: use shorter samples (--max-length). (std::bad_alloc)',
    );
  });

  it('passes other errors on', async () => {
    await assert.rejects(
      request(() => {
        throw new Error('a node is missing');
      }),
      /^Error: a node is missing$/,
    );
  });
});

describe('lack of memory', () => {
  const messages: readonly [string, boolean][] = [
    ['Non-zero status code returned while running Gemm node. Status Message: std::bad_alloc', true],
    ['BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer of size 1073741824', true],
    ['CUDA failure 2: out of memory ; GPU=0', true],
    ['CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED', true],
    ['Array buffer allocation failed', true],
    ['8007000E Not enough memory resources are available to complete this operation.', true],
    ['Invalid Feed Input Name: stream', false],
    ['Load model failed: Protobuf parsing failed.', false],
  ];
  for (const [message, lacking] of messages) {
    it(`is ${lacking ? '' : 'not '}what "${message}" means`, () => {
      assert.equal(isOutOfMemory(new Error(message)), lacking);
    });
  }
});
