import assert from 'node:assert/strict';
import { sweepCommand } from '../../../../src/cli/commands/sweepCommand.ts';
import {
  type AskedSweep,
  promptsText,
  samplingDefaults,
  samplingText,
  sweepDefaults,
  sweepPlanText,
} from '../../../../src/views/sweep/askedSweep.ts';

type CommandContext = Parameters<typeof sweepCommand>[0];
type Plan = Parameters<typeof sweepPlanText>[1];

describe('what Run Sweep… is about to measure', () => {
  const prompts = { prompts: ['/data/problems.jsonl'], promptCount: 100, promptField: '', answerField: '' };
  const record = { settings: { rhoMax: 0.04 } } as Parameters<typeof sweepDefaults>[0];
  const files = [
    { name: 'model.safetensors', bytes: 3_000_000 },
    { name: 'tokenizer.json', bytes: 9_000_000 },
  ];
  const plan = { run: { phases: [{ phase: 'SFT entropy', seconds: 8 }] }, inputs: { sft: { files } } } as Plan;
  const asked = (more: Partial<AskedSweep> = {}): AskedSweep => ({ ...sweepDefaults(record), ...more });

  it('has the command line’s defaults', () => {
    const options = sweepCommand({} as CommandContext).opts();
    const { alphas, rhos, controls, seeds, anchors } = sweepDefaults(record);
    assert.deepEqual(
      [alphas, rhos, controls, seeds],
      [options['alpha'], options['rho'], options['controls'], options['seeds']],
    );
    assert.deepEqual(anchors, []);
    assert.equal(options['anchor'], undefined);
    const { samples, temperature, evalTemperature, maxTokens, draw, asChat, seed, grader } = samplingDefaults(prompts);
    assert.deepEqual(
      { samples, temperature, evalTemperature, maxTokens, draw, seed, grader },
      Object.fromEntries(
        ['samples', 'temperature', 'evalTemperature', 'maxTokens', 'draw', 'seed', 'grader'].map((name) => [
          name,
          options[name],
        ]),
      ),
    );
    assert.equal(asChat, options['promptsAs'] === 'chat');
    // What the dialogue does not ask for, it leaves.
    assert.deepEqual([options['topP'], options['correctAbove']], [1, undefined]);
  });

  it('leaves out rhos beyond the ranks of the record', () => {
    const small = { settings: { rhoMax: 0.005 } } as Parameters<typeof sweepDefaults>[0];
    assert.deepEqual(sweepDefaults(small).rhos, [0, 0.0005, 0.001, 0.005]);
  });

  it('counts points, those of anchors included, and says of its time what it leaves out', () => {
    const four = { alphas: [0.4, 0.6], rhos: [0.001, 0.01] };
    assert.match(sweepPlanText(asked(four), plan), /^6 points, about .* at the pace of the run\. .*\(3 MB\)/);
    const anchored = asked({ ...four, anchors: ['/a', '/b'], sampling: samplingDefaults(prompts) });
    assert.match(sweepPlanText(anchored, plan), /^18 points, about .* at the pace of the run, answers not counted\./);
    assert.match(sweepPlanText(asked({ alphas: [0.5], rhos: [0], controls: [] }), plan), /^1 point,/);
  });

  it('sums up what is sampled', () => {
    const sampling = samplingDefaults(prompts);
    const sweep = asked({ alphas: [0.5], rhos: [0, 0.01], sampling });
    assert.equal(
      samplingText(sweep, sampling),
      '2 points × 100 prompts × 17 answers = 3,400 answers, at most 3.5M tokens',
    );
    const few = { ...sampling, draw: 10, evalTemperature: undefined, samples: 4, maxTokens: 10 };
    assert.equal(samplingText(sweep, few), '2 points × 10 prompts × 4 answers = 80 answers, at most 800 tokens');
    assert.equal(promptsText(asked()), 'none');
    assert.equal(promptsText(sweep), 'problems.jsonl');
    const more = { ...sampling, prompts: ['/data/a.jsonl', '/data/b.jsonl', '/data/c.jsonl'] };
    assert.equal(promptsText({ ...sweep, sampling: more }), 'a.jsonl and 2 more');
  });
});
