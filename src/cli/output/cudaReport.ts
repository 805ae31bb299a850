import type { CudaSurvey } from '../../engine/device/cudaLibraries/findCudaLibraries.ts';
import { table } from './table.ts';

/** What the CUDA provider needs, where each library is, and the command that brings those that are missing. */
export function cudaText({ libraries, places, command }: CudaSurvey): string {
  const rows = libraries.map(({ name, file, where, required, asked }) => {
    const absent = required ? 'MISSING' : 'not found; not needed by every model';
    const wrong = where === '' ? '' : `: ${where}`;
    // The list of places has each with its folder.
    const by = file === undefined ? '' : where.replace(/ \(.*\)$/, '');
    return [name, asked === 'loading' ? 'to load' : 'later', by, file ?? absent + wrong];
  });
  const found = table([{ head: 'library' }, { head: 'needed' }, { head: 'found by' }, { head: 'file' }], rows);
  const missing = libraries.some(({ file, required }) => required && file === undefined);
  if (!missing) return found;
  const brings = command === undefined ? [] : [`What is missing comes by: ${command}`];
  const driver = libraries.some(({ name, file }) => name.startsWith('libcuda.') && file === undefined)
    ? ["libcuda.so.1 comes with NVIDIA's driver alone: install it on the machine, or start the container with its GPU."]
    : [];
  return [found, `Looked in: ${places.join(', ')}.`, ...brings, ...driver].join('\n');
}
