import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventFile } from '../../../../src/run/trackers/eventFile.ts';
import { crc32c } from '../../../../src/run/trackers/maskedCrc32c.ts';
import { fixtures } from '../../../paths.ts';

const golden = join(fixtures, 'trackers');

interface GoldenPoint {
  readonly step: number;
  readonly time: number;
  readonly values: Readonly<Record<string, number>>;
}

describe('event files', () => {
  it("are TensorBoard's own, byte for byte", () => {
    const points = JSON.parse(readFileSync(join(golden, 'steps.json'), 'utf8')) as GoldenPoint[];
    const made = eventFile(
      points.map(({ step, time, values }) => ({ label: 'x', step, time, values: new Map(Object.entries(values)) })),
    );
    assert.deepEqual(Buffer.from(made), readFileSync(join(golden, 'steps.tfevents')));
  });

  it('of a run with settings are a session of the HPARAMS tab, byte for byte too', () => {
    const [first] = JSON.parse(readFileSync(join(golden, 'steps.json'), 'utf8')) as [GoldenPoint];
    const point = { label: 'x', step: first.step, time: first.time, values: new Map(Object.entries(first.values)) };
    const made = eventFile([point], { alpha: 0.5, rho: 0.001, selection: 'attribution', seed: 7 });
    assert.deepEqual(Buffer.from(made), readFileSync(join(golden, 'session.tfevents')));
  });

  it('have the checksums of RFC 3720', () => {
    // Appendix B.4: 32 bytes of zeros, of ones, rising, falling.
    const rising = Uint8Array.from({ length: 32 }, (_, i) => i);
    assert.deepEqual(
      [new Uint8Array(32), new Uint8Array(32).fill(255), rising, Uint8Array.from(rising).reverse()].map(crc32c),
      [0x8a9136aa, 0x62a8ab43, 0x46dd794e, 0x113fdb5c],
    );
  });
});
