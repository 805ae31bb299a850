import assert from 'node:assert/strict';
import { familyNames } from '../../../../src/checkpoint/architecture/architecture.ts';
import { layerForm } from '../../../../src/checkpoint/architecture/families.ts';
import { lensText } from '../../../../webview/inspector/neuron/lensText.ts';

describe('what the tokens that a neuron writes are said to be', () => {
  it('names a norm behind the block where the family has one, and only there', () => {
    assert.equal(
      lensText({ family: 'llama' }, 'down_proj'),
      'What one unit of its activation adds to a token’s logit: W_U (γ ⊙ column), SFT checkpoint; times 1/RMS of the stream at the row, which is the same for all tokens.',
    );
    assert.match(
      lensText({ family: 'olmo2' }, 'o_proj'),
      /: W_U \(γ ⊙ γ′ ⊙ column\), SFT checkpoint, γ of the final norm, γ′ of the norm behind the block; times 1\/RMS of both /,
    );
    for (const family of familyNames) {
      const { norms } = layerForm({ family });
      for (const [projection, norm] of [
        ['o_proj', norms.attentionWrite],
        ['down_proj', norms.mlpWrite],
      ] as const) {
        assert.equal(lensText({ family }, projection).includes('γ′'), norm !== undefined, `${family} ${projection}`);
      }
    }
  });

  it('names the multipliers, the cap and a norm that adds one', () => {
    assert.match(
      lensText({ family: 'granite', residualScale: 0.22, logitDivisor: 8 }, 'down_proj'),
      /: 0\.22 · W_U \(γ ⊙ column\) \/ 8, SFT/,
    );
    assert.match(
      lensText({ family: 'gemma2', logitSoftCap: 30 }, 'down_proj'),
      /logit, before the cap on logits: W_U \(γ ⊙ γ′ ⊙ column\), .*\(γ is one more than the weight\); /,
    );
  });
});
