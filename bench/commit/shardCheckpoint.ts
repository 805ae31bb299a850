import { closeSync, copyFileSync, mkdirSync, openSync, readdirSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint } from '../../src/checkpoint/openCheckpoint.ts';
import { encodeSafetensorsHeader } from '../../src/checkpoint/safetensors/safetensorsWriter.ts';

/**
 * Writes a checkpoint of one weight file again in several files of about the same size, with their index.
 *
 * @param from its folder
 * @param to a new folder
 */
export async function shardCheckpoint(from: string, to: string, count: number): Promise<void> {
  const { tensors, shards } = await openCheckpoint(from);
  mkdirSync(to, { recursive: true });
  const each = shards[0]!.byteLength / count;
  const groups = Array.from({ length: count }, (_, group) =>
    [...tensors.values()].filter(({ begin }) => Math.min(count - 1, Math.floor(begin / each)) === group),
  );
  const source = openSync(shards[0]!.path, 'r');
  const buffer = Buffer.allocUnsafe(1 << 20);
  const weightMap: Record<string, string> = {};
  for (const [group, entries] of groups.entries()) {
    const number = (value: number) => String(value).padStart(5, '0');
    const name = `model-${number(group + 1)}-of-${number(count)}.safetensors`;
    const file = openSync(join(to, name), 'w');
    writeSync(file, encodeSafetensorsHeader(entries, new Map([['format', 'pt']])).bytes);
    for (const { name: tensor, begin, byteLength } of entries) {
      weightMap[tensor] = name;
      for (let at = 0; at < byteLength; ) {
        const bytes = readSync(source, buffer, 0, Math.min(buffer.length, byteLength - at), begin + at);
        writeSync(file, buffer, 0, bytes);
        at += bytes;
      }
    }
    closeSync(file);
  }
  closeSync(source);
  const index = { metadata: { total_size: 0 }, weight_map: weightMap };
  writeFileSync(join(to, 'model.safetensors.index.json'), JSON.stringify(index));
  for (const name of readdirSync(from)) {
    if (!name.endsWith('.safetensors')) copyFileSync(join(from, name), join(to, name));
  }
}
