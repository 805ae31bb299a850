import { dirname, relative, sep } from 'node:path';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { isWeightDtype } from '../../checkpoint/safetensors/dtype.ts';
import { RunError } from '../../errors.ts';
import type { ExternalWeight } from '../../graph/onnx/initializers.ts';

/* Tells the runtime where a checkpoint's weights lie, so that it reads them from the files itself. */

/** How a session finds a checkpoint's weights. */
export interface WeightFiles {
  /** Folder that every shard lies below, symlinks resolved: the runtime refuses paths that leave it. */
  readonly folder: string;
  locate(tensor: string): ExternalWeight;
}

/** Deepest folder that holds every path. */
export function commonFolder(paths: readonly string[]): string {
  let folder = dirname(paths[0]!);
  while (!paths.every((path) => path.startsWith(folder.endsWith(sep) ? folder : folder + sep))) {
    folder = dirname(folder);
  }
  return folder;
}

export function weightFiles(checkpoint: Checkpoint): WeightFiles {
  const folder = commonFolder(checkpoint.shards.map((shard) => shard.path));
  return {
    folder,
    locate(name) {
      const entry = checkpoint.tensors.get(name);
      if (entry === undefined) throw new RunError(`${checkpoint.folder} has no tensor ${name}.`);
      const { dtype, shape, shard, begin, byteLength } = entry;
      if (!isWeightDtype(dtype)) throw new RunError(`${checkpoint.folder}: tensor ${name} is ${dtype}, not a weight.`);
      const location = relative(folder, checkpoint.shards[shard]!.path).split(sep).join('/');
      return { name, dtype, shape, location, begin, byteLength };
    },
  };
}
