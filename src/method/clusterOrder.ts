/* Puts things in an order in which like ones stand together. */

/** A cluster's members, in the order in which they are to stand. */
type Cluster = readonly number[];

/** Joins two clusters, turned so that the ends that meet are as alike as they can be. */
function joined(a: Cluster, b: Cluster, likeness: (one: number, other: number) => number): Cluster {
  const [aFirst, aLast, bFirst, bLast] = [a[0]!, a.at(-1)!, b[0]!, b.at(-1)!];
  const ways = [
    [likeness(aLast, bFirst), () => [...a, ...b]],
    [likeness(aLast, bLast), () => [...a, ...[...b].reverse()]],
    [likeness(aFirst, bFirst), () => [...[...a].reverse(), ...b]],
    [likeness(aFirst, bLast), () => [...b, ...a]],
  ] as const;
  return ways.reduce((best, way) => (way[0] > best[0] ? way : best))[1]();
}

/**
 * The order of the leaves of a tree by average linkage: at each step the two clusters whose members are most alike in the
 * mean are joined (by chains of nearest neighbours: n² steps for n things).
 *
 * @param alike `[n, n]`, symmetric, larger is more alike; the diagonal is not read
 * @returns positions `[n]`
 */
export function clusterOrder(alike: ArrayLike<number>, n: number): number[] {
  if (n === 0) return [];
  const likeness = (one: number, other: number) => alike[one * n + other]!;
  const mean = Float64Array.from({ length: n * n }, (_, at) => alike[at]!);
  const clusters: (Cluster | undefined)[] = Array.from({ length: n }, (_, at) => [at]);
  const chain: number[] = [];
  for (let left = n; left > 1; ) {
    if (chain.length === 0) chain.push(clusters.findIndex((cluster) => cluster !== undefined));
    const tip = chain.at(-1)!;
    const before = chain.at(-2);
    // The one before wins a tie, so that a chain never runs in a circle.
    let nearest = before;
    for (let other = 0; other < n; other++) {
      if (other === tip || clusters[other] === undefined) continue;
      if (nearest === undefined || mean[tip * n + other]! > mean[tip * n + nearest]!) nearest = other;
    }
    if (nearest !== before) {
      chain.push(nearest!);
      continue;
    }
    chain.length -= 2;
    const [into, gone] = [Math.min(tip, before!), Math.max(tip, before!)];
    const [a, b] = [clusters[into]!, clusters[gone]!];
    for (let other = 0; other < n; other++) {
      if (clusters[other] === undefined || other === into || other === gone) continue;
      const value = (a.length * mean[into * n + other]! + b.length * mean[gone * n + other]!) / (a.length + b.length);
      mean[into * n + other] = value;
      mean[other * n + into] = value;
    }
    clusters[into] = joined(a, b, likeness);
    clusters[gone] = undefined;
    left--;
  }
  return [...clusters.find((cluster) => cluster !== undefined)!];
}
