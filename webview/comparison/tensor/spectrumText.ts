import type { SpectrumFigures } from '../../../src/record/comparison/tensors/spectrum.ts';
import { percentNumber, threeDigits } from '../../page/format.ts';

/* Says in words what a spectrum tells. */

/** `3.27`, or `3.2–3.3` where the error shows. */
function between(least: number, most: number, text: (value: number) => string): string {
  const [from, to] = [text(least), text(most)];
  return from === to ? from : `${from}–${to}`;
}

function standing(above: number, count: number): string {
  if (above === 0) return 'nothing stands out of noise';
  if (above === count) return `all ${count} stand out of noise`;
  return `${above} of them ${above === 1 ? 'stands' : 'stand'} out of noise`;
}

/** What a spectrum tells, in a sentence. @param count of its singular values */
export function spectrumText(figures: SpectrumFigures, count: number): string {
  const { stableRank, stableRankFrom, noiseStableRank, topShare, topShareTo, aboveNoise } = figures;
  const rank = between(stableRankFrom, stableRank, threeDigits);
  const share = `${between(topShare, topShareTo, percentNumber)} %`;
  return (
    `stable rank ${rank} (noise: ${threeDigits(noiseStableRank)}); the ${count} largest singular values hold ${share} ` +
    `of ‖Δ‖²; ${standing(aboveNoise, count)}`
  );
}
