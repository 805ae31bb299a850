import { type CalibrationOptions, readCalibration } from '../calibration/calibration.ts';
import { calibrationFiles } from '../calibration/files/calibrationFiles.ts';
import type { RowUnit } from '../calibration/rows/row.ts';
import { runTexts } from '../calibration/runTexts.ts';
import type { CalibrationSample } from '../calibration/sample.ts';
import type { CalibrationReading } from '../calibration/sampleReader.ts';
import { locateCheckpoint } from '../checkpoint/folder/locateCheckpoint.ts';
import { responseRowCount } from '../method/responseRows.ts';
import type { CalibrationSettings } from '../settings/calibrationSettings.ts';
import { checkSettings, defaultSettings } from '../settings/runSettings.ts';
import { sftTokenizer } from './files/sftFolder.ts';

/* Reads calibration files as a run would, and shows what it was taken for: nothing is measured. */

export interface PreviewOptions
  extends CalibrationSettings,
    Pick<CalibrationOptions, 'samples' | 'seed' | 'signal' | 'onProgress'> {
  /** Files, patterns, or folders of data sets. */
  readonly calibration: readonly string[];
  /** The SFT checkpoint, or a LoRA adapter. */
  readonly sft: string;
  /** What it was trained from; only an adapter needs it. Samples are cut to what both were made for. */
  readonly base?: string | undefined;
  /** A `tokenizer.json` to use in place of the SFT's. */
  readonly tokenizer?: string | undefined;
  readonly maxLength: number;
}

/** A piece of a sample's text. Untrusted. */
export interface PreviewPiece {
  readonly text: string;
  /** Its tokens are a response's. */
  readonly response: boolean;
}

export interface CalibrationPreview {
  readonly reading: CalibrationReading;
  /** Which files and folders are meant, and what was drawn, cut or skipped. */
  readonly notes: readonly string[];
  readonly samples: number;
  readonly tokens: number;
  readonly responseTokens: number;
  readonly first: {
    /** Path of its file, where there are several. */
    readonly file?: string;
    /** What its number counts. */
    readonly unit: RowUnit;
    readonly line: number;
    readonly tokens: number;
    readonly responses: CalibrationSample['responses'];
    /** The sample from its first token to its last. */
    readonly pieces: readonly PreviewPiece[];
  };
}

/** A sample's tokens as runs, each of one response or of what lies between. */
function runsOf({ ids, responses }: CalibrationSample): { readonly ids: Uint32Array; readonly response: boolean }[] {
  const runs: { ids: Uint32Array; response: boolean }[] = [];
  let at = 0;
  for (const { start, end } of responses) {
    runs.push({ ids: ids.subarray(at, start), response: false }, { ids: ids.subarray(start, end), response: true });
    at = end;
  }
  runs.push({ ids: ids.subarray(at), response: false });
  return runs.filter((run) => run.ids.length > 0);
}

/**
 * What calibration files would be taken for with these settings, with its first sample as text.
 *
 * @throws InputError as a run does
 * @throws Interrupted by the signal
 */
export async function previewCalibration(options: PreviewOptions): Promise<CalibrationPreview> {
  checkSettings({ ...defaultSettings, ...options });
  const { calibration, sft, base, tokenizer, maxLength, ...others } = options;
  const located = await locateCheckpoint(sft);
  const under = base === undefined ? undefined : await locateCheckpoint(base);
  const { maxPositions, ...read } = await sftTokenizer(located.folder, under?.folder, tokenizer);
  const preview = await previewSamples(calibration, {
    ...others,
    ...read,
    maxLength: Math.min(maxLength, maxPositions),
  });
  return { ...preview, notes: [...(under?.notes ?? []), ...located.notes, ...preview.notes] };
}

/**
 * As {@link previewCalibration}, where it is known already what the files are tokenised and rendered with.
 *
 * @param calibration files, patterns, or folders of data sets
 */
export async function previewSamples(
  calibration: readonly string[],
  options: Omit<CalibrationOptions, 'paths'>,
): Promise<CalibrationPreview> {
  const { tokenizerPath, signal } = options;
  const { paths, notes: chosen } = await calibrationFiles(calibration);
  const { samples, reading, notes, units } = await readCalibration({ ...options, paths });
  const sample = samples[0]!;
  const runs = runsOf(sample);
  const texts = await runTexts(
    tokenizerPath,
    runs.map(({ ids }) => ids),
    signal,
  );
  return {
    reading,
    notes: [...chosen, ...notes],
    samples: samples.length,
    tokens: samples.reduce((sum, { ids }) => sum + ids.length, 0),
    responseTokens: samples.reduce((sum, { responses }) => sum + responseRowCount(responses), 0),
    first: {
      ...(sample.file === undefined ? {} : { file: paths[sample.file]! }),
      unit: units[sample.file ?? 0]!,
      line: sample.line,
      tokens: sample.ids.length,
      responses: sample.responses,
      pieces: runs.map(({ response }, i) => ({ text: texts[i]!, response })),
    },
  };
}
