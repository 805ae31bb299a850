import '@vscode-elements/elements/dist/vscode-badge/index.js';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import '@vscode-elements/elements/dist/vscode-option/index.js';
import '@vscode-elements/elements/dist/vscode-single-select/index.js';
import '@vscode-elements/elements/dist/vscode-tab-header/index.js';
import '@vscode-elements/elements/dist/vscode-tab-panel/index.js';
import '@vscode-elements/elements/dist/vscode-tabs/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import type { InspectorSelection, InspectorSnapshot } from '../../src/protocol/inspector.ts';
import { button, html } from '../page/dom.ts';
import { onThemeChange } from '../page/theme.ts';
import { Inspector } from './inspector.ts';
import { Host } from './state/host.ts';
import { fitted, initialState, restored, type State } from './state/state.ts';

/*
 * The entry of the inspector's page: asks the host for a snapshot and draws it, again whenever the host sends another.
 * Nothing is kept between the two but the state, which outlives the page.
 */

const root = document.getElementById('inspector')!;
let inspector: Inspector | undefined;
let state: State = initialState;

const host = new Host({
  onSnapshot: draw,
  onSelect: (selection) => inspector?.select(selection),
  onCommand: (command) => inspector?.command(command),
  onMeasuring: (message) => inspector?.measuring(message),
});
state = restored(host.savedState);

function keep(next: State): void {
  state = next;
  host.saveState(next);
}

function refuse(message: string): void {
  root.replaceChildren(
    html(
      'div',
      { class: 'refusal', role: 'alert' },
      html('h1', {}, 'This run record cannot be shown'),
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

function withSelection(from: State, selection: InspectorSelection | undefined): State {
  return selection === undefined ? from : { ...from, layer: selection.layer, projection: selection.projection };
}

function draw(snapshot: InspectorSnapshot): void {
  inspector?.dispose();
  inspector = undefined;
  root.removeAttribute('aria-busy');
  if (snapshot.type === 'refused') {
    refuse(snapshot.message);
    return;
  }
  const { architecture, settings, samples, measurements } = snapshot.record;
  const bounds = {
    rhoMax: settings.rhoMax,
    layers: architecture.layers,
    samples: samples.length,
    measurements: measurements.map(({ name }) => name),
  };
  inspector = new Inspector(root, host, snapshot, fitted(withSelection(state, snapshot.selection), bounds), keep);
}

onThemeChange(() => inspector?.draw());
host.request<'snapshot'>({ name: 'snapshot' }).then(draw, (error: Error) => refuse(error.message));
