import { isReset } from '../../../src/method/resetSet.ts';
import type { NeuronDrift } from '../../../src/protocol/explanation.ts';
import { html } from '../../page/dom.ts';
import { count, decimal, percent, rhoText, score } from '../../page/format.ts';
import type { Answer } from '../state/answers.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';

/* What is known of a neuron in numbers: whether a reset takes it, its scores, how far SFT moved it. */

type Fact = readonly [name: string, value: string];

/** From which rho on a reset takes a neuron, rounded up so that it does. */
function leastRho(rank: number, neurons: number): string {
  const exact = (100 * (rank + 1)) / neurons;
  const digits = 10 ** (2 - Math.floor(Math.log10(exact)));
  return rhoText(Math.ceil(exact * digits) / digits / 100);
}

function resetFacts({ model }: Page, state: State, flat: number): Fact[] {
  const ranks = model.bestRank;
  const [hits, mean, largest] = [model.neurons('hits'), model.neurons('mean_score'), model.neurons('max_score')];
  const reset = model.reset(state);
  if (!ranks || !hits || !mean || !largest || !reset) return [['Reset', 'reading…']];
  const rank = ranks[flat]!;
  const { total, rankLimit } = model.record.neurons;
  const rho = rhoText(model.rho(state));
  const targets = model.record.measurements[0]?.targets.rows ?? 0;
  const taken = isReset(rank, reset.budget)
    ? `yes, at ρ ${rho}`
    : rank < 0
      ? `no, at no ρ up to ${rhoText(model.record.settings.rhoMax)}`
      : `no, at ρ ${rho}; from ρ ${leastRho(rank, total)} on`;
  return [
    ['Reset', taken],
    ['Best rank', rank < 0 ? `none among the first ${count(rankLimit)}` : `${count(rank)} of ${count(total)} neurons`],
    ['Hits', `${count(hits[flat]!)} of ${count(targets)} targets select it, at the run’s ρ`],
    ['Mean score', `${score(mean[flat]!)} logits over all targets`],
    ['Largest score', `${score(largest[flat]!)} logits`],
  ];
}

function driftFacts(answer: Answer<NeuronDrift>): Fact[] {
  if (answer.state === 'waiting') return [['Moved by SFT', 'reading the weights…']];
  if (answer.state === 'failed') return [['Moved by SFT', answer.reason]];
  const { base, sft, change, cosine, elements, changed } = answer.value;
  return [
    ['Moved by SFT', base === 0 ? `‖Δ‖ ${score(change)}, from zero` : `${percent(change / base)} of its norm`],
    ['Norm', `${score(base)} in the base, ${score(sft)} in the SFT, ‖Δ‖ ${score(change)}`],
    ['Direction', Number.isNaN(cosine) ? 'none: all zero' : `cosine ${decimal(cosine, 6)} to the base’s`],
    ['Elements changed', `${count(changed)} of ${count(elements)}`],
  ];
}

/** The facts as a list, drawn again whenever one of them changes. */
export function neuronFacts(page: Page): {
  readonly element: HTMLElement;
  draw(state: State, flat: number, drift: Answer<NeuronDrift>): void;
} {
  const element = html('dl', { class: 'facts' });
  let drawn = '';
  return {
    element,
    draw(state, flat, drift) {
      const facts = [...resetFacts(page, state, flat), ...driftFacts(drift)];
      const key = JSON.stringify(facts);
      if (key === drawn) return;
      drawn = key;
      element.replaceChildren(...facts.flatMap(([name, value]) => [html('dt', {}, name), html('dd', {}, value)]));
    },
  };
}
