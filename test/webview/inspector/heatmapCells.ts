import type { Frame } from 'playwright-core';
import { projectionName } from '../../../src/checkpoint/architecture/tensorNames.ts';
import { resetSet } from '../../../src/method/resetSet.ts';
import { bestRanks } from '../../../src/record/run/resetReport.ts';
import type { InspectorServer } from '../inspectorServer.ts';

/** What the cells of the heatmap tell a screen reader, by layer and module. */
function cellLabels(frame: Frame): Promise<string[]> {
  return frame.locator('g.cell').evaluateAll((cells) => cells.map((cell) => cell.getAttribute('aria-label') ?? ''));
}

/** Labels that the method's own reset set gives for a rho. */
export function expectedCells(server: InspectorServer, rho: number): string[] {
  const { layout, arrays } = server.document.open!;
  const set = resetSet(layout, bestRanks(layout, arrays), rho);
  return layout.modules.map(({ layer, projection, width }) => {
    const reset = set.get(projectionName(layer, projection))?.length ?? 0;
    return `Layer ${layer} ${projection}: ${reset} of ${width} neurons reset, ${((100 * reset) / width).toFixed(2)} %`;
  });
}

/** Those of single modules, not of layers or the whole model. */
export async function moduleLabels(frame: Frame): Promise<string[]> {
  return (await cellLabels(frame)).filter((label) => /^Layer \d+ \w+_proj/.test(label));
}
