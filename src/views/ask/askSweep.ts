import { basename } from 'node:path';
import { window } from 'vscode';
import { scratchFolder } from '../../files/writing/scratchFile.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';
import { showDuration } from '../../run/progress/timeLeft.ts';
import { plannedPoints } from '../../run/sweep/sweepPlan.ts';
import { showBytes } from '../../settings/memorySize.ts';
import { type Control, checkSeeds, checkSweepValues, controls, numberList } from '../../settings/sweepSettings.ts';
import { ask, type Choice } from './ask.ts';
import { askText } from './askSettings.ts';
import { shownRho } from './shownRho.ts';

/* Shows what a sweep would measure, and how long that takes, before it starts; each part can be changed. */

/** What a sweep is about to measure. */
export interface AskedSweep {
  readonly alphas: readonly number[];
  readonly rhos: readonly number[];
  readonly controls: readonly Control[];
  readonly seeds: number;
}

/** A point is measured as SFT was, and written besides. */
const writingShare = 1.25;

type Edit = 'start' | 'alphas' | 'rhos' | 'controls' | 'seeds';

const controlNames: Readonly<Record<Control, string>> = {
  fusion: 'fusion only, rho 0, at every alpha',
  random: 'as many random neurons in each module, for each seed',
  drift: 'as many, those that SFT changed most',
};

const percents = (rhos: readonly number[]) => rhos.map((rho) => Number((100 * rho).toPrecision(12))).join(', ');

/** Points, time at the run's own pace, and room. */
export function sweepPlanText(sweep: AskedSweep, { run, inputs }: Pick<RunRecord, 'run' | 'inputs'>): string {
  const points = plannedPoints({ ...sweep, anchors: 0 }).length;
  const seconds = run.phases.find(({ phase }) => phase === 'SFT entropy')?.seconds;
  const time = seconds === undefined ? '' : `, ${showDuration(points * seconds * writingShare)} at the pace of the run`;
  const { sft, base } = inputs;
  const weights = (sft.adapter === undefined ? sft : base).files.filter(({ name }) => name.endsWith('.safetensors'));
  const room = showBytes(weights.reduce((sum, { bytes }) => sum + bytes, 0));
  return `${points} points${time}. One temporary checkpoint at a time (${room}) in ${scratchFolder()}; none is left.`;
}

function choicesOf(sweep: AskedSweep, record: RunRecord, path: string): Choice<Edit>[] {
  const chosen = sweep.controls.length === 0 ? 'none' : sweep.controls.join(', ');
  const seeds: Choice<Edit> = { label: 'Seeds', description: String(sweep.seeds), value: 'seeds' };
  return [
    { label: '$(play) Start', description: basename(path), detail: sweepPlanText(sweep, record), value: 'start' },
    { label: 'alpha', description: sweep.alphas.join(', '), detail: 'Weights of SFT in the fusion', value: 'alphas' },
    {
      label: 'rho in percent',
      description: percents(sweep.rhos),
      detail: `Up to ${shownRho(record.settings.rhoMax)}, to which ranks are kept; 0 is fusion only`,
      value: 'rhos',
    },
    { label: 'Controls', description: chosen, detail: 'What the reset is held against', value: 'controls' },
    ...(sweep.controls.includes('random') ? [seeds] : []),
  ];
}

async function askControls(sweep: AskedSweep): Promise<AskedSweep | undefined> {
  const picked = await window.showQuickPick(
    controls.map((control) => ({
      ...{ label: control, description: controlNames[control], control },
      picked: sweep.controls.includes(control),
    })),
    { title: 'Controls of the sweep', canPickMany: true, ignoreFocusOut: true },
  );
  return picked && { ...sweep, controls: picked.map(({ control }) => control) };
}

function change(sweep: AskedSweep, edit: Exclude<Edit, 'start'>, rhoMax: number): Promise<AskedSweep | undefined> {
  switch (edit) {
    case 'alphas':
      return askText('alphas, 0 to 1, separated by commas', sweep.alphas.join(', '), (text) => {
        const alphas = numberList('alpha', text);
        checkSweepValues('alpha', alphas);
        return { ...sweep, alphas };
      });
    case 'rhos':
      return askText('rhos in percent, separated by commas', percents(sweep.rhos), (text) => {
        const rhos = numberList('rho', text.replaceAll('%', '')).map((percent) => percent / 100);
        checkSweepValues('rho', rhos);
        const beyond = rhos.find((rho) => rho > rhoMax);
        if (beyond !== undefined) throw new RangeError(`rho: at most ${shownRho(rhoMax)}, to which ranks are kept.`);
        return { ...sweep, rhos };
      });
    case 'controls':
      return askControls(sweep);
    case 'seeds':
      return askText('Random controls, each with a seed of its own', String(sweep.seeds), (text) => {
        const seeds = Number(text);
        checkSeeds(seeds);
        return { ...sweep, seeds };
      });
  }
}

/**
 * Shows the plan until it is started.
 *
 * @param path where the sweep record goes
 * @returns undefined when the user gave up
 */
export async function askSweep(initial: AskedSweep, record: RunRecord, path: string): Promise<AskedSweep | undefined> {
  let sweep = initial;
  for (;;) {
    const answer = await ask<Edit>({
      ...{
        title: 'Sweep',
        step: 1,
        totalSteps: 1,
        placeholder: 'Start, or change what is measured (other anchors and sampled answers: rejuvenate sweep)',
      },
      choices: choicesOf(sweep, record, path),
      accept: async (edit) => edit,
    });
    if (answer === undefined || answer === 'back') return undefined;
    if (answer.value === 'start') return sweep;
    sweep = (await change(sweep, answer.value, record.settings.rhoMax)) ?? sweep;
  }
}
