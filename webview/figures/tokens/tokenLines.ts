/**
 * Breaks tokens into lines as they fill them. A token wider than the line gets one of its own.
 *
 * @param widths of each token, pixels
 * @param endsLine whether the text breaks after the token
 * @returns index of each line's first token, ascending, beginning with 0
 */
export function tokenLines(
  widths: ArrayLike<number>,
  endsLine: (token: number) => boolean,
  lineWidth: number,
): number[] {
  const starts = [0];
  let used = 0;
  for (let token = 0; token < widths.length; token++) {
    const broken = token > starts.at(-1)! && (endsLine(token - 1) || used + widths[token]! > lineWidth);
    if (broken) {
      starts.push(token);
      used = 0;
    }
    used += widths[token]!;
  }
  return starts;
}

/** The line that holds a token. */
export function lineOf(starts: readonly number[], token: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! <= token) low = middle;
    else high = middle;
  }
  return low;
}
