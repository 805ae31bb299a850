import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-option/index.js';
import '@vscode-elements/elements/dist/vscode-single-select/index.js';
import type {
  ReadinessAction,
  ReadinessHostMessage,
  ReadinessRequest,
  ReadinessResults,
  ReadinessSnapshot,
} from '../../src/protocol/readiness.ts';
import { button, html } from '../page/dom.ts';
import { HostConnection } from '../page/hostConnection.ts';
import { onThemeChange } from '../page/theme.ts';
import { ReadinessPage } from './readinessPage.ts';
import { restored, type State } from './state/state.ts';

/* The entry of the readiness page: asks the host for a snapshot and draws it, again whenever the host sends another. */

const root = document.getElementById('readiness')!;
let page: ReadinessPage | undefined;

const host = new HostConnection<ReadinessRequest, ReadinessResults, ReadinessAction>((received) => {
  const message = received as ReadinessHostMessage | undefined;
  if (message?.type === 'snapshot') draw(message.snapshot);
});
let state: State = restored(host.savedState);

function keep(next: State): void {
  state = next;
  host.saveState(next);
}

function refuse(message: string): void {
  root.replaceChildren(
    html(
      'div',
      { class: 'refusal', role: 'alert' },
      html('h1', {}, 'This readiness record cannot be shown'),
      html('p', {}, html('bdi', {}, message)),
      html(
        'p',
        {},
        button('Open as Text', () => host.act({ name: 'openAsText' })),
        button('Reveal', () => host.act({ name: 'reveal' })),
      ),
    ),
  );
}

function draw(snapshot: ReadinessSnapshot): void {
  page?.dispose();
  page = undefined;
  root.removeAttribute('aria-busy');
  if (snapshot.type === 'refused') refuse(snapshot.message);
  else page = new ReadinessPage(root, host, snapshot.summary, state, keep);
}

onThemeChange(() => page?.draw());
host.request<'snapshot'>({ name: 'snapshot' }).then(draw, (error: Error) => refuse(error.message));
