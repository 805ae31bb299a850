import { matrixShape } from '../../../src/record/comparison/tensors/matrixShape.ts';
import { hasSpectrum, noiseStableRank, spectrumFigures } from '../../../src/record/comparison/tensors/spectrum.ts';
import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { keyPicture, lineLook } from '../../figures/pairColours.ts';
import { button, html, onResize, svg } from '../../page/dom.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { drawSpectra, plotHeight } from './spectrumPlot.ts';
import { spectrumText } from './spectrumText.ts';

/* The figure that tells whether a tensor's change is structure or noise: its largest singular values beside noise's. */

const title = 'Structure or noise';

const hint =
  'Singular values of Δ, in units of the largest that noise of the same norm would have: what stands above 1 is structure.';
const cost =
  'Reads the tensor up to eight times from the checkpoints’ files, which takes seconds. It is kept until the record is closed.';
const unkept =
  'Computed for this window, not written into the record: save it as CSV, or compare again with spectra (diff --spectrum, setting rejuvenation.spectrum), which the record keeps for all tensors.';

/** Singular values of a tensor's change, a line a pair; computed when asked for, where the record has none. */
export function spectrumFigure(page: Page): { readonly figure: Figure; draw(state: State): void } {
  const { model, store, host } = page;
  let width = 0;
  const drawing = svg('svg', { class: 'spectrum', height: plotHeight, role: 'img', 'aria-label': title });
  /** What is known of each pair shown. */
  const pairsOf = (state: State) => {
    const tensor = model.tensor(state);
    const { shape } = model.record.tensors[tensor]!;
    const { rows, columns } = matrixShape(shape);
    return model.pairs(state).map((pair, place) => {
      const answer = model.spectrum(pair, tensor);
      const spectrum = typeof answer === 'object' && 'part' in answer ? answer.part : undefined;
      const fault = typeof answer === 'object' && 'fault' in answer ? answer.fault : undefined;
      const { norm } = model.difference(pair, tensor);
      return {
        pair,
        spectrum,
        recorded: model.difference(pair, tensor).spectrum !== undefined,
        fault,
        asked: answer !== 'unasked' && fault === undefined,
        figures: spectrum && spectrumFigures({ norm, spectrum }, shape),
        edge: norm / Math.sqrt(noiseStableRank(rows, columns)),
        look: lineLook(place),
      };
    });
  };
  const frame = figure(page, {
    name: 'tensor-spectrum',
    title,
    caption: hint,
    drawing: () => ({ svg: drawing }),
    csv: () =>
      csv(
        ['reference', 'checkpoint', 'order', 'singular_value', 'larger_by_at_most', 'largest_of_noise'],
        pairsOf(store.state).flatMap(({ pair, spectrum, edge }) => {
          const { reference, checkpoint } = model.sides(pair);
          const values = spectrum?.singularValues ?? [];
          return values.map((value, i) => [reference, checkpoint, i + 1, value, spectrum!.errors[i], edge]);
        }),
      ),
  });
  const key = html('ul', { class: 'spectrum-key' });
  const ask = button('Compute', () => {
    const tensor = model.tensor(store.state);
    for (const pair of model.pairs(store.state)) model.askSpectrum(pair, tensor);
    draw(store.state);
  });
  const why = html('p', { class: 'muted' });
  const fleeting = html('p', { class: 'muted spectrum-unkept' }, unkept);
  const waiting = html('div', { class: 'spectrum-ask' }, why, ask);
  const stop = button('Stop', () => host.act({ name: 'cancelSpectra' }));
  const busy = html(
    'div',
    { class: 'spectrum-busy' },
    html('vscode-progress-ring'),
    html('span', { class: 'muted', role: 'status' }, 'Computing singular values…'),
    stop,
  );
  frame.body.append(drawing, key, fleeting, waiting, busy);

  const keyOf = ({ pair, spectrum, figures, look }: ReturnType<typeof pairsOf>[number]) => {
    if (spectrum === undefined) return [];
    const text = figures === undefined ? 'nothing changed' : spectrumText(figures, spectrum.singularValues.length);
    return [
      html('li', {}, keyPicture(look), html('bdi', {}, model.pairName(pair)), html('p', { class: 'muted' }, text)),
    ];
  };
  const draw = (state: State) => {
    const { name, shape } = model.record.tensors[model.tensor(state)]!;
    const matrix = hasSpectrum(shape);
    const shown = matrix ? pairsOf(state) : [];
    const open = shown.filter(({ asked }) => !asked);
    const filesFault = open.map(({ pair }) => model.filesFault(pair)).find((fault) => fault !== undefined);
    const fault = filesFault ?? open.map((each) => each.fault).find((each) => each !== undefined);
    waiting.hidden = matrix && open.length === 0;
    ask.hidden = !matrix || filesFault !== undefined;
    why.textContent = matrix ? (fault ?? cost) : 'A vector’s change has no singular values to compare with noise.';
    fleeting.hidden = shown.every(({ spectrum, recorded }) => spectrum === undefined || recorded);
    busy.hidden = !shown.some(({ asked, spectrum }) => asked && spectrum === undefined);
    key.replaceChildren(...shown.flatMap(keyOf));
    const lines = shown.flatMap(({ spectrum, figures, edge, look }) =>
      spectrum === undefined || figures === undefined ? [] : [{ spectrum, edge, look }],
    );
    drawing.toggleAttribute('hidden', lines.length === 0);
    drawing.setAttribute('aria-label', `Largest singular values of the change of ${name}`);
    if (width > 0 && lines.length > 0) drawSpectra(drawing, lines, width);
  };
  onResize(frame.body, (next) => {
    width = next;
    draw(store.state);
  });
  return { figure: frame, draw };
}
