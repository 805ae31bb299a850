import type { RecordSummary } from '../../../src/protocol/inspector.ts';
import { calibrationList } from '../../../src/record/calibrationInputs.ts';
import { tokenInText } from '../../figures/tokens/tokenText.ts';
import { html, link, path } from '../../page/dom.ts';
import { bytes, count, decimal, percent, rhoText, score, seconds } from '../../page/format.ts';
import type { Page, View } from '../state/page.ts';
import { measureLine } from './measureRow.ts';
import { metricsFigure } from './metricsFigure.ts';

/* The overview tab: what the run found, from which files, and how. */

type Row = readonly [string, Node | string];

const productNames = { split: 'split for tensor cores', tf32: 'in TF32' } as const;

function facts(rows: readonly Row[]): HTMLElement {
  return html(
    'dl',
    { class: 'facts' },
    ...rows.flatMap(([name, value]) => [html('dt', {}, name), html('dd', {}, value)]),
  );
}

function section(title: string, ...content: Node[]): HTMLElement {
  return html(
    'section',
    { class: 'figure', 'aria-label': title },
    html('header', {}, html('h2', {}, title)),
    ...content,
  );
}

function moment(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

/** How the calibration's rows were read; records of version 1 do not say. */
function calibrationFacts(calibration: RecordSummary['calibration']): Row[] {
  if (calibration === undefined) return [];
  const { templates, templateArgs, turns, special, rows, skipped } = calibration;
  const tokens = [...special.before, '…', ...special.after].join(' ');
  return [
    ...templates.map(({ place }): Row => ['Chat template', html('bdi', {}, place)]),
    ...(templateArgs.length === 0 ? [] : [['Template arguments', html('bdi', {}, templateArgs.join(', '))] as const]),
    ...(templates.length === 0 ? [] : [['Turns', turns === 'all' ? "all of the assistant's" : 'the last'] as const]),
    ...(tokens === '…' ? [] : [['Special tokens', html('bdi', {}, tokenInText(tokens))] as const]),
    ...(skipped === 0 ? [] : [['Rows skipped', `${count(skipped)} of ${count(rows)}`] as const]),
  ];
}

function heldOutFacts({ samples, measurements }: RecordSummary): Row[] {
  const { length } = samples.filter(({ heldOut }) => heldOut);
  if (length === 0) return [];
  return [['Held out', `${count(length)} samples, ${count(measurements[0]?.heldOut?.rows ?? 0)} response tokens`]];
}

/** The overview tab: what the run found, from what, how. */
export function overview(page: Page): View {
  const { model, host } = page;
  const { record, layout } = model;
  const { settings, inputs, run, engine, architecture, reset, reconstruction, checkpoints, notes, measurements } =
    record;
  const resetRatio = html('span', {});
  const resetParameters = html('span', {});
  const result = section(
    'Result',
    facts([
      ['Neurons reset', resetRatio],
      ['Parameters reset', resetParameters],
      ['Reconstruction error', `max ${score(reconstruction.maxError)}, mean ${score(reconstruction.meanError)} logits`],
      [
        'Targets',
        `${count(measurements[0]?.targets.rows ?? 0)} tokens in ${count(record.samples.filter(({ heldOut }) => !heldOut).length)} samples`,
      ],
      ['Response tokens', count(measurements[0]?.all.rows ?? 0)],
      ...heldOutFacts(record),
      ['Time', seconds(run.phases.reduce((sum, phase) => sum + phase.seconds, 0))],
    ]),
    ...(notes.length === 0
      ? []
      : [html('ul', { class: 'notes' }, ...notes.map((note) => html('li', {}, html('bdi', {}, note))))]),
  );
  const network = section(
    'Model',
    facts([
      ['Family', architecture.family],
      ['Layers', count(architecture.layers)],
      ['Hidden size', count(architecture.hiddenSize)],
      ['Heads', `${architecture.heads} query, ${architecture.keyValueHeads} key-value, ${architecture.headDim} wide`],
      ['Intermediate size', count(architecture.intermediateSize)],
      ...(architecture.experts === undefined
        ? []
        : [
            [
              'Experts',
              `${count(architecture.experts.count)} a layer, ${count(architecture.experts.perToken)} a token, ${count(architecture.experts.intermediateSize)} wide`,
            ] as const,
          ]),
      ['Vocabulary', count(architecture.vocabSize)],
      ['Neurons', count(layout.total)],
      ['Parameters', count(record.parameters)],
    ]),
  );
  const how = section(
    'Settings',
    facts([
      ['ρ', `${rhoText(settings.rho)}, ${count(reset.budget)} neurons a target`],
      ['ρ kept up to', rhoText(settings.rhoMax)],
      ['α', decimal(settings.alpha, 2)],
      ['Targets a sample', count(settings.topN)],
      ['Longest sequence', `${count(settings.maxLength)} tokens`],
      ['Rows', html('bdi', {}, record.calibration?.label ?? `${settings.promptField} → ${settings.responseField}`)],
      ...calibrationFacts(record.calibration),
      ['Device', `${engine.device}${settings.device === 'auto' ? ' (chosen)' : ''}`],
      ['Memory budget', settings.memoryBytes === 0 ? 'auto' : bytes(settings.memoryBytes)],
      ['ONNX Runtime', engine.runtimeVersion],
      ...(engine.products === 'float32' ? [] : [['Products', productNames[engine.products]] as const]),
    ]),
  );
  const longest = Math.max(...run.phases.map((phase) => phase.seconds), 1e-9);
  const times = section(
    'Phases',
    html(
      'table',
      { class: 'bars' },
      ...run.phases.map((phase) => {
        const bar = html('i', {});
        bar.style.width = `${(100 * phase.seconds) / longest}%`;
        return html(
          'tr',
          {},
          html('th', { scope: 'row' }, phase.phase),
          html('td', { class: 'bar' }, bar),
          html('td', { class: 'number' }, seconds(phase.seconds)),
        );
      }),
    ),
  );
  const written = section(
    'Checkpoints written from this run',
    checkpoints.length === 0
      ? html('p', { class: 'empty' }, 'None yet. Choose ρ and α above, then Commit.')
      : html(
          'ul',
          { class: 'list' },
          ...checkpoints.map(({ folder, alpha, rho, neurons, committed }, checkpoint) =>
            html(
              'li',
              {},
              path(folder),
              html(
                'span',
                { class: 'muted' },
                ` α ${decimal(alpha, 2)}, ${rho === 0 ? 'fusion only' : `ρ ${rhoText(rho)}, ${count(neurons)} neurons`} · ${moment(committed)} `,
              ),
              link('Reveal', () => host.act({ name: 'reveal', checkpoint })),
            ),
          ),
        ),
  );
  const files = (name: string, folder: string, list: Readonly<typeof inputs.base.files>) => [
    html('tr', { class: 'group' }, html('th', { scope: 'row', colspan: 4 }, name, ' ', path(folder))),
    ...list.map((file) =>
      html(
        'tr',
        {},
        html('td', {}, path(file.name)),
        html('td', { class: 'number' }, bytes(file.bytes)),
        html('td', {}, moment(file.modified)),
        html('td', {}, html('code', { title: `SHA-256 ${file.sha256}` }, file.sha256.slice(0, 12))),
      ),
    ),
  ];
  const { calibration } = inputs;
  const provenance = section(
    'Provenance',
    html(
      'div',
      { class: 'scrolls', tabindex: 0, role: 'region', 'aria-label': 'Files read' },
      html(
        'table',
        { class: 'files' },
        html(
          'thead',
          {},
          html('tr', {}, ...['file', 'size', 'modified', 'SHA-256'].map((name) => html('th', { scope: 'col' }, name))),
        ),
        html(
          'tbody',
          {},
          ...files('base', inputs.base.folder, inputs.base.files),
          ...files('sft', inputs.sft.folder, inputs.sft.files),
          ...files('calibration', '', calibrationList(calibration)),
        ),
      ),
    ),
    html(
      'p',
      { class: 'caption' },
      `Run ${moment(run.started)} to ${moment(run.finished)} by ${record.program.name} ${record.program.version}. `,
      link('Reveal record', () => host.act({ name: 'reveal' })),
      ' · ',
      link('Open as text', () => host.act({ name: 'openAsText' })),
    ),
  );
  const metrics = metricsFigure(page);
  const line = measureLine(page);
  metrics.figure.element.append(line.element);
  const element = html(
    'div',
    { class: 'view overview-view' },
    metrics.figure.element,
    html('div', { class: 'cards' }, result, how, network, times),
    written,
    provenance,
  );
  return {
    element,
    draw(state) {
      metrics.draw(state);
      line.draw(state);
      const now = model.reset(state);
      if (now === undefined) return;
      resetRatio.textContent = `${count(now.neurons)} of ${count(layout.total)}, ${percent(now.neuronRatio)}`;
      resetParameters.textContent = `${count(now.parameters)}, ${percent(now.parameters / record.parameters)}`;
    },
  };
}
