import { commandLines } from '../../files/reading/shellWord.ts';
import { calibrationList } from '../../record/calibrationInputs.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';
import type { OutputDtype } from '../../settings/outputDtype.ts';
import { defaultSettings } from '../../settings/runSettings.ts';

/* The command that makes a committed checkpoint again, from the same inputs. */

type Settings = RunRecord['settings'];

/** Options of `run` whose values decide the result, with the field of the record's settings that each sets. */
const options = [
  ['--top-n', 'topN'],
  ['--max-length', 'maxLength'],
  ['--samples', 'samples'],
  ['--seed', 'seed'],
  ['--holdout', 'holdout'],
  ['--format', 'format'],
  ['--prompt-field', 'promptField'],
  ['--response-field', 'responseField'],
  ['--pairs-as', 'pairsAs'],
  ['--turns', 'turns'],
  ['--special-tokens', 'specialTokens'],
  ['--weights', 'weights'],
  ['--precision', 'precision'],
  ['--renamed-rows', 'renamedRows'],
] as const satisfies readonly (readonly [string, keyof Settings])[];

/** What is said even where it is the default: nobody should have to look these up. */
const alwaysSaid: ReadonlySet<keyof Settings> = new Set(['topN', 'samples', 'seed']);

function settingWords(settings: Settings): string[] {
  const words: string[] = [];
  for (const [option, field] of options) {
    const value = settings[field];
    if (!alwaysSaid.has(field) && value === defaultSettings[field]) continue;
    words.push(option, field === 'samples' && value === 0 ? 'all' : String(value));
  }
  return [...words, ...settings.templateArgs.flatMap((argument) => ['--template-arg', argument])];
}

/**
 * The command, a group of words a line, quoted for a POSIX shell. It names the inputs' folders as they were.
 *
 * @param made the checkpoint's own alpha, rho and dtype, which need not be the record's
 */
export function repeatCommand(
  record: RunRecord,
  made: { readonly alpha: number; readonly rho: number; readonly dtype: OutputDtype | undefined },
): string {
  const { inputs, settings } = record;
  const lines: (readonly string[])[] = [
    ['rejuvenate', 'run'],
    ['--base', inputs.base.folder],
    ['--sft', inputs.sft.folder],
    ['--calibration', ...calibrationList(inputs.calibration).map(({ name }) => name)],
  ];
  if (inputs.tokenizer !== undefined) lines.push(['--tokenizer', inputs.tokenizer.name]);
  if (inputs.chatTemplate !== undefined) lines.push(['--chat-template', inputs.chatTemplate.name]);
  // A run takes no rho of 0, which fuses only: that is a commit of its record.
  const rho = made.rho === 0 ? settings.rho : made.rho;
  lines.push(['--alpha', `${made.alpha}`, '--rho', `${rho}`, '--rho-max', `${Math.max(settings.rhoMax, rho)}`]);
  const words = settingWords(settings);
  if (words.length > 0) lines.push(words);
  const out = ['--out', 'rejuvenated', ...(made.dtype === undefined ? [] : ['--dtype', made.dtype])];
  lines.push(out);
  if (made.rho !== 0) return commandLines(lines);
  const [, ...rest] = lines;
  const attribute = [['rejuvenate', 'attribute'], ...rest.slice(0, -1), ['--record', 'run.rejuvenation.json']];
  const commit = [['rejuvenate', 'commit', 'run.rejuvenation.json', '--rho', '0', '--alpha', `${made.alpha}`], out];
  return `${commandLines(attribute)}\n${commandLines(commit)}`;
}
