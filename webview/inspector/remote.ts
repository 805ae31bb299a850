import type { InspectorCommand } from '../../src/protocol/inspector.ts';
import type { Page } from './state/page.ts';
import { roundRho } from './state/rhoScale.ts';
import { tabs } from './state/state.ts';

/* What VS Code's commands have the inspector do, and what the inspector says of itself for them. */

/** Does what a command says. @param panel of the tab that is shown */
export function obey(command: InspectorCommand, { store, model }: Page, panel: HTMLElement): void {
  switch (command.name) {
    case 'show': {
      const tab = tabs.find((name) => name === command.tab);
      if (tab !== undefined) store.set({ tab });
      return;
    }
    case 'target':
      store.set({ tab: 'entropy', step: { by: command.step } });
      return;
    case 'set': {
      const { rho, alpha } = command;
      store.set({
        ...(rho !== undefined && { rho: Math.min(roundRho(rho), model.range.limit) }),
        ...(alpha !== undefined && { alpha }),
      });
      return;
    }
    case 'export': {
      const figure = [...panel.querySelectorAll<HTMLElement>('[data-figure]')].find(
        ({ dataset }) => dataset['figure'] === command.figure,
      );
      const saves = [...(figure?.querySelectorAll<HTMLElement>('.saves .link') ?? [])];
      saves.find(({ textContent }) => textContent === command.format.toUpperCase())?.click();
    }
  }
}

/** While the slider moves, nothing is told. */
const tellAfter = 200;

/** Tells the host what is shown, when it has changed and stands still. */
export class ShownTeller {
  readonly #page: Page;
  readonly #panel: () => HTMLElement;
  #told = '';
  #timer: number | undefined;

  /** @param panel of the tab that is shown */
  constructor(page: Page, panel: () => HTMLElement) {
    this.#page = page;
    this.#panel = panel;
  }

  later(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#tell(), tellAfter);
  }

  #tell(): void {
    const { store, model, host } = this.#page;
    const { state } = store;
    const neuronRatio = model.reset(state)?.neuronRatio;
    const all = [...this.#panel().querySelectorAll<HTMLElement>('[data-figure]')];
    // Of what is not to be seen there is no picture: experts that are folded again.
    const figures = all.filter(({ hidden }) => !hidden);
    const shown = {
      rho: model.rho(state),
      rhoLimit: model.range.limit,
      alpha: model.alpha(state),
      ...(neuronRatio !== undefined && { neuronRatio }),
      figures: figures.map(({ dataset, ariaLabel }) => ({ name: dataset['figure']!, title: ariaLabel ?? '' })),
    };
    const text = JSON.stringify(shown);
    if (text === this.#told) return;
    this.#told = text;
    host.shown(shown);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}
