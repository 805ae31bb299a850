import { rankingInputs, rankingOutputs } from '../../graph/ranking.ts';
import type { SampleRanking } from '../../method/sampleRanking.ts';
import { float32, float64, int64, type Session } from '../device/runtime.ts';

/* What a graph that ranks is given, and what it gives, as the arrays of the method. */

type Feeds = Parameters<Session['run']>[0];
type Outputs = Awaited<ReturnType<Session['run']>>;

/**
 * Further inputs of a graph that ranks.
 * @param limit most ranks kept of a target; @param neurons that are ranked
 * @param before of the sample's earlier targets
 */
export function rankingFeeds(limit: number, neurons: number, before: SampleRanking | undefined): Feeds {
  const sum = before?.scoreSum ?? Float64Array.of(0);
  const max = before?.scoreMax ?? Float32Array.of(Number.NEGATIVE_INFINITY);
  return {
    [rankingInputs.limit]: int64([Math.min(limit, neurons)]),
    [rankingInputs.sumBefore]: float64(sum, [sum.length]),
    [rankingInputs.maxBefore]: float32(max, [max.length]),
  };
}

/** The ranking of the sample's targets so far, from a graph's outputs. @param before as it was given */
export function rankingOf(outputs: Outputs, before: SampleRanking | undefined): SampleRanking {
  const { data, dims } = outputs[rankingOutputs.ranked]!;
  const [targets, limit] = [dims[0]!, dims[1]!];
  const all = data as Int32Array;
  const ranked = Array.from({ length: targets }, (_, target) => {
    const own = all.subarray(target * limit, (target + 1) * limit);
    const end = own.indexOf(-1);
    return Uint32Array.from(end < 0 ? own : own.subarray(0, end));
  });
  return {
    ranked: [...(before?.ranked ?? []), ...ranked],
    scoreSum: outputs[rankingOutputs.sum]!.data as Float64Array,
    scoreMax: outputs[rankingOutputs.max]!.data as Float32Array,
  };
}
