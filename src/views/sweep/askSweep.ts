import { basename } from 'node:path';
import { type ExtensionContext, window } from 'vscode';
import type { RunRecord } from '../../record/run/runRecord.ts';
import { type Control, checkSeeds, checkSweepValues, controls, numberList } from '../../settings/sweepSettings.ts';
import { ask, type Choice } from '../ask/ask.ts';
import { askText } from '../ask/askSettings.ts';
import { shownRho } from '../ask/shownRho.ts';
import { messageOf } from '../jobs/messageOf.ts';
import { askAnchors } from './askAnchors.ts';
import { type AskedSweep, promptsText, samplingText, sweepDefaults, sweepPlanText } from './askedSweep.ts';
import { askSweepSampling } from './askSweepSampling.ts';

/* Shows what a sweep would measure, and how long that takes, before it starts; each part can be changed. */

type Edit = 'start' | 'alphas' | 'rhos' | 'controls' | 'seeds' | 'anchors' | 'sampling';

const controlNames: Readonly<Record<Control, string>> = {
  fusion: 'fusion only, rho 0, at every alpha',
  random: 'as many random neurons in each module, for each seed',
  drift: 'as many, those that SFT changed most',
};

const percents = (rhos: readonly number[]) => rhos.map((rho) => Number((100 * rho).toPrecision(12))).join(', ');

/** @param refused an anchor that was, and why */
function choicesOf(sweep: AskedSweep, record: RunRecord, path: string, refused: string | undefined): Choice<Edit>[] {
  const { sampling } = sweep;
  const list = (names: readonly string[], none: string) => (names.length === 0 ? none : names.join(', '));
  const edit = (value: Edit, label: string, description: string, detail: string): Choice<Edit> => ({
    ...{ label, description, detail, value },
  });
  return [
    ...(refused === undefined ? [] : [edit('anchors', '$(error) This anchor cannot be used', '', refused)]),
    edit('start', '$(play) Start', basename(path), sweepPlanText(sweep, record)),
    edit('alphas', 'alpha', sweep.alphas.join(', '), 'Weights of SFT in the fusion'),
    edit(
      'rhos',
      'rho in percent',
      percents(sweep.rhos),
      `Up to ${shownRho(record.settings.rhoMax)}, to which ranks are kept; 0 is fusion only`,
    ),
    edit('controls', 'Controls', list(sweep.controls, 'none'), 'What the reset is held against'),
    ...(sweep.controls.includes('random')
      ? [edit('seeds', 'Seeds', String(sweep.seeds), 'Random controls, each with a seed of its own')]
      : []),
    edit(
      'anchors',
      'Anchors',
      list(
        sweep.anchors.map((folder) => basename(folder)),
        'the base alone',
      ),
      'Checkpoints to fuse with and reset to besides the base, such as an early SFT step',
    ),
    edit(
      'sampling',
      'Sampled answers',
      promptsText(sweep),
      sampling === undefined
        ? 'Pass@1, Pass@k and entropy of answers to prompts at every point, besides teacher forcing'
        : samplingText(sweep, sampling),
    ),
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

async function change(
  context: ExtensionContext,
  sweep: AskedSweep,
  edit: Exclude<Edit, 'start'>,
  record: RunRecord,
): Promise<AskedSweep | undefined> {
  const { rhoMax } = record.settings;
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
    case 'anchors': {
      const anchors = await askAnchors(sweep.anchors, record);
      return anchors && { ...sweep, anchors };
    }
    case 'sampling':
      return askSweepSampling(context, sweep);
  }
}

/**
 * Shows the plan until it is started.
 *
 * @param path where the sweep record goes
 * @returns undefined when the user gave up
 */
export async function askSweep(
  context: ExtensionContext,
  record: RunRecord,
  path: string,
): Promise<AskedSweep | undefined> {
  let sweep = sweepDefaults(record);
  let refused: string | undefined;
  for (;;) {
    const answer = await ask<Edit>({
      ...{ title: 'Sweep', step: 1, totalSteps: 1, placeholder: 'Start, or change what is measured' },
      choices: choicesOf(sweep, record, path, refused),
      accept: async (edit) => edit,
    });
    if (answer === undefined || answer === 'back') return undefined;
    if (answer.value === 'start') return sweep;
    refused = undefined;
    try {
      sweep = (await change(context, sweep, answer.value, record)) ?? sweep;
    } catch (error) {
      refused = messageOf(error);
    }
  }
}
