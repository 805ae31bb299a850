import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import '@vscode-elements/elements/dist/vscode-option/index.js';
import '@vscode-elements/elements/dist/vscode-progress-ring/index.js';
import '@vscode-elements/elements/dist/vscode-single-select/index.js';
import '@vscode-elements/elements/dist/vscode-tab-header/index.js';
import '@vscode-elements/elements/dist/vscode-tab-panel/index.js';
import '@vscode-elements/elements/dist/vscode-tabs/index.js';
import type {
  ComparisonAction,
  ComparisonHostMessage,
  ComparisonRequest,
  ComparisonResults,
  ComparisonSnapshot,
} from '../../src/protocol/comparison.ts';
import { button, html } from '../page/dom.ts';
import { HostConnection } from '../page/hostConnection.ts';
import { onThemeChange } from '../page/theme.ts';
import { Comparison } from './comparison.ts';
import { restored, type State } from './state/state.ts';

/*
 * The entry of the comparison's page: asks the host for a snapshot and draws it, again whenever the host sends another.
 * Nothing is kept between the two but the state, which outlives the page.
 */

const root = document.getElementById('comparison')!;
let comparison: Comparison | undefined;

const host = new HostConnection<ComparisonRequest, ComparisonResults, ComparisonAction>((received) => {
  const message = received as ComparisonHostMessage | undefined;
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
      html('h1', {}, 'This comparison cannot be shown'),
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

function draw(snapshot: ComparisonSnapshot): void {
  comparison?.dispose();
  comparison = undefined;
  root.removeAttribute('aria-busy');
  if (snapshot.type === 'refused') refuse(snapshot.message);
  else comparison = new Comparison(root, host, snapshot.summary, state, keep);
}

onThemeChange(() => comparison?.draw());
host.request<'snapshot'>({ name: 'snapshot' }).then(draw, (error: Error) => refuse(error.message));
