import { type CalibrationOptions, readCalibration } from '../calibration/calibration.ts';
import { runTexts } from '../calibration/runTexts.ts';
import type { CalibrationSample } from '../calibration/sample.ts';
import type { CalibrationReading } from '../calibration/sampleReader.ts';
import { openCheckpoint } from '../checkpoint/openCheckpoint.ts';
import { usableLength } from '../checkpoint/sequenceLength.ts';
import { responseRowCount } from '../method/responseRows.ts';
import type { CalibrationSettings } from '../settings/calibrationSettings.ts';

/* Reads a calibration file as a run would, and shows what it was taken for: nothing is measured. */

export interface PreviewOptions extends CalibrationSettings, Pick<CalibrationOptions, 'signal' | 'onProgress'> {
  readonly calibration: string;
  /** Folder of the SFT checkpoint. */
  readonly sft: string;
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
  /** What was cut or skipped. */
  readonly notes: readonly string[];
  readonly samples: number;
  readonly tokens: number;
  readonly responseTokens: number;
  readonly first: {
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
 * What a calibration file would be taken for with these settings, with its first sample as text.
 *
 * @throws InputError as a run does
 * @throws Interrupted by the signal
 */
export async function previewCalibration(options: PreviewOptions): Promise<CalibrationPreview> {
  const { calibration, sft, maxLength, signal, ...others } = options;
  const checkpoint = await openCheckpoint(sft);
  const { tokenizerPath, architecture, folder } = checkpoint;
  const { samples, reading, notes } = await readCalibration({
    ...others,
    path: calibration,
    tokenizerPath,
    templateFolders: [folder],
    maxLength: usableLength([checkpoint], maxLength),
    vocabSize: architecture.vocabSize,
    signal,
  });
  const sample = samples[0]!;
  const runs = runsOf(sample);
  const texts = await runTexts(
    tokenizerPath,
    runs.map(({ ids }) => ids),
    signal,
  );
  return {
    reading,
    notes,
    samples: samples.length,
    tokens: samples.reduce((sum, { ids }) => sum + ids.length, 0),
    responseTokens: samples.reduce((sum, { responses }) => sum + responseRowCount(responses), 0),
    first: {
      line: sample.line,
      tokens: sample.ids.length,
      responses: sample.responses,
      pieces: runs.map(({ response }, i) => ({ text: texts[i]!, response })),
    },
  };
}
