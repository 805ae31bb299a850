/* Correlation of two measures of the same neurons. */

/** Pearson's correlation; undefined where a side does not vary. */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number | undefined {
  const { length } = x;
  let [meanX, meanY] = [0, 0];
  for (let i = 0; i < length; i++) {
    meanX += x[i]! / length;
    meanY += y[i]! / length;
  }
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < length; i++) {
    const [dx, dy] = [x[i]! - meanX, y[i]! - meanY];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx === 0 || yy === 0 ? undefined : xy / Math.sqrt(xx * yy);
}

/** Places of the values in ascending order, from 1; equal values share the mean of theirs. */
export function placesOf(values: ArrayLike<number>): Float64Array {
  const { length } = values;
  const order = Uint32Array.from({ length }, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const places = new Float64Array(length);
  for (let from = 0; from < length; ) {
    let to = from;
    while (to + 1 < length && values[order[to + 1]!] === values[order[from]!]) to++;
    for (let i = from; i <= to; i++) places[order[i]!] = (from + to) / 2 + 1;
    from = to + 1;
  }
  return places;
}

/** Spearman's rank correlation, ties sharing their mean place; undefined where a side does not vary. */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number | undefined {
  return pearson(placesOf(x), placesOf(y));
}
