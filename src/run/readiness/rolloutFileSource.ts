import { isPattern, matchingFiles } from '../../calibration/files/glob.ts';
import { InputError } from '../../errors.ts';
import { exists } from '../../files/reading/exists.ts';
import { inputKinds } from '../../files/reading/inputKind.ts';
import { identifyInput } from '../../files/reading/openInput.ts';
import { quotedPath } from '../../files/reading/shown.ts';
import type { Prompt } from '../../readiness/prompts/prompt.ts';
import type { PromptRollouts } from '../../readiness/rollout.ts';
import { matchPrompts } from '../../readiness/rolloutFiles/matchPrompts.ts';
import { type RolloutFileOptions, readRolloutFiles } from '../../readiness/rolloutFiles/readRolloutFiles.ts';
import type { RolloutTable } from '../../readiness/rolloutFiles/rolloutTable.ts';
import type { RolloutSource } from './rolloutSource.ts';

/* Files of rollouts as a source: nothing is sampled, what was is matched to the prompts. */

async function filesOf(named: readonly string[]): Promise<string[]> {
  const paths = new Set<string>();
  for (const each of named) {
    if (isPattern(each) && !(await exists(each))) {
      const matches = await matchingFiles(each);
      if (matches.length === 0) throw new InputError(`No file matches the rollouts ${quotedPath(each)}.`);
      for (const path of matches) paths.add(path);
    } else paths.add(each);
  }
  if (paths.size === 0) throw new InputError('No file of rollouts is named.');
  return [...paths];
}

/** Answers that were sampled before, by somebody else; all of them are given, however many are asked for. */
export class RolloutFileSource implements RolloutSource {
  readonly identity: Readonly<Record<string, unknown>>;
  readonly described: string;
  /** The files, patterns resolved. */
  readonly paths: readonly string[];
  /** What the files hold, with prompts of their own: they serve where no file of prompts is given. */
  readonly table: RolloutTable;
  readonly #onNote: (note: string) => void;

  private constructor(
    identity: Readonly<Record<string, unknown>>,
    described: string,
    paths: readonly string[],
    table: RolloutTable,
    onNote: (note: string) => void,
  ) {
    this.identity = identity;
    this.described = described;
    this.paths = paths;
    this.table = table;
    this.#onNote = onNote;
  }

  /**
   * Reads the files.
   *
   * @param named files, or patterns such as `outputs/*.jsonl`; at least one
   * @param onNote hears sentences on columns, counts and what did not match
   * @throws InputError, Interrupted as `readRolloutFiles`
   */
  static async open(
    named: readonly string[],
    options: RolloutFileOptions,
    onNote: (note: string) => void,
  ): Promise<RolloutFileSource> {
    const paths = await filesOf(named);
    const files = [];
    for (const path of paths) {
      const { bytes, modified } = await identifyInput(path, inputKinds.calibration);
      files.push({ path, bytes, modified });
    }
    const table = await readRolloutFiles(paths, options);
    for (const note of table.notes) onNote(note);
    const which = paths.length === 1 ? quotedPath(paths[0]!) : `${paths.length} files of rollouts`;
    const described = `${which} (temperature, length and seed as told, not known)`;
    const { columns, step } = options;
    return new RolloutFileSource({ rollouts: files, columns, step: step ?? null }, described, paths, table, onNote);
  }

  async *sample(prompts: readonly Prompt[]): AsyncGenerator<PromptRollouts> {
    if (prompts.length === 0) return;
    // Prompts out of the table itself are its own groups, which need no search.
    if (prompts.every((prompt) => this.table.prompts[prompt.index] === prompt)) {
      for (const { index } of prompts) yield this.table.rollouts[index]!;
      return;
    }
    const { rollouts, notes } = matchPrompts(this.table, prompts);
    for (const note of notes) this.#onNote(note);
    yield* rollouts;
  }

  async dispose(): Promise<void> {}
}
