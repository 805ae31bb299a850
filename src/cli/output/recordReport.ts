import type { OpenRecord } from '../../record/run/recordFile.ts';
import { heavyResetWarning } from '../../record/run/resetReport.ts';
import type { RunRecord } from '../../record/run/runRecord.ts';
import { selectedTokens } from '../../record/run/selectedTokens.ts';
import { overlapSummary } from '../../record/run/targets/samplesOverlap.ts';
import { productsText } from '../../run/progress/runEvents.ts';
import { calibrationText } from './calibrationText.ts';
import { runDocument } from './json/jsonDocuments.ts';
import { printable } from './printable.ts';
import {
  metricsTable,
  overlapSentence,
  phasesTable,
  reconstructionSentence,
  resetSentence,
  resetTable,
  tokensTable,
} from './recordTables.ts';

/* A run record as text for the terminal, or as JSON. */

const shownTokens = 12;

/** How the weights were held, where not as float32; the requests are named when it was not so for all. */
function heldText(plans: RunRecord['engine']['plans']): string {
  const known = Object.entries(plans).filter(([, plan]) => plan !== null);
  const stored = known.filter(([, plan]) => plan!.weights === 'stored').map(([request]) => request);
  if (stored.length === 0) return '';
  return `, weights held as stored${stored.length === known.length ? '' : ` (${stored.join(', ')})`}`;
}

/** How the calibration was read; records of version 1 do not say. */
function readingLines(reading: RunRecord['calibration']): string[] {
  if (reading === undefined) return [];
  const { label, templates, turns, special, skipped, rows } = reading;
  const around = [...special.before, '…', ...special.after].map(printable).join(' ');
  return [
    printable(label),
    ...templates.map(
      ({ place }) => `rendered with ${printable(place)}, ${turns === 'all' ? 'all turns' : 'last turn'}`,
    ),
    ...(around === '…' ? [] : [`special tokens ${around}`]),
    ...(skipped === 0 ? [] : [`${skipped} of ${rows} rows skipped`]),
  ].map((line) => `             ${line}`);
}

/** How many of the samples are held out, where any are. */
function heldOutText({ samples, measurements }: RunRecord): string {
  const { length } = samples.filter(({ heldOut }) => heldOut);
  return length === 0
    ? ''
    : `; held out: ${length} sample${length === 1 ? '' : 's'}, ${measurements[0]!.heldOut!.rows} response tokens`;
}

/** A record as tables for a terminal. */
export function recordText({ path, record, arrays }: OpenRecord): string {
  const { reset, settings, engine, inputs } = record;
  const warning = heavyResetWarning(reset);
  const overlap = overlapSummary(record, arrays);
  const blocks = [
    `Record ${printable(path)}`,
    [
      `base         ${printable(inputs.base.folder)}`,
      `SFT          ${printable(inputs.sft.folder)}`,
      calibrationText(inputs.calibration),
      ...readingLines(record.calibration),
      `             ${record.samples.length} samples, ${record.measurements[0]!.all.rows} response tokens, ` +
        `${record.measurements[0]!.targets.rows} targets${heldOutText(record)}`,
      `settings     alpha ${settings.alpha}, rho ${settings.rho} (up to ${settings.rhoMax}), top-n ${settings.topN}`,
      `device       ${engine.device} (ONNX Runtime ${printable(engine.runtimeVersion)})${heldText(engine.plans)}${productsText(engine.products)}`,
    ].join('\n'),
    metricsTable(record.measurements),
    `Neurons reset, by layer and module:\n${resetTable(reset)}\n${resetSentence(settings.rho, reset)}`,
    ...(warning === undefined ? [] : [`WARNING: ${warning}`]),
    `Most selected tokens:\n${tokensTable(selectedTokens(record, arrays).slice(0, shownTokens))}`,
    ...(overlap === undefined ? [] : [overlapSentence(overlap)]),
    reconstructionSentence(record.reconstruction),
    ...(record.notes.length === 0 ? [] : [`Notes:\n${record.notes.map((note) => `  ${printable(note)}`).join('\n')}`]),
    phasesTable([...record.run.phases, ...(record.checkpoints.at(-1)?.phases ?? [])]),
    ...record.checkpoints.map(
      ({ folder, alpha, rho, dtype }) =>
        `Checkpoint ${printable(folder)} (alpha ${alpha}, rho ${rho}${rho === 0 ? ', fusion only' : ''}${dtype === undefined ? '' : `, ${dtype}`})`,
    ),
  ];
  return blocks.join('\n\n');
}

/** What the commands print with --json: the record without its bulk. */
export function recordJson({ path, record, arrays }: OpenRecord) {
  const { settings, engine, measurements, reset, reconstruction, notes, run, checkpoints } = record;
  const warning = heavyResetWarning(reset);
  return runDocument.of({
    record: path,
    settings,
    engine,
    calibration: record.calibration ?? null,
    samples: record.samples.length,
    heldOutSamples: record.samples.filter(({ heldOut }) => heldOut).length,
    responseTokens: measurements[0]!.all.rows,
    targets: measurements[0]!.targets.rows,
    measurements,
    reset,
    reconstruction,
    selectedTokens: selectedTokens(record, arrays),
    sampleOverlap: overlapSummary(record, arrays) ?? null,
    notes,
    warnings: warning === undefined ? [] : [warning],
    run,
    checkpoints,
  });
}
