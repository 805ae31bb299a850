import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { ProgressView } from '../../../src/cli/output/progressView.ts';
import type { RunEvent } from '../../../src/run/progress/runEvents.ts';

/** What a stream without a terminal is told. */
function told(...events: RunEvent[]): string {
  const stream = new PassThrough();
  const view = new ProgressView(stream);
  for (const event of events) view.onEvent(event);
  view.stop();
  return String(stream.read() ?? '');
}

describe('progress without a terminal', () => {
  it('is one plain line a phase, without control characters', () => {
    const text = told(
      { type: 'phase', phase: 'load' },
      { type: 'progress', phase: 'load', done: 1, total: 4, unit: 'steps' },
      { type: 'phaseDone', phase: 'load', seconds: 1.234 },
      { type: 'phase', phase: 'attribution' },
      { type: 'phaseDone', phase: 'attribution', seconds: 61.26 },
    );
    assert.equal(text, 'load: 1.23 s\nattribution: 61.3 s\n');
  });

  it('says nothing of files that are read at once in no phase, as those of a preview', () => {
    assert.equal(told({ type: 'progress', phase: 'load', done: 424, total: 1790, unit: 'bytes' }), '');
  });

  it('says how many processes share the work, and where', () => {
    const device = { type: 'device', device: 'cuda', refused: [], processes: 2, gpus: ['GPU 0', 'GPU 3'] } as const;
    assert.equal(told(device), 'device: cuda, 2 processes on GPU 0, GPU 3\n');
    assert.equal(told({ ...device, device: 'cpu', gpus: [] }), 'device: cpu, 2 processes\n');
    assert.equal(told({ ...device, processes: 1, gpus: ['GPU 0'] }), 'device: cuda on GPU 0\n');
  });

  it('names the device taken, and why others were not', () => {
    const refused = [{ device: 'cuda', available: false, reason: 'the CUDA libraries are not installed' }] as const;
    assert.equal(
      told({ type: 'device', device: 'cpu', refused }),
      'device cuda is not available: the CUDA libraries are not installed\ndevice: cpu\n',
    );
  });

  it('shows notes and warnings, made printable', () => {
    assert.equal(
      told({ type: 'note', text: 'line 1\u001b[2J' }, { type: 'warning', text: 'much' }),
      'note: line 1\\u{1b}[2J\nwarning: much\n',
    );
  });
});
