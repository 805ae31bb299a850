import type { ExtensionContext } from 'vscode';
import { calibrationFiles } from '../../calibration/files/calibrationFiles.ts';
import { InputError } from '../../errors.ts';
import { readPrompts } from '../../readiness/prompts/readPrompts.ts';
import type { Answer, Step } from '../ask/ask.ts';
import { askPaths } from '../ask/askPaths.ts';
import { askText } from '../ask/askSettings.ts';
import { RecentPaths } from '../ask/recent.ts';
import { findCalibrationFiles } from '../ask/workspaceCheckpoints.ts';
import { messageOf, notice } from '../jobs/messageOf.ts';
import { fieldsOf } from './typedAnswers.ts';

/* Asks for prompts to sample answers to. */

/** What was answered so far of prompts. */
export interface PromptsDraft {
  prompts: readonly string[];
  promptCount: number;
  /** Of the prompts' rows; empty: by the usual names. */
  promptField: string;
  answerField: string;
}

/** How many prompts the files have. @throws InputError naming the row that cannot be used */
async function countPrompts(
  named: readonly string[],
  { promptField, answerField }: PromptsDraft,
  signal?: AbortSignal,
): Promise<number> {
  const { paths } = await calibrationFiles(named);
  const reading = { paths, draw: 0, seed: 0, promptField, answerField, asChat: false, signal };
  return (await readPrompts(reading)).prompts.length;
}

/** Asks for the files of prompts, and for the names of their fields where the usual ones are not there. */
export async function askPrompts(
  context: ExtensionContext,
  draft: PromptsDraft,
  step: Step,
): Promise<Answer<unknown> | undefined> {
  let fault: string | undefined;
  Object.assign(draft, { promptField: '', answerField: '' });
  const answer = await askPaths({
    ...step,
    placeholder: 'Prompts with their right answers: JSONL, JSON or Parquet',
    kind: 'files',
    recent: new RecentPaths(context.globalState, 'prompts'),
    found: await findCalibrationFiles(),
    async check(named, { signal }) {
      fault = undefined;
      try {
        draft.promptCount = await countPrompts(named, draft, signal);
      } catch (error) {
        // Rows whose prompt has another name are asked for it, in a box of its own.
        if (!(error instanceof InputError && error.message.includes('--prompts-field'))) throw error;
        fault = error.message;
      }
    },
  });
  if (answer === undefined || answer === 'back') return answer;
  draft.prompts = answer.value;
  while (fault !== undefined) {
    const fields = await askText(`${notice(fault)} Fields of prompt and right answer, with a comma:`, '', fieldsOf);
    if (fields === undefined) return undefined;
    Object.assign(draft, fields);
    try {
      draft.promptCount = await countPrompts(draft.prompts, draft);
      fault = undefined;
    } catch (error) {
      fault = messageOf(error);
    }
  }
  return answer;
}
