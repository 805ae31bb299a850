import { type NeuronLayout, type NeuronModule, neuronText } from '../../../src/method/neuronLayout.ts';

/* Neurons by their flat index, and as they are called. */

/** A neuron's module, and its place there. @returns undefined for one that is not there */
export function placeOf(
  { modules }: NeuronLayout,
  flat: number,
): { readonly module: NeuronModule; readonly neuron: number } | undefined {
  let [low, high] = [0, modules.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (modules[middle]!.offset <= flat) low = middle;
    else high = middle - 1;
  }
  const module = modules[low];
  const neuron = flat - (module?.offset ?? 0);
  return module === undefined || neuron < 0 || neuron >= module.width ? undefined : { module, neuron };
}

/** "Layer 3 · down_proj · 17", of experts "Layer 3 · down_proj · expert 2 · 17" */
export function neuronName(layout: NeuronLayout, flat: number): string {
  const place = placeOf(layout, flat);
  return place === undefined
    ? `neuron ${flat}`
    : `Layer ${place.module.layer} · ${place.module.projection} · ${neuronText(place.module, place.neuron)}`;
}

/** The neuron of a module, or of an expert, with the best rank, the first of those without one; what the neuron tab opens with. */
export function firstOf({ offset, width }: Pick<NeuronModule, 'offset' | 'width'>, bestRank: Int32Array): number {
  let best = offset;
  for (let flat = offset + 1; flat < offset + width; flat++) {
    const [rank, least] = [bestRank[flat]!, bestRank[best]!];
    if (rank >= 0 && (least < 0 || rank < least)) best = flat;
  }
  return best;
}
