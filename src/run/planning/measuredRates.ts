import { InputError } from '../../errors.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import { readRecordJson } from '../../record/run/recordFile.ts';
import type { Device } from '../../settings/devices.ts';

/* How fast a run on such hardware was, from its record. */

/** FLOP a second of a process. */
export interface Rates {
  readonly measuring: number;
  readonly attribution: number;
  /** Taken from a record, and not assumed. */
  readonly measured: boolean;
}

/**
 * The rates of a recorded run: counted FLOP over its phases' seconds, loading of weights included.
 *
 * @throws InputError when it cannot be read, was on another device, or took samples over, so that its seconds are of fewer
 */
export async function measuredRates(path: string, device: Device): Promise<Rates> {
  const { engine, run } = await readRecordJson(path);
  if (engine.device !== device) {
    throw new InputError(`${quotedPath(path)} was measured on ${engine.device}, and the plan is for ${device}.`);
  }
  const { base, sft, attribution } = engine.plans;
  const seconds = (phase: (typeof run.phases)[number]['phase']) =>
    run.phases.reduce((sum, each) => sum + (each.phase === phase ? each.seconds : 0), 0);
  const took = { base: seconds('base entropy'), sft: seconds('SFT entropy'), attribution: seconds('attribution') };
  const resumed = Object.values(run.resumed).some((count) => count > 0);
  if (
    resumed ||
    base === null ||
    sft === null ||
    attribution === null ||
    Object.values(took).some((each) => each <= 0)
  ) {
    throw new InputError(
      `${quotedPath(path)} says no rates, since its run was stopped and taken up: name the record of one that was not.`,
    );
  }
  const each = (flops: number, spent: number) => flops / spent / engine.processes;
  return {
    measuring: each(base.estimate.flops + sft.estimate.flops, took.base + took.sft),
    attribution: each(attribution.estimate.flops, took.attribution),
    measured: true,
  };
}
