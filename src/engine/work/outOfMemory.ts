/* Recognises errors that mean that memory ran out. */

/**
 * What the runtime, its providers and Node say when memory is lacking: `bad_alloc` and BFCArena on the CPU, CUDA and
 * cuBLAS, Direct3D's E_OUTOFMEMORY, WebGPU's buffers, a typed array's.
 */
const signs =
  /bad_alloc|failed to allocate|out[ _]of[ _]memory|allocation failed|ALLOC_FAILED|OUTOFMEMORY|8007000E|not enough memory|insufficient memory|buffer size .* exceeds/i;

/** Whether an error says that a session could not be made or run for lack of memory. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && signs.test(error.message);
}
