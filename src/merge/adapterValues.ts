import type { Adapter, AdapterTensor } from '../checkpoint/adapter/adapter.ts';
import { refusedTensor } from '../checkpoint/adapter/loraPairs.ts';
import { float16ToFloat } from '../checkpoint/safetensors/floats.ts';
import type { InputFile } from '../files/reading/inputFile.ts';

/* Reads tensors of an adapter as float32, as peft does before it merges on the CPU. */

/** The float32 values of little-endian elements. Exact. */
function widened(bytes: Uint8Array<ArrayBuffer>, dtype: AdapterTensor['dtype']): Float32Array {
  if (dtype === 'F32') return new Float32Array(bytes.buffer);
  const halves = new Uint16Array(bytes.buffer);
  if (dtype === 'F16') return Float32Array.from(halves, float16ToFloat);
  // A bfloat16 is the upper half of a float32.
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = halves[i]! << 16;
  return new Float32Array(words.buffer);
}

/**
 * A tensor of an adapter, whole; for its low-rank matrices.
 *
 * @throws InputError naming the tensor when a value is not finite; ChangedInput when the file ends before
 */
export function adapterValues(adapter: Adapter, file: InputFile, tensor: AdapterTensor): Float32Array {
  const bytes = new Uint8Array(tensor.byteLength);
  file.read(bytes, tensor.begin);
  const values = widened(bytes, tensor.dtype);
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    throw refusedTensor(adapter, tensor, `holds ${values[i]} at element ${i}: the training that wrote it had failed`);
  }
  return values;
}
