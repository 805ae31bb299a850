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

/** Whether this engine knows every instruction of a module. */
export function runsHere(bytes: Uint8Array): boolean {
  return WebAssembly.validate(bytes);
}

/**
 * Compiles a kernel.
 * @param wrap makes the caller's kernel of what the module exports; what it throws counts as damage
 * @throws RunError when the file is missing or damaged
 */
export async function loadWasm<Kernel>(path: string, wrap: (exports: unknown) => Kernel): Promise<Kernel> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new RunError(`"${path}" is missing: build the project (npm run build).`, { cause: error });
  }
  try {
    const { instance } = await WebAssembly.instantiate(bytes, {});
    return wrap(instance.exports);
  } catch (error) {
    throw new RunError(`"${path}" is no WebAssembly that runs here: build the project again (npm run build).`, {
      cause: error,
    });
  }
}
