/*
 * Where the responses of a sample lie among its tokens, and which rows of the logits predict them: a pair has one response,
 * a conversation one for each of the assistant's turns.
 */

/** Token positions `start` up to, not including, `end`. */
export interface TokenRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The response tokens of a sample that some row predicts: ranges in order, none empty, none overlapping another, none with
 * token 0, which nothing predicts. Row `t` of the logits predicts token `t + 1`, so that the response rows of a range are
 * `start - 1` up to, not including, `end - 1`.
 */
export type Responses = readonly TokenRange[];

/** How many response rows there are: one a token. */
export function responseRowCount(responses: Responses): number {
  return responses.reduce((rows, { start, end }) => rows + end - start, 0);
}

/** The rows of the logits that are response rows, ascending. */
export function responseRows(responses: Responses): Uint32Array {
  const rows = new Uint32Array(responseRowCount(responses));
  let at = 0;
  for (const { start, end } of responses) for (let token = start; token < end; token++) rows[at++] = token - 1;
  return rows;
}

/** Where row `row` of the logits stands among the response rows; undefined when it is none. */
export function responseRowOf(responses: Responses, row: number): number | undefined {
  let before = 0;
  for (const { start, end } of responses) {
    if (row < start - 1) return undefined;
    if (row < end - 1) return before + row - (start - 1);
    before += end - start;
  }
  return undefined;
}

/** What is left of ranges of tokens when of a sample the first `length` tokens are used, and what no row predicts is left out. */
export function predictedResponses(ranges: readonly TokenRange[], length: number): Responses {
  return ranges
    .map(({ start, end }) => ({ start: Math.max(start, 1), end: Math.min(end, length) }))
    .filter(({ start, end }) => start < end);
}

/** Whether ranges are in order, not empty, apart from each other, and lie in tokens 1 up to, not including, `length`. */
export function areResponses(ranges: readonly TokenRange[], length: number): boolean {
  let last = 1;
  for (const { start, end } of ranges) {
    if (start < last || end <= start) return false;
    last = end;
  }
  return last <= Math.max(length, 1);
}
