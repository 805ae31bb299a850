import { expertNeuron, type NeuronLayout } from '../../method/neuronLayout.ts';
import { responseRows } from '../../method/responseRows.ts';
import { floatArray, intArray, type RecordArrays } from '../../record/arrays/arrays.ts';
import { measurementArrayName } from '../../record/arrays/measurementArrays.ts';
import { neuronArrayName } from '../../record/run/recordArrays.ts';
import type { OpenRecord } from '../../record/run/recordFile.ts';
import { targetRows } from '../../record/run/targetRows.ts';

/* A run record as tables: what is in each column, for files that other programs read. */

/** A column: numbers of one kind, texts, or truth values. */
export interface TableColumn {
  readonly name: string;
  readonly type: 'INT32' | 'FLOAT' | 'STRING' | 'BOOLEAN';
  readonly data: Int32Array | Float32Array | readonly string[] | readonly boolean[];
}

/** Columns of one length, by the table's name. */
export type RecordTables = ReadonlyMap<string, readonly TableColumn[]>;

/** A row a neuron, in the flat order. */
function neuronColumns({ modules, total }: NeuronLayout, arrays: RecordArrays): TableColumn[] {
  const [layers, neurons] = [new Int32Array(total), new Int32Array(total)];
  const experts = modules.some((module) => module.experts !== undefined) ? new Int32Array(total).fill(-1) : undefined;
  const names: string[] = [];
  const [ranks, hits] = [new Int32Array(total), new Int32Array(total)];
  const [means, most] = [new Float32Array(total), new Float32Array(total)];
  for (const module of modules) {
    const { layer, projection, offset, width } = module;
    layers.fill(layer, offset, offset + width);
    for (let neuron = 0; neuron < width; neuron++) {
      neurons[offset + neuron] = neuron;
      const own = expertNeuron(module, neuron);
      if (experts !== undefined && own !== undefined) experts[offset + neuron] = own.expert;
      names.push(projection);
    }
    ranks.set(intArray(arrays, neuronArrayName(layer, projection, 'best_rank')), offset);
    hits.set(intArray(arrays, neuronArrayName(layer, projection, 'hits')), offset);
    means.set(floatArray(arrays, neuronArrayName(layer, projection, 'mean_score')), offset);
    most.set(floatArray(arrays, neuronArrayName(layer, projection, 'max_score')), offset);
  }
  return [
    { name: 'layer', type: 'INT32', data: layers },
    { name: 'projection', type: 'STRING', data: names },
    // As the record counts them, through all experts; -1 where there are none.
    { name: 'neuron', type: 'INT32', data: neurons },
    ...(experts === undefined ? [] : [{ name: 'expert', type: 'INT32', data: experts } as const]),
    { name: 'best_rank', type: 'INT32', data: ranks },
    { name: 'mean_score', type: 'FLOAT', data: means },
    { name: 'max_score', type: 'FLOAT', data: most },
    { name: 'hits', type: 'INT32', data: hits },
  ];
}

/** A row a response row: the token that it predicts. */
function tokenColumns({ record, arrays }: OpenRecord): TableColumn[] {
  const { samples, tokens } = record;
  const total = samples.reduce((sum, { rows }) => sum + rows, 0);
  const integers = () => new Int32Array(total);
  const [sampleOf, lines, rows, golds] = [integers(), integers(), integers(), integers()];
  const [heldOut, targets] = [new Array<boolean>(total).fill(false), new Array<boolean>(total).fill(false)];
  const ids = intArray(arrays, 'samples.ids');
  samples.forEach((sample, index) => {
    sampleOf.fill(index, sample.firstRow, sample.firstRow + sample.rows);
    lines.fill(sample.line, sample.firstRow, sample.firstRow + sample.rows);
    heldOut.fill(sample.heldOut, sample.firstRow, sample.firstRow + sample.rows);
    responseRows(sample.responses).forEach((row, at) => {
      rows[sample.firstRow + at] = row;
      golds[sample.firstRow + at] = ids[sample.firstId + row + 1]!;
    });
  });
  for (const row of targetRows(samples, intArray(arrays, 'targets.row'))) targets[row] = true;
  const texts = new Map(tokens.ids.map((id, position) => [id, tokens.texts[position]!]));
  return [
    { name: 'position', type: 'INT32', data: Int32Array.from({ length: total }, (_, i) => i) },
    { name: 'sample', type: 'INT32', data: sampleOf },
    { name: 'line', type: 'INT32', data: lines },
    { name: 'row', type: 'INT32', data: rows },
    { name: 'token', type: 'INT32', data: golds },
    { name: 'text', type: 'STRING', data: Array.from(golds, (id) => texts.get(id) ?? '') },
    { name: 'held_out', type: 'BOOLEAN', data: heldOut },
    { name: 'target', type: 'BOOLEAN', data: targets },
  ];
}

/** A row a checkpoint and response row: `position` is that of the tokens' table. */
function measurementColumns({ record, arrays }: OpenRecord): TableColumn[] {
  const { measurements, samples } = record;
  const total = samples.reduce((sum, { rows }) => sum + rows, 0);
  const length = total * measurements.length;
  const floats = (array: 'entropy' | 'top1_probability' | 'nll') => {
    const all = new Float32Array(length);
    for (const at of measurements.keys()) all.set(floatArray(arrays, measurementArrayName(at, array)), at * total);
    return all;
  };
  return [
    {
      name: 'checkpoint',
      type: 'STRING',
      data: measurements.flatMap(({ name }) => new Array<string>(total).fill(name)),
    },
    { name: 'position', type: 'INT32', data: Int32Array.from({ length }, (_, i) => i % total) },
    { name: 'entropy', type: 'FLOAT', data: floats('entropy') },
    { name: 'top1_probability', type: 'FLOAT', data: floats('top1_probability') },
    { name: 'nll', type: 'FLOAT', data: floats('nll') },
  ];
}

/** The tables of a run record. */
export function recordTables(open: OpenRecord): RecordTables {
  return new Map([
    ['neurons', neuronColumns(open.layout, open.arrays)],
    ['tokens', tokenColumns(open)],
    ['measurements', measurementColumns(open)],
  ]);
}
