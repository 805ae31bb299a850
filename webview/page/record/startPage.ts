import { button, html } from '../dom.ts';
import { onThemeChange } from '../theme.ts';

/*
 * The start of a page that shows a record: asks the host for a snapshot and draws it, again whenever the host sends
 * another. Nothing is kept between the two but the state, which outlives the page.
 */

/** What a host tells of a record that cannot be shown: `message` says why and what to do. */
interface Refused {
  readonly type: 'refused';
  readonly message: string;
}

/** What the start needs of a connection to the host. */
interface RecordHost {
  readonly savedState: unknown;
  saveState(state: unknown): void;
  act(action: { readonly name: 'openAsText' } | { readonly name: 'reveal' }): void;
}

/** A record as it stands on the page. */
interface Shown {
  draw(): void;
  dispose(): void;
}

export interface RecordPage<Snapshot, State, Page extends Shown> {
  readonly root: HTMLElement;
  readonly host: RecordHost;
  /** What the record is: `run record`. */
  readonly what: string;
  /** Asks the host for what is shown first. */
  readonly snapshot: () => Promise<Snapshot | Refused>;
  /** The state that was kept, whatever was kept. */
  readonly restored: (saved: unknown) => State;
  /** Puts a record on the page. @param keep keeps a state for the next record and the next page */
  readonly show: (snapshot: Exclude<Snapshot, Refused>, state: State, keep: (state: State) => void) => Page;
}

/** Starts the page. */
export function startPage<Snapshot extends { readonly type: string }, State, Page extends Shown>({
  root,
  host,
  what,
  snapshot,
  restored,
  show,
}: RecordPage<Snapshot, State, Page>): {
  /** Draws what the host sent. */
  readonly draw: (snapshot: Snapshot | Refused) => void;
  /** What stands on the page; undefined before the first record, and where a record cannot be shown. */
  readonly shown: () => Page | undefined;
} {
  let state = restored(host.savedState);
  let shown: Page | undefined;
  const keep = (next: State) => {
    state = next;
    host.saveState(next);
  };
  const clear = () => {
    shown?.dispose();
    shown = undefined;
    root.removeAttribute('aria-busy');
  };
  const refuse = (message: string) => {
    clear();
    root.replaceChildren(
      html(
        'div',
        { class: 'refusal', role: 'alert' },
        html('h1', {}, `This ${what} cannot be shown`),
        html('p', {}, html('bdi', {}, message)),
        html(
          'p',
          {},
          button('Open as Text', () => host.act({ name: 'openAsText' })),
          button('Reveal', () => host.act({ name: 'reveal' })),
        ),
      ),
    );
  };
  const draw = (next: Snapshot | Refused) => {
    if (isRefused(next)) {
      refuse(next.message);
      return;
    }
    clear();
    shown = show(next as Exclude<Snapshot, Refused>, state, keep);
  };
  onThemeChange(() => shown?.draw());
  snapshot().then(draw, (error: Error) => refuse(error.message));
  return { draw, shown: () => shown };
}

function isRefused(snapshot: { readonly type: string }): snapshot is Refused {
  return snapshot.type === 'refused';
}
