import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SampleMeasures } from '../../../../src/protocol/engine.ts';
import { ResumeLog } from '../../../../src/run/resume/resumeLog.ts';

function sample(index: number, rows: number): SampleMeasures {
  const values = (from: number, count: number) => Float32Array.from({ length: count }, (_, i) => from + i / 3);
  return {
    index,
    entropy: values(index, rows),
    top1Probability: values(0.1, rows),
    negativeLogLikelihood: values(7, rows),
    topIds: Int32Array.from({ length: rows * 2 }, (_, i) => 100 * index + i),
    topProbabilities: values(0.5, rows * 2),
  };
}

describe('resume log', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'resume-log-'));
    path = join(folder, 'base.log');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(...samples: SampleMeasures[]): void {
    const log = new ResumeLog(path);
    for (const each of samples) log.append(each);
    log.close();
  }
  function restored(): readonly SampleMeasures[] {
    const log = new ResumeLog(path);
    log.close();
    return log.restored;
  }

  it('gives back every sample bit for bit, one without rows too', () => {
    const samples = [sample(0, 3), sample(1, 0), sample(2, 5)];
    write(...samples);
    assert.deepEqual(restored(), samples);
  });

  it('drops a torn frame and appends after the last whole one', () => {
    write(sample(0, 3), sample(1, 4));
    const whole = readFileSync(path).length;
    truncateSync(path, whole - 5);
    const log = new ResumeLog(path);
    assert.deepEqual(log.restored, [sample(0, 3)]);
    log.append(sample(1, 2));
    log.close();
    assert.deepEqual(restored(), [sample(0, 3), sample(1, 2)]);
  });

  it('drops what follows a frame whose checksum differs', () => {
    write(sample(0, 3), sample(1, 4), sample(2, 2));
    const bytes = readFileSync(path);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = bytes[middle]! ^ 1;
    writeFileSync(path, bytes);
    assert.deepEqual(restored(), [sample(0, 3)]);
  });

  it('takes nothing from a file of something else, and nothing from a sample out of order', () => {
    writeFileSync(path, 'this is no log, whatever its name says; it is longer than a header');
    assert.deepEqual(restored(), []);
    write(sample(1, 3));
    assert.deepEqual(restored(), []);
  });

  it('ignores a length that reaches beyond the file', () => {
    write(sample(0, 1));
    appendFileSync(path, Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0, ...new Uint8Array(40)));
    assert.deepEqual(restored(), [sample(0, 1)]);
  });
});
