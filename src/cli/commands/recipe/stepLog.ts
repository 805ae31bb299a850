import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { exists } from '../../../files/reading/exists.ts';
import { errorCode } from '../../../files/reading/fileFault.ts';
import { identityAt } from '../../../files/reading/fileIdentity.ts';
import { inputKinds } from '../../../files/reading/inputKind.ts';
import { parseBoundedJson } from '../../../files/reading/strictJson.ts';
import { readTextFile } from '../../../files/reading/textFile.ts';
import { unlink } from '../../../files/writing/diskOperations.ts';
import { writeFileWhole } from '../../../files/writing/stagedFile.ts';
import { recordPaths } from '../../../record/run/recordPaths.ts';
import { checkpointFiles, dataFiles } from '../../../run/files/namedFiles.ts';
import type { RecipeStep } from './recipeSteps.ts';

/*
 * Which steps of an unfinished recipe are done, in `NAME.rejuvenation.steps` beside its record: the same recipe goes on after
 * them. It is deleted when all are.
 */

const schema = 'rejuvenation-recipe-steps';

/** Size and time of the last change of every file that a step reads; what earlier steps make is not there yet. */
async function identities({ values }: RecipeStep): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const { key, words } of values.values()) {
    if (key.path !== 'input' && key.path !== 'checkpoint') continue;
    for (const word of words) {
      for (const file of await (key.path === 'input' ? dataFiles(word) : checkpointFiles(word))) {
        const identity = await identityAt(file);
        found.push([resolve(file), String(identity?.bytes), String(identity?.modified)]);
      }
    }
  }
  return found;
}

/** What a step depends on, as one hash: its words, its inputs, and the same of the steps that it goes by. */
async function fingerprint(step: RecipeStep): Promise<string> {
  const { command, words, how, after } = step;
  const before: string[] = [];
  for (const each of after) before.push(await fingerprint(each));
  // Whether something may be replaced does not change what is made, nor does where it is made.
  const lasting = words.filter((word) => word !== '--overwrite' && !how.includes(word));
  return createHash('sha256')
    .update(JSON.stringify([command, process.cwd(), lasting, await identities(step), before]))
    .digest('hex');
}

export class StepLog {
  readonly #path: string;
  readonly #done: Set<string>;

  private constructor(path: string, done: readonly string[]) {
    this.#path = path;
    this.#done = new Set(done);
  }

  /** @param record of the recipe, `NAME.rejuvenation.json` */
  static async open(record: string): Promise<StepLog> {
    const path = recordPaths(record).json.replace(/\.json$/, '.steps');
    if (!(await exists(path))) return new StepLog(path, []);
    const value = parseBoundedJson(await readTextFile(path, inputKinds.recipe), path);
    const done = (value as { readonly done?: unknown } | null)?.done;
    const isLog = (value as { readonly schema?: unknown } | null)?.schema === schema && Array.isArray(done);
    return new StepLog(path, isLog ? done.filter((each): each is string => typeof each === 'string') : []);
  }

  /** Whether the step was done before, from the same inputs, and what it made is there. */
  async has(step: RecipeStep): Promise<boolean> {
    if (this.#done.size === 0 || !this.#done.has(await fingerprint(step))) return false;
    for (const { path } of step.outputs) if (!(await exists(path))) return false;
    return true;
  }

  async add(step: RecipeStep): Promise<void> {
    this.#done.add(await fingerprint(step));
    const text = `${JSON.stringify({ schema, done: [...this.#done] })}\n`;
    await writeFileWhole(this.#path, new TextEncoder().encode(text), true);
  }

  /** Every step is done. */
  async remove(): Promise<void> {
    try {
      await unlink(this.#path);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
}
