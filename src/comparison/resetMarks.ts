import { resolve } from 'node:path';
import type { Architecture } from '../checkpoint/architecture/architecture.ts';
import { neuronsByTensor, placedNeurons } from '../checkpoint/architecture/projectionPlace.ts';
import type { NeuronModule } from '../method/neuronLayout.ts';
import { resetBudget, resetNeurons } from '../method/resetSet.ts';
import type { ResetMarks } from '../protocol/comparison.ts';
import { readRecord, readRecordJson } from '../record/run/recordFile.ts';
import { bestRanks } from '../record/run/resetReport.ts';

/**
 * The reset sets of run records whose base, SFT or committed checkpoints are among a comparison's, at each run's rho.
 * Records that cannot be read are passed over.
 *
 * @param name what the run is called, from its record's path
 */
export async function resetMarks(
  records: readonly string[],
  folders: readonly string[],
  name: (path: string) => string,
): Promise<ResetMarks[]> {
  // As text: a record may name any place, and looking places up would reach out to them.
  const compared = new Set(folders.map((folder) => resolve(folder)));
  const marks: ResetMarks[] = [];
  for (const path of records) {
    const run = await readRecordJson(path).catch(() => undefined);
    if (run === undefined) continue;
    const own = [run.inputs.base.folder, run.inputs.sft.folder, ...run.checkpoints.map(({ folder }) => folder)];
    if (!own.some((folder) => compared.has(resolve(folder)))) continue;
    const open = await readRecord(path).catch(() => undefined);
    if (open === undefined) continue;
    const { record, layout, arrays } = open;
    const budget = resetBudget(record.settings.rho, layout.total);
    const ranks = bestRanks(layout, arrays);
    marks.push({
      run: name(path),
      modules: storedMarks(
        record.architecture,
        layout.modules.map((module) => ({ module, neurons: resetNeurons(module, ranks, budget) })),
      ),
    });
  }
  return marks;
}

/** Marks by the modules that tensors are named after: those of projections that share one are put together. */
export function storedMarks(
  architecture: Architecture,
  found: readonly { readonly module: NeuronModule; readonly neurons: Uint32Array }[],
): ResetMarks['modules'] {
  const marks = new Map<string, ResetMarks['modules'][number]>();
  for (const { module, neurons } of found) {
    const { layer, projection } = module;
    for (const { place, neurons: own } of neuronsByTensor(placedNeurons(architecture, layer, projection), neurons)) {
      const { module: stored, first } = place;
      const others = marks.get(stored)?.neurons ?? [];
      marks.set(stored, {
        layer,
        tensor: `${stored}.weight`,
        neurons: Uint32Array.from([...others, ...own.map((neuron) => first + neuron)]),
      });
    }
  }
  return [...marks.values()];
}
