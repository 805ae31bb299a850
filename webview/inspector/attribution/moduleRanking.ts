import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { dropdown, onResize, svg } from '../../page/dom.ts';
import { count, percent, score } from '../../page/format.ts';
import type { Page } from '../state/page.ts';
import { type ModuleMeasure, moduleMeasures, type State } from '../state/state.ts';
import { ModuleContribution, type ModuleTotals, ranked } from './moduleContribution.ts';

/* The figure of modules by contribution, as a list of bars. */

const rowHeight = 20;
const labelWidth = 126;
const valueWidth = 64;

const names: Readonly<Record<ModuleMeasure, string>> = {
  resetScore: 'reset score',
  score: 'score',
  hits: 'hits',
  ratio: 'reset ratio',
};
const hints: Readonly<Record<ModuleMeasure, string>> = {
  resetScore: 'Mean contribution to the target logit, summed over the module’s neurons in the reset set (logits).',
  score: 'Mean contribution to the target logit, summed over all of the module’s neurons (logits).',
  hits: 'How often a target selects one of the module’s neurons, at the run’s ρ.',
  ratio: 'Share of the module’s neurons in the reset set.',
};

function shown(measure: ModuleMeasure, value: number): string {
  if (measure === 'ratio') return percent(value);
  return measure === 'hits' ? count(value) : score(value);
}

/** Modules ranked by what they contribute (Fig. 7 of the paper), as bars; a bar selects its module. */
export function moduleRanking(page: Page): {
  readonly figure: Figure;
  /** Position of the module that contributes most, once known. */
  readonly first: number | undefined;
  draw(state: State): void;
} {
  const { model, store, tooltip } = page;
  let rows: readonly ModuleTotals[] = [];
  // Asked of the element while drawing, these would lay the page out once more.
  const sight = { top: 0, height: 0 };
  let contribution: ModuleContribution | undefined;
  let width = 0;
  const drawing = svg('svg', { class: 'ranking', role: 'listbox', tabindex: 0 });
  const frame = figure(page, {
    name: 'module-ranking',
    title: 'Modules by contribution',
    caption: hints.resetScore,
    drawing: () => {
      drawRows(0, rows.length);
      return { svg: drawing, done: () => drawRows(...inSight()) };
    },
    csv: () =>
      csv(
        ['place', 'layer', 'projection', 'neurons', 'reset', 'reset_ratio', 'reset_score', 'score', 'hits', 'rho'],
        rows.map(({ position, reset, ratio, resetScore, score: all, hits }, i) => {
          const { layer, projection, width: neurons } = model.layout.modules[position]!;
          return [i + 1, layer, projection, neurons, reset, ratio, resetScore, all, hits, model.rho(store.state)];
        }),
      ),
  });
  const measure = dropdown(
    'Rank by',
    moduleMeasures.map((name) => [name, names[name]] as const),
    (moduleMeasure) => store.set({ moduleMeasure }),
  );
  frame.controls.append(measure.element);
  frame.body.append(drawing);
  frame.body.classList.add('scrolling');

  const moduleAt = (target: EventTarget | null) => {
    const bar = target instanceof Element ? target.closest('g.bar') : null;
    return bar instanceof SVGElement ? { bar, at: Number(bar.dataset['place']) } : undefined;
  };
  const choose = (at: number) => {
    const row = rows[at];
    if (row === undefined) return;
    const { layer, projection } = model.layout.modules[row.position]!;
    page.select({ layer, projection });
  };
  const selectedPlace = ({ layer, projection }: State) =>
    rows.findIndex(({ position }) => {
      const module = model.layout.modules[position]!;
      return module.layer === layer && module.projection === projection;
    });
  drawing.addEventListener('click', ({ target }) => {
    const found = moduleAt(target);
    if (found !== undefined) choose(found.at);
  });
  drawing.addEventListener('keydown', (event) => {
    const at = selectedPlace(store.state);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: rows.length - 1,
    };
    const to = moves[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(Math.min(Math.max(to, 0), rows.length - 1));
  });
  drawing.addEventListener('pointerover', ({ target }) => {
    const found = moduleAt(target);
    const row = found && rows[found.at];
    if (row === undefined) return tooltip.hide();
    const { layer, projection, width: neurons } = model.layout.modules[row.position]!;
    tooltip.show(found!.bar, `Layer ${layer} ${projection}`, [
      ['reset', `${count(row.reset)} of ${count(neurons)} (${percent(row.ratio)})`],
      ['score of reset neurons', score(row.resetScore)],
      ['score of all neurons', score(row.score)],
      ['hits', count(row.hits)],
    ]);
  });
  drawing.addEventListener('pointerleave', () => tooltip.hide());

  /** First and last row to draw: a step of the slider redraws them all, and only some thirty are seen. */
  const inSight = (): [number, number] => [
    Math.max(Math.floor(sight.top / rowHeight) - 4, 0),
    Math.min(Math.ceil((sight.top + sight.height) / rowHeight) + 4, rows.length),
  ];
  const drawRows = (from: number, to: number) => {
    const { state } = store;
    const key = state.moduleMeasure;
    const chosen = selectedPlace(state);
    const values = rows.map((row) => row[key]);
    const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
    const room = Math.max(width - labelWidth - valueWidth, 40);
    const x = (value: number) => labelWidth + (high === low ? 0 : ((value - low) / (high - low)) * room);
    drawing.replaceChildren(
      ...rows.slice(from, to).map((row, i) => {
        const place = from + i;
        const { layer, projection } = model.layout.modules[row.position]!;
        const y = place * rowHeight;
        const text = (at: number, content: string, extra: string, anchor = 'start') =>
          svg(
            'text',
            { x: at, y: y + rowHeight / 2, 'dominant-baseline': 'central', 'text-anchor': anchor, class: extra },
            content,
          );
        return svg(
          'g',
          {
            class: place === chosen ? 'bar selected' : 'bar',
            role: 'option',
            'aria-posinset': place + 1,
            'aria-setsize': rows.length,
            id: `module-${place}`,
            'data-place': place,
            'aria-selected': String(place === chosen),
            'aria-label': `${place + 1}. layer ${layer} ${projection}: ${shown(key, row[key])}`,
          },
          svg('rect', { class: 'row', x: 0, y, width, height: rowHeight }),
          text(22, String(place + 1), 'axis', 'end'),
          text(30, `L${layer}`, 'layer'),
          text(56, projection, ''),
          svg('rect', {
            class: 'value',
            x: Math.min(x(0), x(row[key])),
            y: y + 4,
            width: Math.max(Math.abs(x(row[key]) - x(0)), 0.5),
            height: rowHeight - 8,
          }),
          text(Math.max(x(row[key]), x(0)) + 6, shown(key, row[key]), 'amount'),
        );
      }),
    );
  };
  frame.body.addEventListener(
    'scroll',
    () => {
      sight.top = frame.body.scrollTop;
      drawRows(...inSight());
    },
    { passive: true },
  );

  const draw = (state: State) => {
    const { bestRank } = model;
    const mean = model.neurons('mean_score');
    const hits = model.neurons('hits');
    const reset = model.reset(state);
    measure.set(state.moduleMeasure);
    frame.caption.textContent = hints[state.moduleMeasure];
    if (bestRank === undefined || mean === undefined || hits === undefined || reset === undefined || width === 0)
      return;
    contribution ??= new ModuleContribution(model.layout, bestRank, mean, hits);
    const key = state.moduleMeasure;
    rows = ranked(contribution.at(reset.budget), key);
    const chosen = selectedPlace(state);
    drawing.setAttribute('width', String(width));
    drawing.setAttribute('height', String(rows.length * rowHeight));
    drawing.setAttribute('aria-label', `Modules by ${names[key]}`);
    drawing.setAttribute('aria-activedescendant', chosen < 0 ? '' : `module-${chosen}`);
    if (chosen >= 0 && chosen !== drawnChoice) {
      const top = chosen * rowHeight;
      const { scrollTop, clientHeight } = frame.body;
      if (top < scrollTop || top + rowHeight > scrollTop + clientHeight) frame.body.scrollTop = top - clientHeight / 2;
    }
    drawnChoice = chosen;
    drawRows(...inSight());
  };
  let drawnChoice = -1;
  onResize(frame.body, (next, height) => {
    width = next;
    sight.height = height;
    draw(store.state);
  });
  return {
    figure: frame,
    get first() {
      return rows[0]?.position;
    },
    draw,
  };
}
