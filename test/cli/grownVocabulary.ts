import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '../../src/checkpoint/safetensors/safetensorsFile.ts';
import { encodeSafetensorsHeader } from '../../src/checkpoint/safetensors/safetensorsWriter.ts';

/** Adds rows of zeros to a checkpoint's embeddings, in place, as resizing them for new tokens adds rows. */
export async function growVocabulary(folder: string, rows: number): Promise<void> {
  const configPath = join(folder, 'config.json');
  const config = JSON.parse(readFileSync(configPath, 'utf8'));
  const path = join(folder, 'model.safetensors');
  const tensors = [...(await readSafetensors(path))].map(([name, tensor]) => {
    if (tensor.shape[0] !== config.vocab_size) return { name, ...tensor };
    const data = new Uint8Array((tensor.data.length / config.vocab_size) * (config.vocab_size + rows));
    data.set(tensor.data);
    return { name, dtype: tensor.dtype, shape: [config.vocab_size + rows, ...tensor.shape.slice(1)], data };
  });
  const header = encodeSafetensorsHeader(
    tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
    new Map([['format', 'pt']]),
  );
  const bytes = new Uint8Array(header.fileBytes);
  bytes.set(header.bytes);
  for (const { name, begin } of header.tensors) {
    bytes.set(tensors.find((tensor) => tensor.name === name)!.data, header.dataStart + begin);
  }
  writeFileSync(path, bytes);
  writeFileSync(configPath, JSON.stringify({ ...config, vocab_size: config.vocab_size + rows }));
}
