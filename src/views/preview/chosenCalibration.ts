import { heldOutNote, heldOutSamples } from '../../calibration/heldOut.ts';
import { shownCount } from '../../files/reading/shown.ts';
import { sftTokenizer } from '../../run/files/sftFolder.ts';
import { type CalibrationPreview, previewSamples } from '../../run/previewCalibration.ts';
import { calibrationSettingsOf } from '../../settings/calibrationSettings.ts';
import { showBytes } from '../../settings/memorySize.ts';
import type { RunSettings } from '../../settings/runSettings.ts';
import type { Check } from '../ask/ask.ts';
import { notice } from '../jobs/messageOf.ts';
import { showPreview } from './previewDocuments.ts';
import { sampleCounts } from './previewText.ts';

/* A calibration that was chosen for an SFT checkpoint: read once to see that it can be used, and to show what it is. */

type Reading = Pick<Check, 'signal' | 'tell'>;

/** What of a run's settings decides how a calibration is read. */
function readingSettings(settings: RunSettings) {
  const { samples, seed, maxLength } = settings;
  return { ...calibrationSettingsOf(settings), samples, seed, maxLength };
}

/** Differs wherever something would be read or said otherwise. */
function keyOf(settings: RunSettings): string {
  return JSON.stringify([readingSettings(settings), settings.holdout]);
}

export class ChosenCalibration {
  readonly #named: readonly string[];
  readonly #sft: string;
  readonly #base: string | undefined;
  readonly #notes: readonly string[];
  #preview: CalibrationPreview | undefined;
  /** What the preview was read with. */
  #readWith = '';

  /**
   * @param base the SFT checkpoint's base, undefined where that is not known; an adapter needs it
   * @param notes what is to be said of the checkpoints before they are run
   */
  constructor(named: readonly string[], sft: string, base: string | undefined, notes: readonly string[] = []) {
    this.#named = named;
    this.#sft = sft;
    this.#base = base;
    this.#notes = notes;
  }

  /**
   * Reads the calibration as a run would, unless that was done with these settings.
   *
   * @throws InputError as a run does
   * @throws Interrupted by the signal
   */
  async read(settings: RunSettings, { signal, tell }: Reading): Promise<CalibrationPreview> {
    const reading = readingSettings(settings);
    const readWith = keyOf(settings);
    if (this.#preview !== undefined && readWith === this.#readWith) return this.#preview;
    const { holdout, seed } = settings;
    const { maxPositions, ...tokenizer } = await sftTokenizer(this.#sft, this.#base);
    const preview = await previewSamples(this.#named, {
      ...reading,
      ...tokenizer,
      maxLength: Math.min(reading.maxLength, maxPositions),
      signal,
      onProgress: (done, total) => tell(`${showBytes(done)} of ${showBytes(total)} tokenised`),
    });
    const heldOut = heldOutNote(heldOutSamples(preview.samples, holdout, seed), preview.samples, seed);
    const notes = [...preview.notes, ...(heldOut === undefined ? [] : [heldOut]), ...this.#notes];
    this.#preview = { ...preview, notes };
    this.#readWith = readWith;
    return this.#preview;
  }

  /** What it was taken for, as a list may say it. */
  described(settings: RunSettings): { readonly description: string; readonly detail: string } {
    const preview = this.#preview;
    if (preview === undefined || keyOf(settings) !== this.#readWith) {
      return { description: '', detail: 'Shows what it is taken for with these settings, and the first sample' };
    }
    const { length } = preview.notes;
    const notes = length === 0 ? '' : `, ${shownCount(length, 'note')}`;
    return { description: `${sampleCounts(preview)}${notes}`, detail: notice(preview.reading.sentence) };
  }

  /** Opens the preview. As {@link read}. */
  async show(settings: RunSettings, reading: Reading, preserveFocus: boolean): Promise<void> {
    await showPreview(await this.read(settings, reading), this.#named, this.#sft, preserveFocus);
  }
}
