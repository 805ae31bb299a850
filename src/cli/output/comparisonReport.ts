import { InputError } from '../../errors.ts';
import type { ComparisonRecord } from '../../record/comparison/comparisonRecord.ts';
import { showBytes } from '../../settings/memorySize.ts';
import { calibrationText } from './calibrationText.ts';
import {
  moduleTable,
  pairName,
  seriesTable,
  spikeTable,
  statisticsTable,
  tensorPosition,
  tensorTable,
  unsharedTable,
  wholeModel,
} from './comparisonTables.ts';
import { comparisonDocument } from './json/jsonDocuments.ts';
import { printable } from './printable.ts';
import { hasSpectra, spectrumMeaning, spectrumTable } from './spectrumTables.ts';

/* A comparison record as text for the terminal, or as JSON. */

const mostTensors = 10;
const mostSpikes = 10;

/** Tables of each pair are shown up to here; a longer series shows its table, and the last pair's. */
const mostPairs = 15;

function shownPairs({ pairs }: ComparisonRecord): number[] {
  return pairs.length > mostPairs ? [pairs.length - 1] : pairs.map((_, pair) => pair);
}

function heading(record: ComparisonRecord): string {
  const { checkpoints, output, seconds } = record;
  const bytes = checkpoints.reduce((sum, { files }) => files.reduce((total, file) => total + file.bytes, sum), 0);
  const lines = checkpoints.map(
    ({ name, folder }, i) => `${i === 0 ? 'reference   ' : '            '} ${printable(name)}  ${printable(folder)}`,
  );
  if (output !== undefined) {
    const rows = output.means[0]?.rows ?? 0;
    lines.push(
      calibrationText(output.calibration),
      `             ${output.samples.length} samples, ${rows} response tokens, on ${output.device}`,
    );
  }
  lines.push(`             ${showBytes(bytes)} compared in ${seconds.toFixed(2)} s`);
  return lines.join('\n');
}

function pairBlock(record: ComparisonRecord, pair: number): string {
  const title = printable(pairName(record, pair));
  const { nonFinite } = wholeModel(record, pair);
  return [
    `${title}, by module (layers pooled):\n${moduleTable(record, pair)}`,
    `${title}, most changed tensors:\n${tensorTable(record, pair, mostTensors)}`,
    ...(hasSpectra(record, pair)
      ? [`${title}, structure or noise (${spectrumMeaning}):\n${spectrumTable(record, pair)}`]
      : []),
    `${title}, largest changes of single elements:\n${spikeTable(record, pair, mostSpikes)}`,
    ...(nonFinite === 0
      ? []
      : [`WARNING: ${nonFinite} elements are infinite or not a number on one side and are left out.`]),
  ].join('\n\n');
}

/**
 * A comparison as tables for a terminal.
 *
 * @param path of the record, when it was written
 */
export function comparisonText(record: ComparisonRecord, path: string | undefined): string {
  const pairs = shownPairs(record);
  const left = record.pairs.length - pairs.length;
  return [
    ...(path === undefined ? [] : [`Comparison record ${printable(path)}`]),
    heading(record),
    seriesTable(record),
    ...pairs.map((pair) => pairBlock(record, pair)),
    ...(left === 0 ? [] : [`Tables of ${left} other pairs are left out; --json prints everything.`]),
    ...(record.unshared === undefined
      ? []
      : [`Tensors that not all checkpoints have, or not whole:\n${unsharedTable(record)}`]),
    ...(record.notes.length === 0 ? [] : [`Notes:\n${record.notes.map((note) => `  ${printable(note)}`).join('\n')}`]),
  ].join('\n\n');
}

/**
 * One tensor of a comparison, in every pair.
 *
 * @throws InputError when there is no such tensor
 */
export function tensorText(record: ComparisonRecord, name: string): string {
  const position = tensorPosition(record, name);
  if (typeof position === 'string') throw new InputError(position);
  const tensor = record.tensors[position]!;
  const pairs = record.pairs.map((_, pair) => pair);
  return [
    `${printable(tensor.name)}  [${tensor.shape.join(', ')}]`,
    statisticsTable(record, pairs, position),
    ...pairs.map(
      (pair) =>
        `${printable(pairName(record, pair))}, largest changes:\n${spikeTable(record, pair, mostSpikes, tensor.name)}`,
    ),
  ].join('\n\n');
}

/** What the commands print with --json: everything scalar. */
export function comparisonJson(record: ComparisonRecord, path: string | undefined) {
  const { output, schema: _schema, version: _version, arrays: _arrays, ...rest } = record;
  if (output === undefined) return comparisonDocument.of({ record: path ?? null, ...rest });
  const { tokens: _tokens, ...measured } = output;
  return comparisonDocument.of({ record: path ?? null, ...rest, output: measured });
}
