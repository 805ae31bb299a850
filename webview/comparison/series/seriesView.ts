import { csv } from '../../figures/csv.ts';
import { csvLink } from '../../figures/csvLink.ts';
import { html, isolated, link } from '../../page/dom.ts';
import { count, decimal, score, signed } from '../../page/format.ts';
import { sortedBy } from '../../page/sort.ts';
import type { Page, View } from '../state/page.ts';
import type { SeriesColumn, State } from '../state/state.ts';
import { type SeriesPoint, seriesPoints, sortedPoints, steepest } from './series.ts';
import { seriesPlot } from './seriesPlot.ts';

/* The series tab: a table of the checkpoints, where they turn, and their figure. */

interface Column {
  readonly name: SeriesColumn;
  readonly title: string;
  readonly hint: string;
  readonly text: (point: SeriesPoint) => string;
}

const number = (value: number | undefined, text: (value: number) => string) =>
  value === undefined ? '–' : text(value);

const columns: readonly Column[] = [
  {
    name: 'nll',
    title: 'NLL',
    hint: 'training loss on the response, nats a token',
    text: ({ nll }) => number(nll, (value) => decimal(value, 4)),
  },
  {
    name: 'entropy',
    title: 'entropy',
    hint: 'of the next-token distribution, nats',
    text: ({ entropy }) => number(entropy, (value) => decimal(value, 4)),
  },
  {
    name: 'top1',
    title: 'top-1',
    hint: 'probability of the most likely token',
    text: ({ top1 }) => number(top1, (value) => decimal(value, 4)),
  },
  {
    name: 'drift',
    title: 'drift',
    hint: '‖Δ‖ / ‖W‖ of the whole model against the reference',
    text: ({ drift }) => number(drift, score),
  },
  {
    name: 'spikiness',
    title: 'max |Δ| / RMS',
    hint: 'largest change by the root mean square of all',
    text: ({ spikiness }) => number(spikiness, score),
  },
];

/** The series tab: a row and a point a checkpoint (Table 1 of the paper), to choose where SFT should hand over to RL. */
export function seriesView(page: Page): View {
  const { store, model, host } = page;
  const points = seriesPoints(model);
  const measured = model.record.output !== undefined;
  const shown = columns.filter(({ name }) => measured || name === 'drift' || name === 'spikiness');
  const plot = seriesPlot(page, points);
  const heads = [{ name: 'order' as const, title: 'checkpoint', hint: 'in the order of the series' }, ...shown].map(
    ({ name, title, hint }) => {
      const sort = html('button', { type: 'button', title: hint }, title);
      sort.addEventListener('click', () =>
        store.set({ seriesSort: sortedBy(store.state.seriesSort, name, name !== 'order') }),
      );
      return { name, element: html('th', { scope: 'col', class: name === 'order' ? '' : 'number' }, sort) };
    },
  );
  const body = html('tbody', {});
  const table = html(
    'table',
    { class: 'series-table' },
    html('thead', {}, html('tr', {}, ...heads.map(({ element }) => element))),
    body,
  );
  const findings = html('ul', { class: 'notes' });
  for (const sentence of sentences(points)) findings.append(html('li', {}, ...sentence));
  const chosen = html('dl', { class: 'facts' });
  const selection = html('section', { class: 'figure selection', 'aria-live': 'polite' });
  const save = csvLink(page, 'Save the table as CSV', () => ({ name: 'series-table.csv', text: tableCsv(points) }));
  const element = html(
    'div',
    { class: 'view series-view' },
    html(
      'div',
      { class: 'side' },
      html(
        'section',
        { class: 'figure', 'aria-label': 'Checkpoints' },
        html('header', {}, html('h2', {}, 'Checkpoints'), html('div', { class: 'saves' }, save)),
        html(
          'div',
          { class: 'scrolls', tabindex: 0, role: 'region', 'aria-label': 'Checkpoints of the series' },
          table,
        ),
      ),
      html('section', { class: 'figure', 'aria-label': 'Where it turns' }, findings),
      selection,
      measured
        ? undefined
        : html(
            'p',
            { class: 'caption' },
            'Entropy, top-1 probability and NLL are there when the checkpoints are compared with a calibration file.',
          ),
    ),
    plot.figure.element,
  );
  const drawChosen = (state: State) => {
    const point = state.checkpoint === undefined ? undefined : points[state.checkpoint];
    if (point === undefined) {
      selection.replaceChildren();
      return;
    }
    const before = points[point.checkpoint - 1];
    const [first] = points;
    const against = (key: 'entropy' | 'nll' | 'drift', other: SeriesPoint | undefined) => {
      const [own, its] = [point[key], other?.[key]];
      return own === undefined || its === undefined ? '–' : signed(own - its, 4);
    };
    chosen.replaceChildren(
      ...(
        [
          ['Entropy against the reference', against('entropy', first)],
          ['Entropy against the one before', against('entropy', before)],
          ['NLL against the one before', against('nll', before)],
          ['Drift against the one before', against('drift', before)],
        ] as const
      ).flatMap(([name, value]) => [html('dt', {}, name), html('dd', {}, value)]),
    );
    selection.replaceChildren(
      html('h2', {}, isolated(point.name, '')),
      chosen,
      link('Reveal its folder', () => host.act({ name: 'reveal', checkpoint: point.checkpoint })),
    );
  };
  return {
    element,
    draw(state) {
      const { column, descending } = state.seriesSort;
      for (const head of heads) {
        head.element.setAttribute(
          'aria-sort',
          head.name === column ? (descending ? 'descending' : 'ascending') : 'none',
        );
      }
      body.replaceChildren(
        ...sortedPoints(points, column, descending).map((point) => {
          const { checkpoint, name, step } = point;
          const choose = link(name, () =>
            store.set({ checkpoint: store.state.checkpoint === checkpoint ? undefined : checkpoint }),
          );
          choose.setAttribute('aria-pressed', String(checkpoint === state.checkpoint));
          return html(
            'tr',
            { class: checkpoint === state.checkpoint ? 'chosen' : '' },
            html(
              'th',
              { scope: 'row' },
              html('bdi', {}, choose),
              checkpoint === 0 && html('span', { class: 'muted' }, ' reference'),
              step !== undefined && html('span', { class: 'muted' }, ` step ${count(step)}`),
            ),
            ...shown.map(({ text }) => html('td', { class: 'number' }, text(point))),
          );
        }),
      );
      drawChosen(state);
      plot.draw(state);
    },
  };
}

function tableCsv(points: readonly SeriesPoint[]): string {
  return csv(
    ['checkpoint', 'step', 'nll_nats', 'entropy_nats', 'top1_probability', 'drift', 'spikiness'],
    points.map((point) => [point.name, point.step, point.nll, point.entropy, point.top1, point.drift, point.spikiness]),
  );
}

/** What the series shows, where it shows it. */
function sentences(points: readonly SeriesPoint[]): (Node | string)[][] {
  const found: (Node | string)[][] = [];
  const between = (from: SeriesPoint, to: SeriesPoint) => [
    'between ',
    html('bdi', {}, from.name),
    ' and ',
    html('bdi', {}, to.name),
  ];
  const collapse = steepest(points, 'entropy', -1);
  if (collapse !== undefined) {
    const { from, to, change } = collapse;
    found.push(['Entropy falls most ', ...between(from, to), ` (${signed(change)} nats).`]);
  }
  const takeOff = steepest(points, 'drift', 1);
  if (takeOff !== undefined) {
    const { from, to, change } = takeOff;
    found.push(['Drift grows most ', ...between(from, to), ` (+${score(change)}).`]);
  }
  const loss = steepest(points, 'nll', 1);
  if (loss !== undefined) {
    const { from, to, change } = loss;
    found.push(['The response’s NLL rises ', ...between(from, to), ` (${signed(change)} nats).`]);
  }
  return found;
}
