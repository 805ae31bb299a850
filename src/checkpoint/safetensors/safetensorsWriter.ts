import { type Dtype, dtypeBytes } from './dtype.ts';
import { type HeaderTensor, lengthBytes, maxHeaderBytes } from './safetensorsHeader.ts';

/* Makes the header of a safetensors file to be written. */

/** A tensor to be written. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

/** A header ready to be written, and where the data goes. */
export interface EncodedHeader {
  /** The file's first bytes: the 8 of the length and the header. */
  readonly bytes: Uint8Array;
  /** Position of the data in the file: `bytes.length`, a multiple of 8. */
  readonly dataStart: number;
  /** Every tensor with its offsets from `dataStart`, in the order given. */
  readonly tensors: readonly HeaderTensor[];
  /** Size of the whole file. */
  readonly fileBytes: number;
}

/**
 * Encodes the header of a safetensors file whose tensors follow one another in the order given, padded with spaces to
 * a multiple of 8 bytes as the reference implementation does. For aligned data put wide elements first.
 *
 * @throws Error for names given twice or a header beyond the format's limit, which are the caller's faults
 */
export function encodeSafetensorsHeader(
  specs: readonly TensorSpec[],
  metadata: ReadonlyMap<string, string> = new Map(),
): EncodedHeader {
  const names = new Set(['__metadata__', '__proto__']);
  const parts: string[] = [];
  const tensors: HeaderTensor[] = [];
  let end = 0;
  if (metadata.size > 0) {
    const pairs = [...metadata].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    parts.push(`"__metadata__":{${pairs.join(',')}}`);
  }
  for (const { name, dtype, shape } of specs) {
    if (names.has(name)) throw new Error(`tensor name ${JSON.stringify(name)} is reserved or given twice`);
    names.add(name);
    const begin = end;
    end += shape.reduce((bytes, size) => bytes * size, dtypeBytes[dtype]);
    if (!Number.isSafeInteger(end)) throw new Error(`tensor ${JSON.stringify(name)} is too large`);
    parts.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
    tensors.push({ name, dtype, shape, begin, end });
  }
  const json = new TextEncoder().encode(`{${parts.join(',')}}`);
  const length = Math.ceil(json.length / 8) * 8;
  if (length > maxHeaderBytes) throw new Error(`a header of ${length} bytes is beyond the format's limit`);
  const dataStart = lengthBytes + length;
  const bytes = new Uint8Array(dataStart).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, lengthBytes);
  return { bytes, dataStart, tensors, fileBytes: dataStart + end };
}
