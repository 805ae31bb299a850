import { readFile } from 'node:fs/promises';
import { RunError } from '../errors.ts';

// Node has WebAssembly; its typings declare it only together with the DOM's.
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  instantiate(module: WasmModule, imports: Record<string, unknown>): Promise<{ readonly exports: unknown }>;
};

interface WasmModule {
  readonly [Symbol.toStringTag]: string;
}

/** A compiled kernel. It can be sent to other threads, which then share its machine code. */
export interface CompiledWasm {
  /** The file that it was compiled from. */
  readonly path: string;
  readonly module: WasmModule;
}

function damaged(path: string, cause: unknown): RunError {
  return new RunError(`"${path}" is no WebAssembly that runs here: build the project again (npm run build).`, {
    cause,
  });
}

/** @throws RunError when the file is missing or damaged */
export async function compileWasm(path: string): Promise<CompiledWasm> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new RunError(`"${path}" is missing: build the project (npm run build).`, { cause: error });
  }
  try {
    return { path, module: await WebAssembly.compile(bytes) };
  } catch (error) {
    throw damaged(path, error);
  }
}

/**
 * Makes a kernel of what a compiled module exports.
 * @param wrap what it throws counts as damage
 * @throws RunError when the module is damaged
 */
export async function instantiateWasm<Kernel>(
  { path, module }: CompiledWasm,
  wrap: (exports: unknown) => Kernel,
): Promise<Kernel> {
  try {
    return wrap((await WebAssembly.instantiate(module, {})).exports);
  } catch (error) {
    throw damaged(path, error);
  }
}
