import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { LoadedTensor } from '../src/checkpoint/safetensors/safetensorsFile.ts';
import { encodeSafetensorsHeader } from '../src/checkpoint/safetensors/safetensorsWriter.ts';

/**
 * Writes tensors as a safetensors file, for tests: one after the other in the map's order.
 * @throws AssertionError where a tensor's data are not as long as its type and shape say
 */
export function writeTensors(
  path: string,
  tensors: ReadonlyMap<string, LoadedTensor>,
  metadata?: ReadonlyMap<string, string>,
): void {
  const specs = [...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  const header = encodeSafetensorsHeader(specs, metadata);
  for (const { name, begin, end } of header.tensors) assert.equal(tensors.get(name)!.data.length, end - begin, name);
  writeFileSync(path, Buffer.concat([header.bytes, ...[...tensors.values()].map(({ data }) => data)]));
}
