import { calibrationPaths } from '../../../src/record/calibrationInputs.ts';
import { html } from '../../page/dom.ts';
import { count, decimal } from '../../page/format.ts';
import type { Page, View } from '../state/page.ts';
import { distributionFigure } from './distributionFigure.ts';
import { entropyCurves } from './entropyCurves.ts';
import { textFigure } from './textFigure.ts';

/** The output tab: how the checkpoints answer the calibration, down to one token's distributions. */
export function outputView(page: Page): View {
  const { checkpoints, output } = page.model.record;
  if (output === undefined) {
    const element = html(
      'div',
      { class: 'view' },
      html(
        'div',
        { class: 'refusal' },
        html('h2', {}, 'The checkpoints were not run'),
        html(
          'p',
          {},
          'Compare them again with a calibration file to see entropy, NLL and next-token distributions: Compare Checkpoints… asks for one; on the command line, add --calibration FILE.',
        ),
      ),
    );
    return { element, draw: () => {} };
  }
  const paths = calibrationPaths(output.calibration);
  const curves = entropyCurves(page);
  const text = textFigure(page);
  const distribution = distributionFigure(page);
  const head = (name: string, number = true) => html('th', { scope: 'col', class: number ? 'number' : '' }, name);
  const table = html(
    'table',
    { class: 'plain' },
    html('thead', {}, html('tr', {}, head('checkpoint', false), head('entropy'), head('top-1'), head('NLL'))),
    html(
      'tbody',
      {},
      ...checkpoints.map(({ name }, position) => {
        const means = output.means[position]!;
        return html(
          'tr',
          {},
          html('th', { scope: 'row' }, html('bdi', {}, name)),
          ...[means.entropy, means.top1Probability, means.negativeLogLikelihood].map((value) =>
            html('td', { class: 'number', title: value }, decimal(value, 4)),
          ),
        );
      }),
    ),
  );
  const summary = html(
    'section',
    { class: 'figure', 'aria-label': 'Means' },
    html('header', {}, html('h2', {}, 'Means over the response')),
    html(
      'p',
      { class: 'caption' },
      `${count(output.means[0]?.rows ?? 0)} tokens of `,
      html('bdi', { class: 'path' }, paths.slice(0, 3).join(', ')),
      paths.length > 3 ? ` and ${count(paths.length - 3)} more file${paths.length === 4 ? '' : 's'}` : '',
      '; nats a token.',
    ),
    html('div', { class: 'scrolls', tabindex: 0, role: 'region', 'aria-label': 'Table of means' }, table),
  );
  return {
    element: html(
      'div',
      { class: 'view output-view' },
      html('div', { class: 'side' }, summary, curves.figure.element),
      html('div', { class: 'side' }, text.figure.element, distribution.figure.element),
    ),
    draw(state) {
      curves.draw();
      text.draw(state);
      distribution.draw(state);
    },
  };
}
