import { create } from '@bufbuild/protobuf';
import { TensorProto_DataType, type ValueInfoProto, ValueInfoProtoSchema } from './gen/onnx-ml_pb.ts';

/* Describes the inputs and outputs of an ONNX graph. */

const elementTypes = {
  float32: TensorProto_DataType.FLOAT,
  float64: TensorProto_DataType.DOUBLE,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
} as const;

/** Name, element type and shape of a graph's input or output; a string is a dimension known only at run time. */
export interface ValueType {
  readonly name: string;
  readonly type: keyof typeof elementTypes;
  /** Left out where a branch decides the shape. */
  readonly shape?: readonly (number | string)[];
}

export function valueInfo({ name, type, shape }: ValueType): ValueInfoProto {
  const dim = shape?.map((size) =>
    typeof size === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(size) } }
      : { value: { case: 'dimParam' as const, value: size } },
  );
  const tensor = { elemType: elementTypes[type], ...(dim === undefined ? {} : { shape: { dim } }) };
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value: tensor } } });
}
