import type { FileSaver } from '../../figures/figure.ts';
import type { Store } from '../../page/store.ts';
import type { Tooltip } from '../../page/tooltip.ts';
import type { Answers } from './answers.ts';
import type { Host } from './host.ts';
import type { Model } from './model.ts';
import type { State } from './state.ts';

/* What the views of the inspector share, and what a view is. */

/** What every view works with. */
export interface Page extends FileSaver {
  readonly host: Host;
  readonly store: Store<State>;
  readonly model: Model;
  /** What is known of single neurons and tokens. */
  readonly answers: Answers;
  readonly tooltip: Tooltip;
  copy(text: string, what: string): Promise<void>;
  /** The user selected something (not: the tree asked for it). */
  select(selection: Pick<State, 'layer' | 'projection'> & Partial<Pick<State, 'expert'>>): void;
  /** A short message in the status line, read out. */
  say(message: string): void;
}

/** One tab's content. */
export interface View {
  readonly element: HTMLElement;
  /** Draws the state; called only while the view is shown. */
  draw(state: State): void;
}
