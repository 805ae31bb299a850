/* What a call of a tool is answered with, and what it has of the client that makes it. */

/** What a tool answers: one JSON document. */
export type ToolDocument = Readonly<Record<string, unknown>>;

export interface ToolCall {
  /** Aborts when the client cancels this call. */
  readonly signal: AbortSignal;
  /**
   * Tells the client how far the call is.
   *
   * @param done ascending from call to call
   */
  progress(done: number, text: string): void;
}
