import { InputError } from '../../errors.ts';
import { isWithin, realPathOf } from '../../files/reading/realPath.ts';
import { isCutOffFirstWrite } from '../../record/run/cutOffWrite.ts';
import { recordPaths } from '../../record/run/recordPaths.ts';
import { isUnfinishedScores } from '../attribution/stagedScores.ts';
import { checkApart, checkOutput, type Output } from './outputPaths.ts';

/* The inputs and outputs of a run, and the check of all outputs before it begins. */

/** What a run reads. */
export interface RunInputs {
  readonly base: string;
  readonly sft: string;
  /** Files, patterns, or folders of data sets. */
  readonly calibration: readonly string[];
  /** A `tokenizer.json` to use in place of the SFT's. */
  readonly tokenizer?: string | undefined;
}

/** What a run reads, with what its settings name; empty: nothing. */
export interface RunSources extends RunInputs {
  readonly chatTemplate?: string;
}

/** What a run writes. */
export interface RunOutputs {
  /** `NAME.rejuvenation.json`; its arrays lie beside it. */
  readonly record: string;
  /** Every target's scores, if wanted. */
  readonly scores?: string | undefined;
  /** The rejuvenated checkpoint, when the run is to be committed. */
  readonly checkpoint?: string | undefined;
}

/**
 * Checks every output of a run before any work: places there and writable, nothing overwritten unasked, no input and no
 * other output touched.
 *
 * @param inputs of calibration single files
 * @throws InputError
 */
export async function checkOutputs(inputs: RunSources, outputs: RunOutputs, overwrite: boolean): Promise<void> {
  const paths = recordPaths(outputs.record);
  const { json, arrays, partial } = paths;
  const files: Output[] = [{ what: 'record', path: json, kind: 'file' }];
  if (outputs.scores !== undefined) {
    if (!outputs.scores.endsWith('.safetensors')) {
      throw new InputError(`The score file "${outputs.scores}" must end in .safetensors.`);
    }
    files.push({ what: 'score file', path: outputs.scores, kind: 'file' });
  }
  if (outputs.checkpoint !== undefined) {
    files.push({ what: 'checkpoint', path: outputs.checkpoint, kind: 'folder' });
  }
  const tokenizer = inputs.tokenizer === undefined ? [] : [inputs.tokenizer];
  const template = (inputs.chatTemplate ?? '') === '' ? [] : [inputs.chatTemplate!];
  const named = [inputs.base, inputs.sft, ...inputs.calibration, ...tokenizer, ...template];
  const sources = named.filter((path) => path !== '');
  for (const output of files) {
    // Of an unfinished run, which gives its score file the name before its record is written.
    const unfinished = output.path === outputs.scores && (await isUnfinishedScores(output.path));
    await checkOutput(output, sources, overwrite || unfinished);
  }
  // A write that was cut off leaves the arrays with the JSON that names their hash beside them; alone they are somebody
  // else's.
  const leftover = await isCutOffFirstWrite(paths);
  const arraysOutput: Output = { what: "record's arrays file", path: arrays, kind: 'file' };
  await checkOutput(arraysOutput, sources, overwrite || leftover);
  await checkApart([...files, arraysOutput, { what: 'folder of unfinished work', path: partial, kind: 'folder' }]);
  const removed = await realPathOf(partial);
  for (const [what, paths] of [
    ['calibration file', inputs.calibration],
    ['tokenizer', tokenizer],
    ['chat template', template],
  ] as const) {
    for (const path of paths) {
      if (!isWithin(await realPathOf(path), removed)) continue;
      throw new InputError(`The ${what} lies inside "${partial}", which this run would remove: move it.`);
    }
  }
}
