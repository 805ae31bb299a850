import { window } from 'vscode';
import { recordPaths } from '../../record/run/recordPaths.ts';
import { checkOutput } from '../../run/files/outputPaths.ts';
import { type DeviceChoice, devices } from '../../settings/devices.ts';
import { memorySize, showBudget } from '../../settings/memorySize.ts';
import { checkSettings, type RunSettings, sampleCount } from '../../settings/runSettings.ts';
import { messageOf } from '../jobs/messageOf.ts';
import { type Answer, ask, type Check, type Choice, type Step } from './ask.ts';
import { shownRho } from './shownRho.ts';

/* Shows the settings of a run before it starts, each of which can be changed. */

/** What a run is about to do. */
export interface RunPlan {
  readonly settings: RunSettings;
  /** Path of the run record. */
  readonly record: string;
}

/** What the run's calibration was taken for, which can be shown whole. */
export interface PlannedCalibration {
  described(settings: RunSettings): { readonly description: string; readonly detail: string };
  /** Throws a sentence when it cannot be used with these settings. */
  show(settings: RunSettings, reading: Pick<Check, 'signal' | 'tell'>, preserveFocus: boolean): Promise<void>;
}

type Edit = 'start' | 'calibration' | 'record' | 'alpha' | 'rho' | 'topN' | 'samples' | 'device' | 'memory';

function settingChoices({ settings, record }: RunPlan, calibration: PlannedCalibration): Choice<Edit>[] {
  const { alpha, rho, topN, samples, device, memoryBytes } = settings;
  const taken = calibration.described(settings);
  const edit = (value: Edit, label: string, description: string, detail: string): Choice<Edit> => ({
    label,
    description,
    detail,
    value,
  });
  return [
    { label: '$(play) Start', description: 'with the settings below', value: 'start' },
    edit('calibration', 'Calibration', taken.description, taken.detail),
    edit('record', 'Record', record, 'Where the run record goes; the inspector opens it'),
    edit('alpha', 'alpha', String(alpha), 'Weight of the SFT checkpoint in the fusion; any other can be chosen later'),
    edit('rho', 'rho', shownRho(rho), 'Share of all neurons that one target may select; a slider later'),
    edit('topN', 'top-n', String(topN), 'Target tokens a sample'),
    edit(
      'samples',
      'Samples',
      samples === 0 ? 'all' : String(samples),
      'Calibration samples, drawn evenly where there are more rows',
    ),
    edit('device', 'Device', device, 'Where the model runs'),
    edit('memory', 'Memory', showBudget(memoryBytes), 'Budget of each engine process'),
  ];
}

/** Shows the settings of a run, each of which can be changed, until it is started. */
export async function askSettings(
  step: Step,
  initial: RunPlan,
  inputs: readonly string[],
  calibration: PlannedCalibration,
): Promise<Answer<RunPlan> | undefined> {
  let plan = initial;
  for (;;) {
    const current = plan;
    const answer = await ask<Edit>({
      ...step,
      placeholder: 'Start, or change a setting',
      choices: settingChoices(current, calibration),
      async accept(edit, check) {
        if (edit === 'calibration') {
          check.begin();
          await calibration.show(current.settings, check, true);
          return undefined;
        }
        if (edit === 'start') {
          checkSettings(current.settings);
          await checkOutput({ what: 'record', path: recordPaths(current.record).json, kind: 'file' }, inputs, false);
        }
        return edit;
      },
    });
    if (answer === undefined || answer === 'back') return answer;
    if (answer.value === 'start') return { value: plan };
    if (answer.value !== 'calibration') plan = (await change(plan, answer.value)) ?? plan;
  }
}

async function change(plan: RunPlan, edit: Exclude<Edit, 'start' | 'calibration'>): Promise<RunPlan | undefined> {
  const { settings, record } = plan;
  const withSettings = (changed: Partial<RunSettings>): RunPlan => ({ ...plan, settings: { ...settings, ...changed } });
  switch (edit) {
    case 'record':
      return askText('Where the run record goes', record, (text) => {
        recordPaths(text);
        return { ...plan, record: text };
      });
    case 'alpha':
    case 'topN':
      return askText(edit === 'alpha' ? 'alpha, 0 to 1' : 'Target tokens a sample', String(settings[edit]), (text) =>
        checked(withSettings({ [edit]: Number(text) })),
      );
    case 'rho':
      return askText('rho, in percent', String(Number((100 * settings.rho).toPrecision(12))), (text) => {
        const rho = Number(text.replace('%', '')) / 100;
        return checked(withSettings({ rho, rhoMax: Math.max(rho, settings.rhoMax) }));
      });
    case 'samples':
      return askText('Calibration samples, or all', settings.samples === 0 ? 'all' : String(settings.samples), (text) =>
        checked(withSettings({ samples: sampleCount(text) })),
      );
    case 'memory': {
      // Not as shown, which is rounded.
      const budget = settings.memoryBytes === 0 ? 'auto' : `${settings.memoryBytes / 1e9}GB`;
      return askText('Memory: auto, or such as 4GB or 512MB', budget, (text) =>
        checked(withSettings({ memoryBytes: memorySize(text) })),
      );
    }
    case 'device': {
      const device = await window.showQuickPick<{ label: DeviceChoice; description: string }>(
        [
          { label: 'auto', description: 'the first that works' },
          ...devices.map((each) => ({ label: each, description: '' })),
        ],
        { title: 'Device' },
      );
      return device && withSettings({ device: device.label });
    }
  }
}

function checked(plan: RunPlan): RunPlan {
  checkSettings(plan.settings);
  return plan;
}

/** Asks for a text until it parses; what the parser throws is shown below the box. */
export async function askText<Value>(
  prompt: string,
  value: string,
  parse: (text: string) => Value,
): Promise<Value | undefined> {
  const text = await window.showInputBox({
    prompt,
    value,
    ignoreFocusOut: true,
    validateInput(input) {
      try {
        parse(input.trim());
        return undefined;
      } catch (error) {
        return messageOf(error);
      }
    },
  });
  return text === undefined ? undefined : parse(text.trim());
}
