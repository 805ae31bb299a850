import { readFile } from 'node:fs/promises';
import { RunError } from '../errors.ts';

/* Loads a compiled WebAssembly kernel. */

// Node has WebAssembly; its typings declare it only together with the DOM's.
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  instantiate(
    bytes: Uint8Array,
    imports: Record<string, unknown>,
  ): Promise<{ readonly instance: { readonly exports: unknown } }>;
};

async function moduleBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new RunError(`"${path}" is missing: build the project (npm run build).`, { cause: error });
  }
}

/**
 * Whether this engine knows every instruction of a kernel.
 * @throws RunError when the file is missing
 */
export async function runsHere(path: string): Promise<boolean> {
  return WebAssembly.validate(await moduleBytes(path));
}

/**
 * Compiles a kernel.
 * @param wrap makes the caller's kernel of what the module exports; what it throws counts as damage
 * @throws RunError when the file is missing or damaged
 */
export async function loadWasm<Kernel>(path: string, wrap: (exports: unknown) => Kernel): Promise<Kernel> {
  const bytes = await moduleBytes(path);
  try {
    const { instance } = await WebAssembly.instantiate(bytes, {});
    return wrap(instance.exports);
  } catch (error) {
    throw new RunError(`"${path}" is no WebAssembly that runs here: build the project again (npm run build).`, {
      cause: error,
    });
  }
}
