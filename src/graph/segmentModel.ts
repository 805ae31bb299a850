import { create, toBinary } from '@bufbuild/protobuf';
import type { Architecture } from '../checkpoint/architecture/architecture.ts';
import { attentionChunks } from './layers/attention/attentionChunks.ts';
import { samplesContexts, sequenceContexts, targetContexts } from './layers/attention/context.ts';
import { type DecoderLayer, decoderLayer, decoderLayerBackward, type LayerAttribution } from './layers/decoderLayer.ts';
import { dimensions } from './layers/dimensions.ts';
import { forwardLayer } from './layers/forwardLayer.ts';
import type { HeldWeights } from './layers/products/weightMatrix.ts';
import { type LayerWeights, type LocateWeight, layerWeights } from './layers/products/weights.ts';
import { rmsScale, rmsScaleBackward } from './layers/rmsNorm.ts';
import { sumLast } from './layers/shapes.ts';
import { targetLayer, targetLayerBackward } from './layers/targetLayer.ts';
import { type Arithmetic, plainArithmetic } from './onnx/arithmetic.ts';
import { ModelProtoSchema } from './onnx/gen/onnx-ml_pb.ts';
import { GraphScope } from './onnx/graphScope.ts';
import { Initializers } from './onnx/initializers.ts';
import type { Value } from './onnx/value.ts';
import type { ValueType } from './onnx/valueInfo.ts';
import { keptScores, keyFactors, rankingOutputs, rankingOutputTypes, rankLimit, rankTargets } from './ranking.ts';
import { rotaryInputTypes } from './rotaryInputs.ts';
import { type ChunkInput, chunkInputs, segmentInputs, segmentOutputs } from './segmentNames.ts';

/* Builds the ONNX graph of a segment: some of a model's decoder layers, forward and backward. */

/** Layers `from` up to, not including, `to`. */
export interface LayerRange {
  readonly from: number;
  readonly to: number;
}

/** ONNX opset and format version that every supported runtime reads. */
const versions = { opset: 21, irVersion: 10 };
/** Those that have bit casts, by which units are emulated. */
const emulatedVersions = { opset: 26, irVersion: 13 };

export function modelBytes(
  graph: ReturnType<GraphScope['graph']>,
  { units }: Arithmetic = plainArithmetic,
): Uint8Array {
  const { opset, irVersion } = units === undefined ? versions : emulatedVersions;
  const opsetImport = [{ domain: '', version: BigInt(opset) }];
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: BigInt(irVersion), opsetImport, graph }));
}

/**
 * ONNX bytes of a run of decoder layers. One session serves two purposes, chosen by the `attribute` input of an `If`
 * whose branches share the weights: passing the residual stream on, or forward and backward for a batch of targets.
 * Each branch has a forward of its own, so that a forward run keeps no activation for a backward that is not run.
 * @param ranked of a whole model, its neurons: it ranks them too (src/graph/ranking.ts)
 */
export function segmentModel(
  architecture: Architecture,
  range: LayerRange,
  locate: LocateWeight,
  held: HeldWeights,
  arithmetic: Arithmetic = plainArithmetic,
  ranked?: number,
): Uint8Array {
  const scope = new GraphScope(new Initializers(), arithmetic);
  const segment = new Segment(architecture, range, scope, locate, held, ranked);
  const outputs = segment.outputs();
  const values = scope.ops('If', [segmentInputs.attribute as Value], outputs.length, {
    then_branch: { graph: segment.attributeBranch() },
    else_branch: { graph: segment.forwardBranch() },
  });
  outputs.forEach((output, i) => {
    scope.named(values[i]!, output.name);
  });
  return modelBytes(scope.graph('segment', outputs, segment.inputs()), arithmetic);
}

class Segment {
  readonly #architecture: Architecture;
  readonly #range: LayerRange;
  readonly #scope: GraphScope;
  readonly #weights: LayerWeights[];
  readonly #dims;
  /** What ranking multiplies scores with, and of how many neurons; undefined where it does not rank. */
  readonly #ranking: { readonly factors: Value; readonly neurons: number } | undefined;

  constructor(
    architecture: Architecture,
    range: LayerRange,
    scope: GraphScope,
    locate: LocateWeight,
    held: HeldWeights,
    ranked: number | undefined,
  ) {
    this.#architecture = architecture;
    this.#range = range;
    this.#scope = scope;
    this.#dims = dimensions(architecture);
    this.#weights = [];
    for (let layer = range.from; layer < range.to; layer++) {
      this.#weights.push(layerWeights(scope, architecture, layer, locate, held));
    }
    this.#ranking = ranked === undefined ? undefined : { factors: keyFactors(scope, ranked), neurons: ranked };
  }

  get #isLast() {
    return this.#range.to === this.#architecture.layers;
  }

  inputs(): ValueType[] {
    const { hidden, heads, keyValueHeads } = this.#dims;
    const inputs: ValueType[] = [
      { name: segmentInputs.stream, type: 'float32', shape: ['R', hidden] },
      ...rotaryInputTypes(this.#architecture),
      { name: segmentInputs.positions, type: 'float32', shape: ['T'] },
      { name: segmentInputs.attribute, type: 'bool', shape: [] },
      { name: segmentInputs.queryPositions, type: 'float32', shape: ['GT'] },
      { name: segmentInputs.queries, type: 'int32', shape: ['S', keyValueHeads, 'GT'] },
      { name: segmentInputs.keys, type: 'int32', shape: ['S', keyValueHeads, 'T'] },
      { name: segmentInputs.mixed, type: 'int32', shape: ['R', heads] },
      { name: segmentInputs.rows, type: 'int64', shape: ['N'] },
      { name: segmentInputs.packedRows, type: 'int64', shape: ['M'] },
      { name: segmentInputs.packedPlaces, type: 'int64', shape: ['M'] },
      { name: segmentInputs.queryPlaces, type: 'int32', shape: ['M'] },
      { name: segmentInputs.keyPlaces, type: 'int32', shape: ['C', 'N', 'T_targets'] },
      { name: segmentInputs.ownRows, type: 'int64', shape: ['N'] },
      { name: segmentInputs.ownTargets, type: 'int64', shape: ['M'] },
      { name: segmentInputs.direction, type: 'float32', shape: ['N', hidden] },
    ];
    for (let chunk = 0; chunk < attentionChunks; chunk++) {
      const { used, rows, keys, unpack } = chunkInputs(chunk);
      inputs.push(
        { name: used, type: 'bool', shape: [] },
        { name: rows, type: 'int32', shape: [`B${chunk}`] },
        { name: keys, type: 'int32', shape: [`K${chunk}`] },
        { name: unpack, type: 'int32', shape: [`N${chunk}`, `B${chunk}`] },
      );
    }
    if (!this.#isLast) {
      inputs.push({ name: segmentInputs.gradient, type: 'float32', shape: ['M', hidden] });
    }
    if (this.#ranking !== undefined) inputs.push(rankLimit, keptScores);
    return inputs;
  }

  /** In the order in which each branch gives them. */
  outputs(): readonly ValueType[] {
    const always = Object.values(segmentOutputs).map((name): ValueType => ({ name, type: 'float32' }));
    return this.#ranking === undefined ? always : [...always, ...rankingOutputTypes];
  }

  forwardBranch() {
    const scope = this.#scope.branch();
    const samples = samplesContexts(scope, this.#architecture, {
      positions: segmentInputs.positions as Value,
      queryPositions: segmentInputs.queryPositions as Value,
      queries: segmentInputs.queries as Value,
      keys: segmentInputs.keys as Value,
      mixed: segmentInputs.mixed as Value,
    });
    let stream = segmentInputs.stream as Value;
    for (const [i, weights] of this.#weights.entries()) {
      stream = forwardLayer(scope, weights, stream, samples[this.#range.from + i]!, this.#dims).output;
    }
    return this.#branch(scope, { [segmentOutputs.stream]: stream });
  }

  attributeBranch() {
    const scope = this.#scope.branch();
    const dims = this.#dims;
    const { from, to } = this.#range;
    const all = sequenceContexts(scope, this.#architecture, segmentInputs.positions as Value, dims);
    const sequences = all.slice(from, to);
    const targets = targetContexts(scope, sequences, dims, {
      attribute: segmentInputs.attribute as Value,
      rows: segmentInputs.rows as Value,
      packedRows: segmentInputs.packedRows as Value,
      packedPlaces: segmentInputs.packedPlaces as Value,
      queryPlaces: segmentInputs.queryPlaces as Value,
      keyPlaces: segmentInputs.keyPlaces as Value,
      chunks: Array.from({ length: attentionChunks }, (_, chunk) => chunkInputs(chunk) as Record<ChunkInput, Value>),
      ownRows: segmentInputs.ownRows as Value,
      ownTargets: segmentInputs.ownTargets as Value,
    });
    const dense = this.#isLast ? this.#weights.slice(0, -1) : this.#weights;
    const section = <Built>(build: () => Built): Built => scope.section(segmentInputs.attribute as Value, build);
    const layers: DecoderLayer[] = [];
    let stream = segmentInputs.stream as Value;
    for (const [i, weights] of dense.entries()) {
      const layer = section(() => decoderLayer(scope, weights, stream, sequences[i]!, dims));
      layers.push(layer);
      stream = layer.output;
    }
    const found: LayerAttribution[] = [];
    let direction = segmentInputs.direction as Value;
    let gradient: Value | undefined = segmentInputs.gradient as Value;
    let top: { direction: Value; logit: Value } | undefined;
    const needInput = (index: number) => from + index > 0;
    if (this.#isLast) {
      const weights = this.#weights.at(-1)!;
      const [sequence, own] = [sequences.at(-1)!, targets.at(-1)!];
      const { head, last } = section(() => {
        const layer = targetLayer(scope, weights, stream, sequence, own, dims);
        const head = headGradient(scope, layer.output, direction, dims.eps);
        const need = needInput(dense.length);
        const { gradient, direction: along } = head;
        const last = targetLayerBackward(scope, weights, layer, gradient, along, sequence, own, dims, need);
        return { head, last };
      });
      top = head;
      direction = head.direction;
      found.unshift(last);
      gradient = last.input;
    }
    for (let i = dense.length - 1; i >= 0; i--) {
      const layer = decoderLayerBackward(
        scope,
        dense[i]!,
        layers[i]!,
        gradient!,
        direction,
        sequences[i]!,
        targets[i]!,
        dims,
        needInput(i),
      );
      found.unshift(layer);
      gradient = layer.input;
    }
    const scores = scope.op(
      'Concat',
      found.map((layer) => layer.scores),
      { axis: 1 },
    );
    const ranking = this.#ranking && rankTargets(scope, scores, this.#ranking.factors, this.#ranking.neurons);
    return this.#branch(scope, {
      [segmentOutputs.scores]: scores,
      ...(ranking && {
        [rankingOutputs.ranked]: ranking.ranked,
        [rankingOutputs.top]: ranking.top,
        [rankingOutputs.sum]: ranking.sum,
        [rankingOutputs.max]: ranking.max,
      }),
      [segmentOutputs.writes]: scope.op(
        'Concat',
        found.map((layer) => layer.writes),
        { axis: 1 },
      ),
      ...(gradient && { [segmentOutputs.gradient]: gradient }),
      ...(top && { [segmentOutputs.direction]: top.direction, [segmentOutputs.logit]: top.logit }),
    });
  }

  /** @param values by the names of the segment's outputs; those left out are empty */
  #branch(scope: GraphScope, values: Readonly<Record<string, Value>>) {
    const outputs = this.outputs().map(({ name, type }): ValueType => {
      const value = values[name] ?? scope.initializers.empty(type as 'float32' | 'float64' | 'int32');
      return { name: scope.op('Identity', [value]), type };
    });
    return scope.graph('branch', outputs);
  }
}

/**
 * The gold logit and its gradient at the last layer's output, from `u = gamma ⊙ W_U[y*]`.
 * With `s` the final norm's scale at the row: `d = s · u` (the frozen direction of eq. 2), logit `⟨h, d⟩`, gradient
 * `d − h s² ⟨h, d⟩ / D`. No vocabulary-sized value appears.
 * @param stream `[N, D]`; @param head `u`, `[N, D]`
 */
function headGradient(scope: GraphScope, stream: Value, head: Value, eps: number) {
  const scale = rmsScale(scope, stream, eps);
  const direction = scope.op('Mul', [head, scale]);
  const logit = sumLast(scope, scope.op('Mul', [stream, direction]), true);
  return { direction, logit, gradient: rmsScaleBackward(scope, stream, scale, head) };
}
