/* Memory that threads share and that begins at a page, as reading and writing past the page cache asks for. */

// Node has WebAssembly; its typings declare it only together with the DOM's.
declare const WebAssembly: {
  readonly Memory: new (description: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: true;
  }) => { readonly buffer: SharedArrayBuffer };
};

/** What its size is a multiple of. */
const pageBytes = 65_536;

/**
 * Memory shared by threads.
 *
 * @param bytes rounded up to whole pages
 * @returns zeros, from the start of a page on where the process may set aside the addresses that this takes
 */
export function sharedPages(bytes: number): SharedArrayBuffer {
  const pages = Math.ceil(bytes / pageBytes);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer;
  } catch {
    // Addresses may be limited (ulimit -v): what then begins anywhere is as good but for the page cache.
    return new SharedArrayBuffer(pages * pageBytes);
  }
}
