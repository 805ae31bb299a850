import type { FileContent, Span } from './fileContent.ts';

/*
 * What a weight file's bytes are worked on by: a thread of its own, or this one. Requests are gone through in their
 * order. Bytes lie in memory that all lanes share, in places that the caller hands out.
 */

/** Bytes of the shared memory. */
export interface Place {
  readonly at: number;
  readonly bytes: number;
}

/**
 * All throw InputError when an input cannot be read, ChangedInput when it is not the one that was opened as the pair,
 * RunError when the thread ends, and whatever {@link FuseLane.end} was given.
 */
export interface FuseLane {
  /** Bytes of the requests that it has still to answer. */
  readonly load: number;
  /** Makes a file known by a number of its own. */
  begin(file: number, content: FileContent): void;
  /** Makes a span's bytes in the place, which is as long. */
  fuse(file: number, span: Span, place: Place): Promise<void>;
  /** Goes on with the SHA-256 of a file, span after span in the file's order. */
  hash(file: number, place: Place): Promise<void>;
  /** The SHA-256 of what was hashed of a file, in hexadecimal. */
  digest(file: number): Promise<string>;
  /** Whether the same bytes lie in two places of the same length. */
  isSame(place: Place, other: Place): Promise<boolean>;
  /** Lets go of what is known of a file. */
  forget(file: number): void;
  /** Closes the inputs, and looks whether they were touched since they were opened. */
  checkInputs(): Promise<void>;
  /** Ends it, whatever it is at; what waits is rejected with the reason. */
  end(reason: unknown): Promise<void>;
}
