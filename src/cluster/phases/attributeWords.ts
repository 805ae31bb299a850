import type { RunInputs } from '../../run/files/runOutputs.ts';
import { defaultSettings, type RunSettings } from '../../settings/runSettings.ts';

/* The options of `attribute` that say what inputs and settings say: for who has those, and no command line. Pure. */

const flags = {
  alpha: '--alpha',
  rho: '--rho',
  rhoMax: '--rho-max',
  topN: '--top-n',
  maxLength: '--max-length',
  samples: '--samples',
  seed: '--seed',
  holdout: '--holdout',
  format: '--format',
  promptField: '--prompt-field',
  responseField: '--response-field',
  pairsAs: '--pairs-as',
  chatTemplate: '--chat-template',
  templateArgs: '--template-arg',
  turns: '--turns',
  specialTokens: '--special-tokens',
  device: '--device',
  memoryBytes: '--memory',
  processes: '--processes',
  threads: '--threads',
  weights: '--weights',
  precision: '--precision',
  renamedRows: '--renamed-rows',
} as const satisfies Readonly<Record<keyof RunSettings, string>>;

/** Zero of these has a word of its own, or is what is taken unless said. */
function shown(key: keyof RunSettings, value: unknown): string {
  return key === 'samples' && value === 0 ? 'all' : String(value);
}

/** An option by its long name without dashes; a flag has no value. */
export type WordOption = readonly [name: string, value?: string];

/** Settings as options by their names without dashes; what is the default anyway is left out. */
export function settingOptions(
  settings: RunSettings,
  keys: readonly (keyof RunSettings)[] = Object.keys(flags) as (keyof RunSettings)[],
): (readonly [name: string, value: string])[] {
  return keys.flatMap((key) => {
    const value: unknown = settings[key];
    const name = flags[key].slice(2);
    if (Array.isArray(value)) return value.map((each) => [name, String(each)] as const);
    return value === defaultSettings[key] ? [] : [[name, shown(key, value)] as const];
  });
}

/** A word an option, its value joined to it; what is the default anyway is left out. */
export function attributeWords({ base, sft, calibration, tokenizer }: RunInputs, settings: RunSettings): string[] {
  const inputs = [`--base=${base}`, `--sft=${sft}`, ...calibration.map((path) => `--calibration=${path}`)];
  const given = settingOptions(settings).map(([name, value]) => `--${name}=${value}`);
  return [...inputs, ...(tokenizer === undefined ? [] : [`--tokenizer=${tokenizer}`]), ...given];
}
