import type { Explanation, TargetDetail } from '../../../src/protocol/explanation.ts';
import { tokenInText, tokenLabel } from '../../figures/tokens/tokenText.ts';
import { button, dropdown, html, isolated, link } from '../../page/dom.ts';
import { count, decimal, signed } from '../../page/format.ts';
import type { Page, View } from '../state/page.ts';
import type { LogitSide, State } from '../state/state.ts';
import { type Pusher, pushers } from './pushers.ts';
import { differenceOf, termsOf } from './terms.ts';
import { termTable } from './termTable.ts';
import { type Waterfall, waterfall } from './waterfall.ts';

/* The logit tab: what pushes one token of a text, and what the token that came second. */

/** What is drawn: a waterfall, the neurons, and how complete those are. */
interface Shown extends Waterfall {
  readonly neurons: readonly Pusher[];
  readonly caption: string;
}

/** Text before the token, in tokens. */
const contextTokens = 24;

function fromRecord({ terms, logit, neurons, scores }: TargetDetail, kept: number): Shown {
  return {
    terms: termsOf(terms),
    logit,
    name: 'Logit of the gold token',
    neurons: Array.from(neurons, (neuron, i) => ({ neuron, score: scores[i]! })),
    caption: `The ${count(kept)} with the largest score, as recorded. Dots: in the reset set. Choose one to see what it does.`,
  };
}

function fromEngine({ gold, runner, neurons, goldScores, runnerScores }: Explanation, side: LogitSide): Shown {
  const caption =
    'Those that add most, and that take most, of either logit and of their difference. Dots: in the reset set. Choose one to see what it does.';
  const listed = (score: (i: number) => number) =>
    Array.from(neurons, (neuron, i): Pusher => ({ neuron, score: score(i) }));
  if (side === 'difference') {
    return {
      terms: termsOf(differenceOf(gold.terms, runner.terms)),
      logit: gold.logit - runner.logit,
      name: 'Logit of the gold token less that of the runner-up',
      neurons: listed((i) => goldScores[i]! - runnerScores[i]!),
      caption,
    };
  }
  const [own, scores] = side === 'gold' ? [gold, goldScores] : [runner, runnerScores];
  return {
    terms: termsOf(own.terms),
    logit: own.logit,
    name: side === 'gold' ? 'Logit of the gold token' : 'Logit of the runner-up',
    neurons: listed((i) => scores[i]!),
    caption,
  };
}

export function logitView(page: Page): View {
  const { model, store, answers } = page;
  const { record } = model;
  const sentence = html('p', { class: 'sentence' });
  const logits = html('p', { class: 'muted logits' });
  const note = html('p', { class: 'empty', role: 'status' });
  const ask = button('Compare with the Runner-Up', () => {
    const request = asked();
    if (request === undefined) return;
    answers.of<'explain'>(request, true);
    draw(store.state);
  });
  const side = dropdown<LogitSide>(
    'logit of',
    [
      ['gold', 'the gold token'],
      ['runner', 'the runner-up'],
      ['difference', 'gold − runner-up'],
    ],
    (logitSide) => store.set({ logitSide }),
  );
  const back = link('Show in the entropy map', () => store.set({ tab: 'entropy' }));
  const head = html(
    'section',
    { class: 'figure logit-head', 'aria-label': 'Token' },
    html(
      'header',
      {},
      html('h2', {}, 'What pushes this token?'),
      html('div', { class: 'controls' }, side.element, ask, back),
    ),
    sentence,
    logits,
    note,
  );
  const falls = waterfall(page);
  falls.figure.caption.textContent =
    'Exact: every write to the residual stream along the token’s direction in the output matrix, with the final norm’s scale of this row.';
  const key = html(
    'span',
    { class: 'key' },
    ...(['attention', 'feed-forward'] as const).flatMap((kind) => [html('i', { class: kind }), html('span', {}, kind)]),
    html('i', { class: 'less' }),
    html('span', {}, 'outlined: takes away'),
  );
  falls.figure.controls.append(key);
  const table = termTable();
  const neurons = pushers(page);
  const figures = html(
    'div',
    { class: 'logit-body' },
    falls.figure.element,
    html('div', { class: 'tables' }, table.element, neurons.element),
  );
  const asked = () => {
    const { sample, row } = store.state;
    return row === undefined ? undefined : ({ name: 'explain', sample, row } as const);
  };
  let drawn: { readonly of: unknown; readonly side: LogitSide; readonly shown: Shown } | undefined;
  let last: string | undefined;
  const shownOf = (of: TargetDetail | Explanation, from: LogitSide): Shown => {
    if (drawn?.of === of && drawn.side === from) return drawn.shown;
    const shown = 'runner' in of ? fromEngine(of, from) : fromRecord(of, of.neurons.length);
    drawn = { of, side: from, shown };
    return shown;
  };
  const drawHead = ({ sample, row }: State, explained: Explanation | undefined, kept: TargetDetail | undefined) => {
    const content = model.sample(sample);
    const { tokens } = model;
    if (content === undefined || tokens === undefined || row === undefined) return;
    const text = (id: number) => tokens.textOf.get(id) ?? '';
    const before = content.ids.subarray(Math.max(0, row + 1 - contextTokens), row + 1);
    sentence.replaceChildren(
      html('span', { class: 'muted' }, `sample ${sample + 1}, position ${row + 1}: `),
      isolated(
        `${row + 1 > contextTokens ? '…' : ''}${Array.from(before, (id) => tokenInText(text(id))).join('')}`,
        'token around',
      ),
      isolated(tokenLabel(text(content.ids[row + 1]!)), 'token gold'),
    );
    if (explained !== undefined) {
      logits.replaceChildren(
        `logit ${decimal(explained.gold.logit)}; runner-up `,
        isolated(tokenLabel(explained.runner.text, 24)),
        ` ${decimal(explained.runner.logit)}; difference ${signed(explained.gold.logit - explained.runner.logit)}`,
      );
    } else logits.textContent = kept === undefined ? '' : `logit ${decimal(kept.logit)}`;
  };
  const draw = (state: State) => {
    const request = asked();
    const measured = request !== undefined && request.sample < record.samples.length;
    head.classList.toggle('bare', !measured);
    if (!measured) {
      sentence.textContent = '';
      logits.textContent = '';
      note.textContent =
        'Choose a token in the entropy map and there “What pushes this token?”, or a target on a neuron’s page.';
      for (const element of [figures, ask, side.element, back]) element.hidden = true;
      return;
    }
    const { sample, row } = request;
    if (last !== `${sample} ${row}`) {
      last = `${sample} ${row}`;
      answers.forgetFailed(request);
    }
    const explanation = answers.known<'explain'>(request);
    const kept = answers.of<'target'>({ name: 'target', sample, row });
    const explained = explanation?.state === 'here' ? explanation.value : undefined;
    const target = kept.state === 'here' ? kept.value : undefined;
    drawHead(state, explained, target);
    back.hidden = false;
    side.element.hidden = explained === undefined;
    side.set(state.logitSide);
    ask.hidden = explained !== undefined || explanation?.state === 'waiting';
    ask.textContent = target === undefined ? 'Explain with the Model' : 'Compare with the Runner-Up';
    const what = explained ?? target;
    note.textContent =
      explanation?.state === 'waiting'
        ? 'The SFT checkpoint is run on this text…'
        : explanation?.state === 'failed'
          ? explanation.reason
          : kept.state === 'failed'
            ? kept.reason
            : what === undefined && kept.state === 'here'
              ? unknownBecause(page, sample, row)
              : '';
    note.hidden = note.textContent === '';
    figures.hidden = what === undefined;
    if (what === undefined) return;
    const shown = shownOf(what, explained === undefined ? 'gold' : state.logitSide);
    falls.draw(shown);
    table.draw(shown.terms);
    neurons.draw(state, shown.neurons, shown.caption);
  };
  return { element: html('div', { class: 'view logit-view' }, head, figures), draw };
}

/** Why the record knows nothing of a token, and what to do. */
function unknownBecause({ model }: Page, sample: number, row: number): string {
  const isTarget = model.sample(sample)?.targetRows.includes(row) ?? false;
  return isTarget && model.record.neurons.kept === 0
    ? 'This record was made before it was kept what pushes single targets. Run again to have it, or explain the token with the model.'
    : 'This token is no target, so the record keeps nothing of it. The model can be run on this text to explain it.';
}
