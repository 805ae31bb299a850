import { axisBottom, axisLeft, max, scaleLinear, select } from 'd3';
import { matrixShape } from '../../../src/record/comparison/matrixShape.ts';
import {
  hasSpectrum,
  maxSingularValues,
  noiseStableRank,
  type SpectrumFigures,
  spectrumFigures,
} from '../../../src/record/comparison/spectrum.ts';
import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { lineLook } from '../../figures/pairColours.ts';
import { button, html, onResize, svg } from '../../page/dom.ts';
import { percent, score } from '../../page/format.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';

/* The figure that tells whether a tensor's change is structure or noise: its largest singular values beside noise's. */

const height = 200;
const margin = { top: 14, right: 12, bottom: 34, left: 52 } as const;

const hint =
  'The largest singular values of Δ by that of noise of the same size (dashed: 1): the more stands above, the more of the change is structure.';

/** `3.27`, or `3.2–3.3` where the error shows. */
function between(least: number, most: number, text: (value: number) => string): string {
  const [from, to] = [text(least), text(most)];
  return from === to ? from : `${from}–${to}`;
}

/** What a spectrum tells, in a sentence. */
function verdict(
  { stableRank, stableRankFrom, noiseStableRank, topShare, topShareTo, aboveNoise }: SpectrumFigures,
  count: number,
) {
  const stands =
    aboveNoise === 0
      ? 'nothing stands out of noise'
      : `${aboveNoise === count ? `all ${count} singular values stand` : `${aboveNoise} of ${count} singular values ${aboveNoise === 1 ? 'stands' : 'stand'}`} out of noise`;
  const rank = between(stableRankFrom, stableRank, (value) => value.toPrecision(3));
  const share = between(topShare, topShareTo, percent);
  return `stable rank ${rank} (noise: ${noiseStableRank.toPrecision(3)}); the top ${count} hold ${share} of ‖Δ‖²; ${stands}`;
}

/** Singular values of a tensor's change, a line a pair; computed when asked for, where the record has none. */
export function spectrumFigure(page: Page): { readonly figure: Figure; draw(state: State): void } {
  const { model, store, host } = page;
  let width = 0;
  const drawing = svg('svg', { class: 'spectrum', height, role: 'img' });
  /** Singular values of each shown pair by the largest that noise of the same norm would have. */
  const known = (state: State) => {
    const tensor = model.tensor(state);
    const { shape } = model.record.tensors[tensor]!;
    const { rows, columns } = matrixShape(shape);
    return model.pairs(state).map((pair, place) => {
      const answer = model.spectrum(pair, tensor);
      const spectrum = answer !== undefined && answer !== 'unasked' && 'part' in answer ? answer.part : undefined;
      const { norm } = model.difference(pair, tensor);
      const edge = norm / Math.sqrt(noiseStableRank(rows, columns));
      const figures = spectrumFigures({ norm, ...(spectrum && { spectrum }) }, shape);
      return { pair, answer, spectrum, figures, edge, look: lineLook(place) };
    });
  };
  const frame = figure(page, {
    name: 'tensor-spectrum',
    title: 'Structure or noise',
    caption: hint,
    drawing: () => ({ svg: drawing }),
    csv: () =>
      csv(
        ['reference', 'checkpoint', 'order', 'singular_value', 'larger_by_at_most', 'noise_largest'],
        known(store.state).flatMap(({ pair, spectrum, edge }) => {
          const { reference, checkpoint } = model.sides(pair);
          return (spectrum?.singularValues ?? []).map((value, i) => [
            reference,
            checkpoint,
            i + 1,
            value,
            spectrum!.errors[i],
            edge,
          ]);
        }),
      ),
  });
  const list = html('ul', { class: 'line-key' });
  const ask = button('Compute', () => {
    const tensor = model.tensor(store.state);
    for (const { pair } of known(store.state)) model.askSpectrum(pair, tensor);
    draw(store.state);
  });
  const stop = button('Stop', () => host.act({ name: 'cancelSpectra' }));
  const why = html('p', { class: 'muted' });
  const busy = html(
    'p',
    { class: 'muted', role: 'status' },
    html('vscode-progress-ring'),
    ' Computing singular values… ',
    stop,
  );
  const waiting = html('div', { class: 'spectrum-ask' }, why, ask);
  frame.body.append(drawing, list, waiting, busy);

  const redraw = (shown: ReturnType<typeof known>) => {
    const lines = shown.flatMap(({ spectrum, edge, look }) =>
      spectrum === undefined || edge === 0 || spectrum.singularValues.length === 0 ? [] : [{ spectrum, edge, look }],
    );
    drawing.toggleAttribute('hidden', lines.length === 0);
    if (width === 0 || lines.length === 0) return;
    const most = max(lines, ({ spectrum, edge }) => (spectrum.singularValues[0]! + spectrum.errors[0]!) / edge) ?? 1;
    const count = max(lines, ({ spectrum }) => spectrum.singularValues.length) ?? 1;
    const x = scaleLinear([0.5, count + 0.5], [margin.left, width - margin.right]);
    const y = scaleLinear([0, Math.max(most, 1) * 1.05], [height - margin.bottom, margin.top]);
    const across = svg('g', { class: 'axis', transform: `translate(0,${height - margin.bottom})` });
    const up = svg('g', { class: 'axis', transform: `translate(${margin.left},0)` });
    select(across).call(axisBottom(x).ticks(count, 'd').tickSize(4));
    select(up).call(axisLeft(y).ticks(4).tickSize(4));
    drawing.setAttribute('width', String(width));
    drawing.setAttribute(
      'aria-label',
      `Largest singular values of the change of ${model.record.tensors[model.tensor(store.state)]!.name}`,
    );
    drawing.replaceChildren(
      across,
      up,
      svg(
        'text',
        { class: 'axis', x: (margin.left + width) / 2, y: height - 4, 'text-anchor': 'middle' },
        'singular value',
      ),
      svg('line', {
        class: 'noise-edge',
        x1: margin.left,
        x2: width - margin.right,
        y1: y(1),
        y2: y(1),
        'stroke-dasharray': '4 3',
      }),
      svg('text', { class: 'axis', x: width - margin.right, y: y(1) - 3, 'text-anchor': 'end' }, 'largest of noise'),
      ...lines.flatMap(({ spectrum, edge, look }) => {
        const points = spectrum.singularValues.map(
          (value, i) => `${x(i + 1).toFixed(1)},${y(value / edge).toFixed(1)}`,
        );
        const line = svg('path', {
          class: 'histogram-line',
          d: `M${points.join('L')}`,
          'stroke-dasharray': look.dash || undefined,
        });
        line.style.stroke = look.colour;
        return [
          line,
          ...spectrum.singularValues.map((value, i) => {
            const dot = svg('circle', { cx: x(i + 1), cy: y(value / edge), r: 3 });
            dot.style.fill = look.colour;
            dot.append(
              svg('title', {}, `singular value ${i + 1}: ${score(value)}, at most ${score(spectrum.errors[i]!)} more`),
            );
            return dot;
          }),
        ];
      }),
    );
  };
  const draw = (state: State) => {
    const { shape } = model.record.tensors[model.tensor(state)]!;
    const matrix = hasSpectrum(shape);
    const shown = matrix ? known(state) : [];
    const open = shown.filter(({ answer }) => answer === 'unasked' || (answer !== undefined && 'fault' in answer));
    const fault = open
      .map(
        ({ pair, answer }) =>
          model.filesFault(pair) ??
          (answer !== 'unasked' && answer !== undefined && 'fault' in answer ? answer.fault : undefined),
      )
      .find((each) => each !== undefined);
    waiting.hidden = matrix && open.length === 0;
    ask.hidden = !matrix || shown.some(({ pair }) => model.filesFault(pair) !== undefined);
    why.textContent = !matrix
      ? 'A vector has no singular values to tell.'
      : (fault ?? 'Reads the tensor up to eight times from the checkpoints’ files: seconds.');
    busy.hidden = !shown.some(({ answer }) => answer === undefined);
    list.replaceChildren(
      ...shown.flatMap(({ pair, spectrum, figures, look }) => {
        if (spectrum === undefined) return [];
        const swatch = svg('svg', { width: 26, height: 10, 'aria-hidden': 'true' });
        const line = svg('line', {
          x1: 0,
          x2: 26,
          y1: 5,
          y2: 5,
          'stroke-width': 2,
          'stroke-dasharray': look.dash || undefined,
        });
        line.style.stroke = look.colour;
        swatch.append(line);
        const text =
          figures === undefined
            ? 'nothing changed'
            : verdict(figures, Math.min(spectrum.singularValues.length, maxSingularValues));
        return [html('li', {}, swatch, html('bdi', {}, model.pairName(pair)), html('span', { class: 'muted' }, text))];
      }),
    );
    redraw(shown);
  };
  onResize(frame.body, (next) => {
    width = next;
    draw(store.state);
  });
  return { figure: frame, draw };
}
