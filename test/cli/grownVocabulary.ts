import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '../../src/checkpoint/safetensors/safetensorsFile.ts';
import { writeTensors } from '../writeTensors.ts';

/** Adds rows of zeros to a checkpoint's embeddings, in place, as resizing them for new tokens adds rows. */
export async function growVocabulary(folder: string, rows: number): Promise<void> {
  const configPath = join(folder, 'config.json');
  const config = JSON.parse(readFileSync(configPath, 'utf8'));
  const path = join(folder, 'model.safetensors');
  const tensors = await readSafetensors(path);
  for (const [name, tensor] of tensors) {
    if (tensor.shape[0] !== config.vocab_size) continue;
    const data = new Uint8Array((tensor.data.length / config.vocab_size) * (config.vocab_size + rows));
    data.set(tensor.data);
    tensors.set(name, { ...tensor, shape: [config.vocab_size + rows, ...tensor.shape.slice(1)], data });
  }
  writeTensors(path, tensors, new Map([['format', 'pt']]));
  writeFileSync(configPath, JSON.stringify({ ...config, vocab_size: config.vocab_size + rows }));
}
