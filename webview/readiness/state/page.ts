import type { FileSaver } from '../../figures/figure.ts';
import type { Store } from '../../page/store.ts';
import type { Tooltip } from '../../page/tooltip.ts';
import type { ReadinessHost } from './host.ts';
import type { Model } from './model.ts';
import type { State } from './state.ts';

/* What the parts of the readiness page share, and what a part is. */

/** What every part works with. */
export interface Page extends FileSaver {
  readonly host: ReadinessHost;
  readonly store: Store<State>;
  readonly model: Model;
  readonly tooltip: Tooltip;
}

/** A part of the page: made once, drawn again whenever the state or the theme changed. */
export interface Part {
  readonly element: HTMLElement;
  draw(state: State): void;
}
