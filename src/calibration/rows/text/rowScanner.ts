/** A row longer than this is not calibration data but some other file. */
export const maxRowBytes = 64 * 2 ** 20;

/** Finds rows in a text that comes in chunks. */
export interface RowScanner {
  /** Offset at which the row begins that the last chunk did not end; undefined between rows. */
  readonly openStart: number | undefined;
  /** Goes over the next chunk. @throws InputError when the text is not what it should be, or a row is too long */
  push(chunk: Buffer): void;
  /** The text is at its end. @throws InputError as `push` */
  end(): void;
}
