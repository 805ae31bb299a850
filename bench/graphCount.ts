import { fromBinary } from '@bufbuild/protobuf';
import {
  type GraphProto,
  ModelProtoSchema,
  type NodeProto,
  TensorProto_DataType,
} from '../src/graph/onnx/gen/onnx-ml_pb.ts';

/*
 * Counts what a graph has a device do: products, bytes that its kernels read and write, kernels. Shapes are followed from node
 * to node for given inputs; nothing is computed.
 */

export interface GraphCount {
  /** Operations of matrix products, two for a product and a sum. */
  readonly flops: number;
  /** Bytes that all kernels read and write, each operand once. */
  readonly bytes: number;
  /** Of those, what casts of weights take. */
  readonly castBytes: number;
  readonly kernels: number;
}

interface Tensor {
  readonly dims: readonly number[];
  /** Of shapes and the like, their values. */
  readonly ints?: readonly number[] | undefined;
  readonly elementBytes: number;
}

const size = (dims: readonly number[]) => dims.reduce((product, each) => product * each, 1);
const bytesOf = ({ dims, elementBytes }: Tensor) => size(dims) * elementBytes;

const elementBytes: Readonly<Record<number, number>> = {
  [TensorProto_DataType.BFLOAT16]: 2,
  [TensorProto_DataType.FLOAT16]: 2,
  [TensorProto_DataType.INT64]: 8,
};

function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const length = Math.max(a.length, b.length);
  const at = (dims: readonly number[], i: number) => dims[i - length + dims.length] ?? 1;
  return Array.from({ length }, (_, i) => Math.max(at(a, i), at(b, i)));
}

/** What views a tensor anew, or is done on the host. */
const free = new Set(['Reshape', 'Unsqueeze', 'Squeeze', 'Identity', 'Shape']);

class Counter {
  flops = 0;
  bytes = 0;
  castBytes = 0;
  kernels = 0;
  readonly #known: Map<string, Tensor>;

  constructor(known: Map<string, Tensor>) {
    this.#known = known;
  }

  run({ node }: GraphProto, branch: 'then_branch' | 'else_branch'): void {
    for (const each of node) {
      if (each.opType !== 'If') {
        this.#node(each);
        continue;
      }
      // The outermost chooses the purpose; sections inside are always taken.
      const graph = each.attribute.find(({ name }) => name === branch)!.g!;
      this.run(graph, 'then_branch');
      graph.output.forEach(({ name }, i) => {
        this.#known.set(each.output[i]!, this.#known.get(name)!);
      });
    }
  }

  #node(node: NodeProto): void {
    const inputs = node.input.map((name) => this.#known.get(name)!);
    const outputs = outputsOf(node, inputs);
    outputs.forEach((output, i) => {
      this.#known.set(node.output[i]!, output);
    });
    const [output] = outputs;
    if (free.has(node.opType) || output!.ints !== undefined || size(output!.dims) === 0) return;
    const written = outputs.reduce((sum, each) => sum + bytesOf(each), 0);
    const read =
      node.opType === 'Gather' || node.opType === 'Slice'
        ? written
        : inputs.reduce((sum, each) => sum + bytesOf(each), 0);
    this.kernels++;
    this.bytes += read + written;
    if (node.opType === 'Cast') this.castBytes += read + written;
    if (node.opType !== 'MatMul' && node.opType !== 'Gemm') return;
    this.flops += 2 * size(output!.dims) * inputs[0]!.dims.at(-1)!;
    // What is added is copied into the result first.
    if (node.opType === 'Gemm' && inputs.length > 2) {
      this.kernels++;
      this.bytes += 2 * written;
    }
  }
}

function outputsOf({ opType, attribute, output }: NodeProto, inputs: readonly Tensor[]): Tensor[] {
  const ints = (name: string) => attribute.find((each) => each.name === name)?.ints.map(Number);
  const int = (name: string, otherwise: number) => Number(attribute.find((each) => each.name === name)?.i ?? otherwise);
  const [first, second, third, fourth] = inputs;
  const of = (dims: readonly number[]): Tensor[] => [{ dims, elementBytes: 4 }];
  const rank = first?.dims.length ?? 0;
  switch (opType) {
    case 'Add':
    case 'Sub':
    case 'Mul': {
      const dims = broadcast(first!.dims, second!.dims);
      if (first!.ints === undefined || second!.ints === undefined) return of(dims);
      const length = Math.max(first!.ints.length, second!.ints.length);
      const at = (tensor: Tensor, i: number) => tensor.ints![i % tensor.ints!.length]!;
      const values = Array.from({ length }, (_, i) =>
        opType === 'Mul' ? at(first!, i) * at(second!, i) : at(first!, i) + at(second!, i),
      );
      return [{ dims, ints: values, elementBytes: 8 }];
    }
    case 'Shape':
      return [{ dims: [1], ints: first!.dims.slice(int('start', 0), int('end', rank)), elementBytes: 8 }];
    case 'Identity':
      return [first!];
    case 'Cast':
      return of(first!.dims);
    case 'ConstantOfShape':
      return of(first!.ints!);
    case 'Reshape': {
      const wanted = second!.ints!.map((each, i) => (each === 0 ? first!.dims[i]! : each));
      const rest = size(first!.dims) / size(wanted.filter((each) => each !== -1));
      return [{ ...first!, dims: wanted.map((each) => (each === -1 ? rest : each)) }];
    }
    case 'Unsqueeze': {
      const dims = [...first!.dims];
      for (const axis of second!.ints!) dims.splice(axis, 0, 1);
      return [{ ...first!, dims }];
    }
    case 'Squeeze':
      return [{ ...first!, dims: first!.dims.slice(0, -1) }];
    case 'Transpose':
      return of(ints('perm')!.map((axis) => first!.dims[axis]!));
    case 'Gather':
      return of([...second!.dims, ...first!.dims.slice(1)]);
    case 'Slice': {
      const dims = [...first!.dims];
      const axes = fourth!.ints!;
      axes.forEach((axis, i) => {
        dims[axis < 0 ? axis + rank : axis] = third!.ints![i]! - second!.ints![i]!;
      });
      return of(dims);
    }
    case 'Concat': {
      const axis = int('axis', 0);
      const place = axis < 0 ? axis + rank : axis;
      const total = inputs.reduce((sum, { dims }) => sum + dims[place]!, 0);
      return of(first!.dims.map((each, i) => (i === place ? total : each)));
    }
    case 'ReduceMean':
    case 'ReduceSum':
    case 'ReduceMax': {
      const axis = second!.ints![0]!;
      const place = axis < 0 ? axis + rank : axis;
      const dims = first!.dims.map((each, i) => (i === place ? 1 : each));
      return of(int('keepdims', 1) === 1 ? dims : dims.filter((_, i) => i !== place));
    }
    case 'TopK':
      return output.map(() => ({ dims: [...first!.dims.slice(0, -1), second!.ints![0]!], elementBytes: 4 }));
    case 'MatMul':
      return of([
        ...broadcast(first!.dims.slice(0, -2), second!.dims.slice(0, -2)),
        first!.dims.at(-2)!,
        second!.dims.at(-1)!,
      ]);
    case 'Gemm':
      return of([first!.dims[0]!, second!.dims[int('transB', 0) === 1 ? 0 : 1]!]);
    default:
      return of(first!.dims);
  }
}

/**
 * @param sizes of the symbols that the model's inputs are declared with
 * @param branch of the outermost `If`: attribution, or passing the stream on
 */
export function countGraph(
  model: Uint8Array,
  sizes: Readonly<Record<string, number>>,
  branch: 'then_branch' | 'else_branch' = 'then_branch',
): GraphCount {
  const graph = fromBinary(ModelProtoSchema, model).graph!;
  const known = new Map<string, Tensor>();
  for (const { name, dims, dataType, rawData } of graph.initializer) {
    const integers =
      dataType === TensorProto_DataType.INT64
        ? [...new BigInt64Array(Uint8Array.from(rawData).buffer)].map(Number)
        : undefined;
    known.set(name, { dims: dims.map(Number), ints: integers, elementBytes: elementBytes[dataType] ?? 4 });
  }
  for (const { name, type } of graph.input) {
    const declared = type?.value.case === 'tensorType' ? (type.value.value.shape?.dim ?? []) : [];
    const dims = declared.map(({ value }) => {
      if (value.case === 'dimValue') return Number(value.value);
      const known = value.case === 'dimParam' ? sizes[value.value] : undefined;
      if (known === undefined) throw new Error(`${name} has a dimension that was not given a size`);
      return known;
    });
    known.set(name, { dims, elementBytes: 4 });
  }
  const counter = new Counter(known);
  counter.run(graph, branch);
  const { flops, bytes, castBytes, kernels } = counter;
  return { flops, bytes, castBytes, kernels };
}
