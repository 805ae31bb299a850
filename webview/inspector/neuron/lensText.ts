import type { Architecture, Projection } from '../../../src/checkpoint/architecture/architecture.ts';
import { layerForm } from '../../../src/checkpoint/architecture/families.ts';

/* Says what the numbers of the logit lens are, for the parts that an architecture has between a block and the logits. */

type Parts = Pick<Architecture, 'family' | 'residualScale' | 'logitDivisor' | 'logitSoftCap'>;

/** @param projection whose column is looked at, `o_proj` or `down_proj` */
export function lensText(architecture: Parts, projection: Projection): string {
  const { norms, normsAddOne } = layerForm(architecture);
  const { residualScale = 1, logitDivisor = 1, logitSoftCap } = architecture;
  const behind = projection === 'o_proj' ? norms.attentionWrite : norms.mlpWrite;
  const factor = residualScale === 1 ? '' : `${residualScale} · `;
  const divisor = logitDivisor === 1 ? '' : ` / ${logitDivisor}`;
  const formula = `${factor}W_U (γ ⊙ ${behind === undefined ? '' : 'γ′ ⊙ '}column)${divisor}`;
  const of = behind === undefined ? '' : ', γ of the final norm, γ′ of the norm behind the block';
  const one = normsAddOne ? ' (γ is one more than the weight)' : '';
  const scale =
    behind === undefined ? '1/RMS of the stream at the row, which is' : '1/RMS of both at the row, which are';
  const cap = logitSoftCap === undefined ? '' : ', before the cap on logits';
  return (
    `What one unit of its activation adds to a token’s logit${cap}: ${formula}, SFT checkpoint${of}${one}; ` +
    `times ${scale} the same for all tokens.`
  );
}
