import { create } from '@bufbuild/protobuf';
import type { WeightDtype } from '../../checkpoint/safetensors/dtype.ts';
import {
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
} from './gen/onnx-ml_pb.ts';
import type { Value } from './value.ts';

/* The constants and weights of an ONNX graph; weights stay in their files. */

/** Where a tensor's bytes lie, for the runtime to read in place. */
export interface ExternalTensor {
  readonly name: string;
  /** How to take the bytes; `U32`: pairs of two-byte elements. */
  readonly dtype: WeightDtype | 'U32';
  readonly shape: readonly number[];
  /** File, relative to the folder that the session is told. */
  readonly location: string;
  readonly begin: number;
  readonly byteLength: number;
}

/** A weight as its checkpoint stores it. */
export interface ExternalWeight extends ExternalTensor {
  readonly dtype: WeightDtype;
}

/** Rows `from` up to, not including, `to` of a weight, as a weight of their own. */
export function rowsOf(
  weight: ExternalWeight,
  { from, to }: { readonly from: number; readonly to: number },
): ExternalWeight {
  const [rows, ...rest] = weight.shape;
  const rowBytes = weight.byteLength / rows!;
  const [begin, byteLength] = [weight.begin + from * rowBytes, (to - from) * rowBytes];
  return { ...weight, shape: [to - from, ...rest], begin, byteLength };
}

const tensorTypes = {
  BF16: TensorProto_DataType.BFLOAT16,
  F16: TensorProto_DataType.FLOAT16,
  F32: TensorProto_DataType.FLOAT,
  U32: TensorProto_DataType.UINT32,
} as const;

/** Constants and weights of a model, each stored once. */
export class Initializers {
  readonly protos: TensorProto[] = [];
  readonly #constants = new Map<string, Value>();

  /** A weight read from its checkpoint file when the session is made. No byte of it passes through here. */
  external(weight: ExternalTensor): Value {
    this.protos.push(
      create(TensorProtoSchema, {
        name: weight.name,
        dataType: tensorTypes[weight.dtype],
        dims: weight.shape.map(BigInt),
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: [
          { key: 'location', value: weight.location },
          { key: 'offset', value: String(weight.begin) },
          { key: 'length', value: String(weight.byteLength) },
        ],
      }),
    );
    return weight.name as Value;
  }

  /** A float32 scalar. */
  scalar(value: number): Value {
    return this.#constant(`f32:${value}`, {
      dataType: TensorProto_DataType.FLOAT,
      dims: [],
      rawData: new Uint8Array(Float32Array.of(value).buffer),
    });
  }

  /** A float64 scalar. */
  double(value: number): Value {
    return this.#constant(`f64:${value}`, {
      dataType: TensorProto_DataType.DOUBLE,
      dims: [],
      rawData: new Uint8Array(Float64Array.of(value).buffer),
    });
  }

  /** An int32 scalar. */
  int(value: number): Value {
    return this.#constant(`i32:${value}`, {
      dataType: TensorProto_DataType.INT32,
      dims: [],
      rawData: new Uint8Array(Int32Array.of(value).buffer),
    });
  }

  /** An int64 scalar. */
  long(value: number): Value {
    return this.#constant(`i64 scalar:${value}`, {
      dataType: TensorProto_DataType.INT64,
      dims: [],
      rawData: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer),
    });
  }

  /** A one-dimensional int64 tensor: shapes, axes, slice bounds. */
  ints(values: readonly number[]): Value {
    return this.#constant(`i64:${values.join(',')}`, {
      dataType: TensorProto_DataType.INT64,
      dims: [BigInt(values.length)],
      rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
    });
  }

  /** A one-dimensional uint32 tensor. */
  unsigned(values: readonly number[]): Value {
    return this.#constant(`u32:${values.join(',')}`, {
      dataType: TensorProto_DataType.UINT32,
      dims: [BigInt(values.length)],
      rawData: new Uint8Array(Uint32Array.from(values).buffer),
    });
  }

  /** A one-dimensional float32 tensor. @param key names it: what has the same name is stored once */
  floats(key: string, values: Float32Array): Value {
    return this.#constant(key, {
      dataType: TensorProto_DataType.FLOAT,
      dims: [BigInt(values.length)],
      rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    });
  }

  /** A tensor without elements, for outputs that a branch does not compute. */
  empty(type: 'float32' | 'float64' | 'int32' = 'float32'): Value {
    const dataType = {
      float32: TensorProto_DataType.FLOAT,
      float64: TensorProto_DataType.DOUBLE,
      int32: TensorProto_DataType.INT32,
    }[type];
    return this.#constant(`empty ${type}`, { dataType, dims: [0n], rawData: new Uint8Array(0) });
  }

  #constant(key: string, tensor: { dataType: TensorProto_DataType; dims: bigint[]; rawData: Uint8Array }): Value {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = `constant_${this.#constants.size}` as Value;
    this.protos.push(create(TensorProtoSchema, { name, ...tensor }));
    this.#constants.set(key, name);
    return name;
  }
}
