import { create } from '@bufbuild/protobuf';
import { type Arithmetic, plainArithmetic } from './arithmetic.ts';
import { type AttributeValue, attributes } from './attributes.ts';
import { type GraphProto, GraphProtoSchema, type NodeProto, NodeProtoSchema } from './gen/onnx-ml_pb.ts';
import type { Initializers } from './initializers.ts';
import { inSections, type Section } from './sections.ts';
import type { Value } from './value.ts';
import { type ValueType, valueInfo } from './valueInfo.ts';

/* Builds an ONNX graph node by node. */

/** Counter for names, shared by a graph and its branches so that no name shadows another. */
interface NameCounter {
  next: number;
}

/**
 * Nodes of one ONNX graph or of one branch of it, in execution order. A branch sees every value of the graph around
 * it, and puts its constants among the outermost graph's initializers.
 */
export class GraphScope {
  readonly #nodes: NodeProto[] = [];
  readonly #sections: Section[] = [];
  readonly #names: NameCounter;
  readonly initializers: Initializers;
  /** How products are computed here. */
  readonly arithmetic: Arithmetic;

  constructor(initializers: Initializers, arithmetic: Arithmetic = plainArithmetic, names: NameCounter = { next: 0 }) {
    this.initializers = initializers;
    this.arithmetic = arithmetic;
    this.#names = names;
  }

  /** A scope for a branch of an `If`. */
  branch(): GraphScope {
    return new GraphScope(this.initializers, this.arithmetic, this.#names);
  }

  /** Adds a node of one output and answers that output. The operator's name makes profiles and dumps readable. */
  op(opType: string, inputs: readonly Value[], attributes: Readonly<Record<string, AttributeValue>> = {}): Value {
    return this.ops(opType, inputs, 1, attributes)[0]!;
  }

  /** Adds a node of several outputs. */
  ops(
    opType: string,
    inputs: readonly Value[],
    outputs: number,
    named: Readonly<Record<string, AttributeValue>> = {},
  ): Value[] {
    const names = Array.from({ length: outputs }, () => `${opType}_${this.#names.next++}` as Value);
    this.#nodes.push(
      create(NodeProtoSchema, {
        opType,
        name: names[0]!,
        input: [...inputs],
        output: names,
        attribute: attributes(named),
      }),
    );
    return names;
  }

  /**
   * Makes the nodes that `build` adds one section of the graph.
   * @param condition a bool that is true whenever the graph runs
   */
  section<Built>(condition: Value, build: () => Built): Built {
    const from = this.#nodes.length;
    const built = build();
    this.#sections.push({ from, to: this.#nodes.length, condition });
    return built;
  }

  /** Gives a value a name of its own, as graph outputs need. */
  named(value: Value, name: string): Value {
    this.#nodes.push(create(NodeProtoSchema, { opType: 'Identity', name, input: [value], output: [name] }));
    return name as Value;
  }

  /**
   * The finished graph. Only the outermost scope carries initializers, and inputs beside it only the body of a loop.
   * @param outermost unless said, a graph with inputs is
   */
  graph(
    name: string,
    outputs: readonly ValueType[],
    inputs?: readonly ValueType[],
    outermost = inputs !== undefined,
  ): GraphProto {
    const names = outputs.map((output) => output.name);
    const node =
      this.#sections.length === 0
        ? this.#nodes
        : inSections(this.#nodes, this.#sections, names, this.initializers.empty());
    return create(GraphProtoSchema, {
      name,
      node,
      input: (inputs ?? []).map(valueInfo),
      output: outputs.map(valueInfo),
      initializer: outermost ? this.initializers.protos : [],
    });
  }
}
