import { create } from '@bufbuild/protobuf';
import { attributes } from './attributes.ts';
import { type GraphProto, GraphProtoSchema, type NodeProto, NodeProtoSchema } from './gen/onnx-ml_pb.ts';
import type { Value } from './value.ts';
import { valueInfo } from './valueInfo.ts';

/*
 * Cuts a graph into sections that the runtime plans one by one, so that sessions of deep models start fast.
 *
 * The runtime plans where the values of a graph lie by comparing each with all that came before and are no longer
 * needed: a session's start grows with the square of the graph's nodes, 3.3 s for attribution through 24 layers. The branch
 * of an `If` is planned by itself, so a graph cut into sections of a layer each starts in time proportional to its
 * layers, 0.3 s for the same. What a section reads is held until its end, which bounds what the runtime may do early.
 */

/** Nodes `from` up to, not including, `to` of a graph. */
export interface Section {
  readonly from: number;
  readonly to: number;
  /** A bool: true whenever the graph runs, or, with `otherwise`, where the section is wanted. */
  readonly condition: Value;
  /** What it gives instead where it is not wanted: for each of its values that are read after it. */
  readonly otherwise?: ReadonlyMap<string, Value> | undefined;
}

/**
 * Puts each section's nodes into the branch of an `If`, which gives the values that are read after it under their names.
 * They must be float32.
 * @param nodes in execution order; @param sections ascending and apart
 * @param outputs the graph's
 * @param nothing a constant for a branch that is never taken
 * @throws when a section that may be left out gives a value that nothing stands in for
 */
export function inSections(
  nodes: readonly NodeProto[],
  sections: readonly Section[],
  outputs: readonly string[],
  nothing: Value,
): NodeProto[] {
  const read = new Set(outputs);
  const cut: NodeProto[] = [];
  let end = nodes.length;
  // From the end, so that what comes after a section is known.
  const keep = (from: number) => {
    for (const node of nodes.slice(from, end).reverse()) {
      for (const name of node.input) read.add(name);
      cut.push(node);
    }
    end = from;
  };
  for (const { from, to, condition, otherwise } of sections.toReversed()) {
    keep(to);
    const inside = nodes.slice(from, to);
    const given = inside.flatMap(({ output }) => output).filter((name) => read.has(name));
    for (const { input } of inside) for (const name of input) read.add(name);
    const instead = (name: string) => {
      const value = otherwise === undefined ? nothing : otherwise.get(name);
      if (value === undefined) throw new Error(`${name} is read after a section that may be left out`);
      return value;
    };
    cut.push(section(inside, given, condition, instead));
    end = from;
  }
  keep(0);
  return cut.reverse();
}

function section(
  nodes: readonly NodeProto[],
  given: readonly string[],
  condition: Value,
  instead: (name: string) => Value,
): NodeProto {
  const outer = new Set(given);
  // A name may not be used again inside for what the `If` gives.
  const inner = (name: string) => (outer.has(name) ? `${name}_inside` : name);
  const renamed = nodes.map(
    (node): NodeProto => ({ ...node, input: node.input.map(inner), output: node.output.map(inner) }),
  );
  const absent = given.map((name) => {
    const output = [`${name}_absent`];
    return create(NodeProtoSchema, { opType: 'Identity', name: output[0]!, input: [instead(name)], output });
  });
  return create(NodeProtoSchema, {
    opType: 'If',
    name: `section_${given[0]}`,
    input: [condition],
    output: [...given],
    attribute: attributes({
      then_branch: { graph: branch('then', renamed, given.map(inner)) },
      else_branch: {
        graph: branch(
          'else',
          absent,
          absent.flatMap((node) => node.output),
        ),
      },
    }),
  });
}

function branch(name: string, node: NodeProto[], outputs: readonly string[]): GraphProto {
  const output = outputs.map((each) => valueInfo({ name: each, type: 'float32' }));
  return create(GraphProtoSchema, { name, node, output });
}
