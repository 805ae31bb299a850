/*
 * A part of a text on its way to tokens: what normalizers and pre-tokenizers have made of it so far, and which characters
 * of the whole text that came from.
 */

/** Of each UTF-16 unit of a piece, the range of the whole text that it stands for: starts and ends (exclusive). */
export interface Origin {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

export interface Piece {
  readonly text: string;
  /** Where the piece begins in the whole text; kept for the tokenizers that ask, see {@link wholePiece}. */
  readonly start: number;
  /** Undefined when nobody asks where tokens stand. */
  readonly origin: Origin | undefined;
}

/** A change of a text: its units from `start` up to `end` become `text`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Where the units begin that the new text stands for; `start` where it is left out. */
  readonly from?: number;
}

/** The whole text as one piece. @param tracked keeps the origin of every unit */
export function wholePiece(text: string, tracked: boolean): Piece {
  if (!tracked) return { text, start: 0, origin: undefined };
  const starts = new Int32Array(text.length);
  const ends = new Int32Array(text.length);
  for (let at = 0; at < text.length; ) {
    const next = at + (text.codePointAt(at)! > 0xffff ? 2 : 1);
    starts.fill(at, at, next);
    ends.fill(next, at, next);
    at = next;
  }
  return { text, start: 0, origin: { starts, ends } };
}

/** A part of a piece, from unit `start` up to `end`. */
export function slice({ text, origin }: Piece, start: number, end: number): Piece {
  if (origin === undefined) return { text: text.slice(start, end), start: 0, origin };
  const starts = origin.starts.subarray(start, end);
  return {
    text: text.slice(start, end),
    start: starts[0] ?? 0,
    origin: { starts, ends: origin.ends.subarray(start, end) },
  };
}

/** The piece with some edits made. @param edits in the order of the text, none overlapping another */
export function edited(piece: Piece, edits: readonly Edit[]): Piece {
  if (edits.length === 0) return piece;
  const { text, start, origin } = piece;
  let changed = '';
  let at = 0;
  for (const edit of edits) {
    changed += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  changed += text.slice(at);
  if (origin === undefined) return { text: changed, start, origin };
  const starts = new Int32Array(changed.length);
  const ends = new Int32Array(changed.length);
  let from = 0;
  let to = 0;
  const keep = (end: number) => {
    starts.set(origin.starts.subarray(from, end), to);
    ends.set(origin.ends.subarray(from, end), to);
    to += end - from;
  };
  for (const edit of edits) {
    keep(edit.start);
    // What is put in where nothing was belongs to the character before.
    const empty = edit.start === edit.end;
    const first = empty ? origin.ends[edit.start - 1] : origin.starts[edit.from ?? edit.start];
    const last = empty ? first : origin.ends[edit.end - 1];
    starts.fill(empty && edit.start > 0 ? origin.starts[edit.start - 1]! : (first ?? start), to, to + edit.text.length);
    ends.fill(last ?? start, to, to + edit.text.length);
    to += edit.text.length;
    from = edit.end;
  }
  keep(text.length);
  return { text: changed, start, origin: { starts, ends } };
}
