import { type ExtensionContext, window } from 'vscode';
import { isAdapterFolder } from '../../checkpoint/adapter/openAdapter.ts';
import { seriesFolderOf } from '../../checkpoint/folder/stepName.ts';
import { expandSeries, isSeries } from '../../comparison/checkpoints/checkpointSeries.ts';
import { InputError } from '../../errors.ts';
import { endpointAddress } from '../../run/readiness/endpoint/endpointAddress.ts';
import { type Answer, ask, type Step } from '../ask/ask.ts';
import { askFolders } from '../ask/askFolders.ts';
import { askPaths, locateFolder } from '../ask/askPaths.ts';
import { askText } from '../ask/askSettings.ts';
import { RecentPaths } from '../ask/recent.ts';
import {
  findCalibrationFiles,
  findCheckpointFolders,
  findTunedFolders,
  shortPath,
} from '../ask/workspaceCheckpoints.ts';
import { askPrompts, type PromptsDraft } from './askPrompts.ts';
import type { AnswerSource, ReadinessPlan } from './readinessPlan.ts';

/* Asks where answers come from, which checkpoints are measured against which base, and on which prompts. */

/** What the questions come to. */
export type ReadinessInputs = Pick<
  ReadinessPlan,
  'source' | 'checkpoints' | 'models' | 'base' | 'prompts' | 'promptCount' | 'promptField' | 'answerField'
>;

/** What was answered so far; going back keeps it. */
export interface Draft extends PromptsDraft {
  kind: AnswerSource['kind'];
  /** Folders as they were named, or names of models. */
  named: readonly string[];
  base: string | undefined;
  endpoint: string;
  files: readonly string[];
}

/** A question; undefined when the user gave up. */
export type Question = () => Promise<Answer<unknown> | undefined>;

const title = 'Measure Readiness';

/**
 * The questions that follow from where the answers come from.
 *
 * @param given folders that the command was called on, which are not asked for
 */
export function questionsOf(context: ExtensionContext, draft: Draft, given: readonly string[]): readonly Question[] {
  const step = (number: number): Step => ({ title, step: number, totalSteps: stepsOf(draft.kind) });
  switch (draft.kind) {
    case 'engine':
      return [
        ...(given.length > 0 ? [] : [() => askCheckpoints(draft)]),
        () => askBase(draft),
        () => askPrompts(context, draft, step(4)),
      ];
    case 'endpoint':
      return [
        () => askEndpoint(context, draft, step(2)),
        () => askModels(draft),
        () => askPrompts(context, draft, step(4)),
      ];
    case 'rollouts':
      return [() => askFiles(context, draft, step(2)), () => askBaseFiles(draft, step(3))];
  }
}

/** How many questions there are, that of the settings included. */
export function stepsOf(kind: AnswerSource['kind']): number {
  return kind === 'rollouts' ? 4 : 5;
}

/** @throws InputError for what is no checkpoint, or an adapter without a base */
export async function inputsOf(draft: Draft): Promise<ReadinessInputs> {
  const { kind, named, base, endpoint, files } = draft;
  const { prompts, promptCount, promptField, answerField } = draft;
  const asked = { base, prompts, promptCount, promptField, answerField };
  switch (kind) {
    case 'engine':
      return { source: { kind }, ...(await expanded(named, base)), ...asked };
    case 'endpoint':
      return {
        ...{ source: { kind, endpoint }, checkpoints: named, ...asked },
        models: named.length + (base === undefined ? 0 : 1),
      };
    case 'rollouts': {
      const source = { kind, files, baseFiles: base === undefined ? undefined : [base] };
      return { ...asked, source, checkpoints: [files[0]!], models: 1, prompts: [], promptCount: 0 };
    }
  }
}

/** Where the answers come from. */
export async function askKind(draft: Draft): Promise<Answer<unknown> | undefined> {
  const chosen = await window.showQuickPick<{ label: string; detail: string; from: AnswerSource['kind'] }>(
    [
      {
        label: '$(server-process) Sampled on this machine',
        detail: 'Checkpoints that lie here, one or more, or the folder of a training run with its steps',
        from: 'engine',
      },
      {
        label: '$(cloud) Sampled by a server',
        detail: 'vLLM, SGLang, or another with the OpenAI-compatible API: prompts are sent to it',
        from: 'endpoint',
      },
      {
        label: '$(file) Sampled before',
        detail: 'Files of rollouts, as verl, TRL or slime save them, or JSONL or Parquet',
        from: 'rollouts',
      },
    ],
    { title, placeHolder: 'Where do the answers come from?', ignoreFocusOut: true },
  );
  if (chosen === undefined) return undefined;
  if (chosen.from !== draft.kind) Object.assign(draft, { kind: chosen.from, named: [], base: undefined });
  return { value: chosen.from };
}

async function askCheckpoints(draft: Draft): Promise<Answer<unknown> | undefined> {
  const tuned = await findTunedFolders(await findCheckpointFolders());
  const series = tuned.map(seriesFolderOf).filter((folder) => folder !== undefined);
  const folders = [...new Set([...series, ...tuned])];
  const named = await askFolders(title, 'Checkpoints to measure, or the folder of a training run', folders);
  if (named === undefined || named.length === 0) return undefined;
  draft.named = named;
  return { value: named };
}

/** How many a series stands for. @throws InputError for what is no checkpoint, or an adapter without a base */
async function expanded(
  named: readonly string[],
  base: string | undefined,
): Promise<Pick<ReadinessInputs, 'checkpoints' | 'models'>> {
  const all = [...(base === undefined ? [] : [base]), ...named];
  // A checkpoint by itself is no series.
  const several = all.length > 1 || (await isSeries(all[0]!));
  const folders = several ? (await expandSeries(all)).folders : [await locateFolder(all[0]!)];
  const models = folders.length;
  if (base !== undefined) return { checkpoints: named, models };
  const adapters = await Promise.all(folders.map(isAdapterFolder));
  const adapter = folders[adapters.indexOf(true)];
  if (adapter !== undefined)
    throw new InputError(`"${adapter}" is an adapter: name the base that it was trained from.`);
  // A series alone is measured as its steps.
  return { checkpoints: all.length > 1 ? named : folders, models };
}

async function askBase(draft: Draft): Promise<Answer<unknown> | undefined> {
  const found = (await findCheckpointFolders()).filter((folder) => !draft.named.includes(folder));
  const none = { label: '$(circle-slash) No base', description: 'coverage is not told', folder: undefined };
  const browse = { label: '$(folder-opened) Browse…', description: '', folder: undefined, alwaysShow: true };
  const items = found.map((folder) => ({ ...shortPath(folder), folder }));
  const chosen = await window.showQuickPick<{ label: string; description: string; folder: string | undefined }>(
    [...items, none, browse],
    {
      title,
      placeHolder: 'The base: what it solves and a checkpoint does not is told as lost',
      ignoreFocusOut: true,
      matchOnDescription: true,
    },
  );
  if (chosen === undefined) return undefined;
  if (chosen === browse) {
    const opened = await window.showOpenDialog({ title, canSelectFolders: true, canSelectFiles: false });
    if (opened === undefined) return undefined;
    draft.base = await locateFolder(opened[0]!.fsPath);
  } else draft.base = chosen.folder;
  return { value: draft.base };
}

async function askEndpoint(context: ExtensionContext, draft: Draft, step: Step): Promise<Answer<unknown> | undefined> {
  const recent = new RecentPaths(context.globalState, 'endpoint');
  const answer = await ask<string>({
    ...step,
    placeholder: 'The server’s address, such as http://localhost:8000/v1',
    choices: recent.paths.map((url) => ({ label: url, description: 'used before', value: url })),
    typed: (text) => (URL.canParse(text) ? { label: text, description: 'as typed', value: text } : undefined),
    async accept(endpoint) {
      endpointAddress(endpoint);
      return endpoint;
    },
  });
  if (answer === undefined || answer === 'back') return answer;
  draft.endpoint = answer.value;
  await recent.add(answer.value);
  return answer;
}

async function askModels(draft: Draft): Promise<Answer<unknown> | undefined> {
  const before = draft.named.join(', ');
  const models = await askText('Models to measure, as the server calls them; several with commas', before, (text) => {
    const names = text.split(',').map((each) => each.trim());
    if (names.includes('')) throw new InputError('Write the name of a model.');
    return names;
  });
  if (models === undefined) return undefined;
  draft.named = models;
  const base = await askText('The base’s name on that server; empty: no base', draft.base ?? '', (text) => {
    if (models.includes(text)) throw new InputError('It is measured already: name another, or none.');
    return { name: text === '' ? undefined : text };
  });
  if (base === undefined) return undefined;
  draft.base = base.name;
  return { value: models };
}

async function askFiles(context: ExtensionContext, draft: Draft, step: Step): Promise<Answer<unknown> | undefined> {
  const answer = await askPaths({
    ...step,
    placeholder: 'Files of rollouts, or a pattern: prompt, response and reward',
    kind: 'files',
    recent: new RecentPaths(context.globalState, 'rollouts'),
    found: await findCalibrationFiles(),
    // Read when it starts: they may be large.
    check: async () => undefined,
  });
  if (answer !== undefined && answer !== 'back') draft.files = answer.value;
  return answer;
}

async function askBaseFiles(draft: Draft, step: Step): Promise<Answer<unknown> | undefined> {
  const found = await findCalibrationFiles();
  const none = '';
  const answer = await ask<string>({
    ...step,
    placeholder: 'Rollouts of the base on the same prompts, for coverage',
    choices: [
      { label: '$(circle-slash) No base', description: 'coverage is not told', value: none },
      ...found.filter((path) => !draft.files.includes(path)).map((path) => ({ ...shortPath(path), value: path })),
    ],
    typed: (text) => (text === '' ? undefined : { label: text, description: 'as typed', value: text }),
    accept: async (path) => path,
  });
  if (answer !== undefined && answer !== 'back') draft.base = answer.value === none ? undefined : answer.value;
  return answer;
}
