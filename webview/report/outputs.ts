/* How a report hands out files and text: as downloads, and by the clipboard. */

/** Hands a file to the browser, which puts it where downloads go. @returns its name */
export function saveBytes(name: string, bytes: Uint8Array): string {
  const url = URL.createObjectURL(new Blob([Uint8Array.from(bytes)]));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  // The download has begun by then; the memory is free again.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return name;
}

/** @throws Error in words where the browser does not let a file use the clipboard */
export async function copyText(text: string): Promise<undefined> {
  try {
    await navigator.clipboard.writeText(text);
    return undefined;
  } catch (error) {
    throw new Error('This browser does not let the page copy: save the figure instead.', { cause: error });
  }
}
