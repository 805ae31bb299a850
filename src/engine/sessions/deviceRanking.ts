import { keptScores, rankingOutputs, rankLimit } from '../../graph/ranking.ts';
import { keptNeurons } from '../../method/contributions.ts';
import type { SampleRanking } from '../../method/sampleRanking.ts';
import { int64, type Session } from '../device/runtime.ts';

/* What a graph that ranks is given, and what it gives, as the arrays of the method. */

type Feeds = Parameters<Session['run']>[0];
type Outputs = Awaited<ReturnType<Session['run']>>;

/** The further inputs of a graph that ranks. @param limit most ranks kept of a target; @param neurons that it ranks */
export function rankingFeeds(limit: number, neurons: number): Feeds {
  return { [rankLimit.name]: int64([Math.min(limit, neurons)]), [keptScores.name]: int64([keptNeurons]) };
}

/** The ranking that a graph gives. */
export function rankingOf(outputs: Outputs): SampleRanking {
  const { data, dims } = outputs[rankingOutputs.ranked]!;
  const [targets, limit] = [dims[0]!, dims[1]!];
  const all = data as Int32Array;
  const ranked = Array.from({ length: targets }, (_, target) => {
    const own = all.subarray(target * limit, (target + 1) * limit);
    const end = own.indexOf(-1);
    return Uint32Array.from(end < 0 ? own : own.subarray(0, end));
  });
  const top = outputs[rankingOutputs.top]!;
  const width = top.dims[1]!;
  return {
    ranked,
    topScores: ranked.map((own, target) =>
      (top.data as Float32Array).slice(target * width, target * width + Math.min(width, own.length)),
    ),
    scoreSum: outputs[rankingOutputs.sum]!.data as Float64Array,
    scoreMax: outputs[rankingOutputs.max]!.data as Float32Array,
  };
}
