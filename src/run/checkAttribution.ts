import { checkSettings } from '../settings/runSettings.ts';
import type { AttributionOptions } from './attributionRun.ts';
import { locateInputs } from './files/locateInputs.ts';
import { checkOutputs } from './files/runOutputs.ts';

/**
 * What can be said of a run before any of it is done: its settings, whether its inputs are there, and whether its outputs
 * may be written. Opens no weights and starts no engine.
 *
 * @throws InputError as the run itself would
 */
export async function checkAttribution({ inputs, outputs, settings, overwrite }: AttributionOptions): Promise<void> {
  checkSettings(settings);
  const located = await locateInputs(inputs);
  await checkOutputs({ ...located.inputs, chatTemplate: settings.chatTemplate }, outputs, overwrite);
}
