import {
  type Architecture,
  expertsAt,
  isOfExperts,
  isWrite,
  type Projection,
  projectionShape,
  projections,
} from '../checkpoint/architecture/architecture.ts';

/* Which neurons a model has, and their flat order: layer, then q k v o gate up down, then expert, then neuron. */

/** One projection of one layer as a run of neurons in the flat order. */
export interface NeuronModule {
  readonly layer: number;
  readonly projection: Projection;
  /** Flat index of the module's first neuron. */
  readonly offset: number;
  /** Number of neurons; of experts one's after the other's. */
  readonly width: number;
  /** A neuron is an output row of q, k, v, gate, up; an input column of o, down. */
  readonly axis: 'row' | 'column';
  /** Parameters that are reset with one neuron, its bias entry included. */
  readonly parametersPerNeuron: number;
  /** Experts whose neurons it has; left out where the layer has a single feed-forward block. */
  readonly experts?: number;
}

/** Every neuron of a model in that order. */
export interface NeuronLayout {
  readonly modules: readonly NeuronModule[];
  /** Number of neurons in the whole model. */
  readonly total: number;
}

/** A neuron's expert, and its place there; undefined where the module is of a single block. */
export function expertNeuron(
  { experts, width }: Pick<NeuronModule, 'experts' | 'width'>,
  neuron: number,
): { readonly expert: number; readonly neuron: number } | undefined {
  if (experts === undefined) return undefined;
  const each = width / experts;
  return { expert: Math.floor(neuron / each), neuron: neuron % each };
}

/** The neurons of one expert of a module as a run in the flat order. */
export function neuronsOfExpert(
  { experts, offset, width }: Pick<NeuronModule, 'experts' | 'offset' | 'width'>,
  expert: number,
): Pick<NeuronModule, 'offset' | 'width'> {
  const each = width / (experts ?? 1);
  return { offset: offset + expert * each, width: each };
}

/** What a neuron is called within its module: `17`, of experts `expert 3 · 17`. */
export function neuronText(module: Pick<NeuronModule, 'experts' | 'width'>, neuron: number): string {
  const own = expertNeuron(module, neuron);
  return own === undefined ? String(neuron) : `expert ${own.expert} · ${own.neuron}`;
}

export function neuronLayout(architecture: Architecture): NeuronLayout {
  const modules: NeuronModule[] = [];
  let offset = 0;
  for (let layer = 0; layer < architecture.layers; layer++) {
    for (const projection of projections) {
      const [rows, columns] = projectionShape(architecture, layer, projection);
      const axis = isWrite(projection) ? 'column' : 'row';
      const experts = isOfExperts(projection) ? expertsAt(architecture, layer)?.count : undefined;
      const width = (axis === 'row' ? rows : columns) * (experts ?? 1);
      const bias = axis === 'row' && architecture.biases[projection] ? 1 : 0;
      const parametersPerNeuron = (axis === 'row' ? columns : rows) + bias;
      modules.push({
        layer,
        projection,
        offset,
        width,
        axis,
        parametersPerNeuron,
        ...(experts !== undefined && { experts }),
      });
      offset += width;
    }
  }
  return { modules, total: offset };
}
