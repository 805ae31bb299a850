import { readRecord } from '../../src/record/run/recordFile.ts';
import { runIdentity } from '../../src/record/run/runIdentity.ts';
import { writeSweep } from '../../src/record/sweep/sweepFile.ts';
import { sweepPathFor } from '../../src/run/sweep/runSweeps.ts';
import { tinySweep } from '../unit/record/tinySweep.ts';

/** Writes a sweep of a run record beside it, with every kind of control; its texts are hostile. */
export async function writeHostileSweep(record: string): Promise<void> {
  const open = await readRecord(record);
  const { alpha, rho } = open.record.settings;
  const sweep = tinySweep();
  const markup = '<img src=x onerror="window.pwned=1">\u202e';
  await writeSweep(
    sweepPathFor(record),
    {
      ...sweep,
      run: { ...sweep.run, sha256: runIdentity(open), alpha, rho },
      anchors: sweep.anchors.map((anchor) => ({ ...anchor, folder: `/models/${markup}` })),
      references: sweep.references.map((each) => ({ ...each, name: markup })),
      notes: [markup],
    },
    true,
  );
}
