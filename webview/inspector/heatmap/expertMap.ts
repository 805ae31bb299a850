import { max } from 'd3';
import { isOfExperts, projections } from '../../../src/checkpoint/architecture/architecture.ts';
import type { NeuronModule } from '../../../src/method/neuronLayout.ts';
import { csv } from '../../figures/csv.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { legend } from '../../figures/legend.ts';
import { html, link, onResize, svg } from '../../page/dom.ts';
import { count, percent, rhoText, shortPercent } from '../../page/format.ts';
import { currentTheme, sequential } from '../../page/theme.ts';
import type { Page } from '../state/page.ts';
import type { State } from '../state/state.ts';
import { type Bands, bandsOf, movedInBands } from './bands.ts';
import { CellGrid } from './cellGrid.ts';
import { type ExpertCell, expertCellsOf, expertName, mixtureAt, summaryOf } from './expertCells.ts';

/* A cell of the heatmap unfolded: a layer's experts, each with its modules, and how much of each is reset. */

/** Pixels: room of the rows' labels and of a band's head; between modules and totals; between bands. */
const [labels, head, gap, between] = [40, 18, 3, 8];
/** Least distance of two numbers in the head. */
const headRoom = 28;

/**
 * Reset ratio by expert and module of one layer, in bands of experts as wide as there is room.
 *
 * @param experts of a layer
 * @param left the experts were folded by who was in them: the cell that they unfolded from takes the focus
 */
export function expertMap(
  page: Page,
  experts: number,
  left: () => void,
): { readonly figure: Figure; draw(state: State): void; enter(): void } {
  const { model, store, tooltip } = page;
  const rowNames = [...projections.filter(isOfExperts), undefined];
  let width = 0;
  let bands: Bands | undefined;
  let drawn: readonly ExpertCell[] = [];
  let mixture: readonly NeuronModule[] | undefined;
  let rowLabels: readonly (readonly SVGTextElement[])[] = [];
  let entering = false;
  const fold = () => {
    store.set({ unfolded: false });
    left();
  };
  const isSelected = ({ expert, projection }: ExpertCell, state: State) =>
    expert === state.expert && projection === state.projection;

  const grid = new CellGrid<ExpertCell>({
    columns: Array.from({ length: experts }, (_, expert) => String(expert)),
    rows: rowNames.map((name) => name?.replace('_proj', '') ?? 'all'),
    nameOf: (cell) =>
      `${expertName(cell)}: ${count(cell.reset)} of ${count(cell.width)} neurons reset, ${percent(cell.reset / cell.width)}`,
    show(cell, element) {
      const all = model.reset(store.state)?.neurons ?? 0;
      tooltip.show(element, `Layer ${mixture?.[0]?.layer} · ${expertName(cell).toLowerCase()}`, [
        ['reset', `${count(cell.reset)} of ${count(cell.width)} neurons`],
        ['ratio', percent(cell.reset / cell.width)],
        ['share of reset set', percent(all === 0 ? 0 : cell.reset / all)],
      ]);
    },
    hide: () => tooltip.hide(),
    choose(cell) {
      const again = isSelected(cell, store.state);
      page.select({ layer: store.state.layer, projection: cell.projection, expert: again ? undefined : cell.expert });
    },
    moved: (from, event) => movedInBands(from, event, rowNames.length, experts, bands?.columns ?? experts),
    fold() {
      fold();
      return true;
    },
  });
  const { drawing } = grid;
  const others = svg('g', { 'aria-hidden': 'true' });
  drawing.append(others);
  const frame = figure(page, {
    name: 'expert-map',
    title: 'Reset ratio by expert',
    drawing: () => ({ svg: drawing }),
    csv: () =>
      csv(
        ['layer', 'expert', 'projection', 'reset', 'neurons', 'ratio', 'rho'],
        drawn.map(({ expert, projection, reset, width: neurons }) => [
          mixture?.[0]?.layer,
          expert,
          projection ?? 'all',
          reset,
          neurons,
          reset / neurons,
          model.rho(store.state),
        ]),
      ),
  });
  const key = legend('reset');
  const close = link('Fold', fold, 'Fold the experts (Escape)');
  close.addEventListener('keydown', ({ key: pressed }) => pressed === 'Escape' && fold());
  const waiting = html('p', { class: 'empty' }, 'Reading the ranks…');
  frame.element.hidden = true;
  frame.controls.append(key.element, close);
  frame.body.append(waiting, drawing);

  const place = () => {
    if (width === 0) return;
    const own = bandsOf(experts, width - labels);
    bands = own;
    const rows = rowNames.length;
    const bandHeight = head + rows * own.height + gap;
    const y = (band: number, row: number) =>
      band * (bandHeight + between) + head + row * own.height + (row === rows - 1 ? gap : 0);
    drawing.setAttribute('width', String(labels + own.columns * own.width));
    drawing.setAttribute('height', String(own.bands * (bandHeight + between) - between));
    // Numbers in the head stand apart: of narrow columns every second has one, or every fourth.
    const every = 2 ** Math.max(Math.ceil(Math.log2(headRoom / own.width)), 0);
    const x = (expert: number) => labels + (expert % own.columns) * own.width;
    for (let expert = 0; expert < experts; expert++) {
      const band = Math.floor(expert / own.columns);
      const number = grid.heads[expert]!;
      number.setAttribute('x', String(x(expert) + own.width / 2));
      number.setAttribute('y', String(y(band, 0) - 6));
      number.setAttribute('visibility', expert % every === 0 ? 'visible' : 'hidden');
      for (let row = 0; row < rows; row++)
        grid.place({ row, column: expert }, x(expert), y(band, row), own.width, own.height);
    }
    // A row has one label for screen readers; below the first band it is repeated for the eye.
    rowLabels = grid.labels.map((label) => [
      label,
      ...Array.from({ length: own.bands - 1 }, () => label.cloneNode(true) as SVGTextElement),
    ]);
    rowLabels.forEach((texts, row) => {
      texts.forEach((text, band) => {
        text.setAttribute('x', String(labels - 6));
        text.setAttribute('y', String(y(band, row) + own.height / 2));
      });
    });
    others.replaceChildren(...rowLabels.flatMap(([, ...repeated]) => repeated));
  };
  const draw = (state: State) => {
    mixture = state.unfolded ? mixtureAt(model.layout, state) : undefined;
    frame.element.hidden = mixture === undefined;
    const ranks = mixture && model.bestRank;
    const reset = model.reset(state);
    waiting.hidden = ranks !== undefined;
    drawing.style.display = ranks === undefined ? 'none' : '';
    if (mixture === undefined || ranks === undefined || reset === undefined || bands === undefined) return;
    drawn = expertCellsOf(mixture, ranks, reset.budget);
    const theme = currentTheme();
    const largest = max(drawn, (cell) => cell.reset / cell.width) ?? 0;
    const top = state.heatScale === 'full' || largest === 0 ? 1 : largest;
    const { layer } = mixture[0]!;
    key.draw((t) => sequential(t, theme), '0', percent(top));
    frame.caption.textContent = `Layer ${layer}: share of each expert’s neurons in the reset set, %. ${summaryOf(drawn, percent)} Click or press Enter to select, Escape to fold.`;
    drawing.setAttribute('aria-label', `Reset ratio of layer ${layer} by expert at rho ${rhoText(model.rho(state))}`);
    const { numbers } = bands;
    grid.draw(drawn, (cell) => {
      const ratio = cell.reset / cell.width;
      return {
        fill: sequential(ratio / top, theme),
        label: numbers ? shortPercent(ratio) : '',
        selected: isSelected(cell, state),
      };
    });
    for (const [row, texts] of rowLabels.entries())
      for (const text of texts) text.classList.toggle('selected', rowNames[row] === state.projection);
    if (entering) {
      entering = false;
      const column = state.expert ?? 0;
      grid.focus({ row: rowNames.indexOf(state.projection), column }, true);
    }
  };
  onResize(frame.body, (next) => {
    width = next;
    place();
    draw(store.state);
  });
  return {
    figure: frame,
    draw,
    enter() {
      entering = true;
      draw(store.state);
    },
  };
}
