import '@vscode-elements/elements/dist/vscode-badge/index.js';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-checkbox/index.js';
import '@vscode-elements/elements/dist/vscode-option/index.js';
import '@vscode-elements/elements/dist/vscode-single-select/index.js';
import '@vscode-elements/elements/dist/vscode-tab-header/index.js';
import '@vscode-elements/elements/dist/vscode-tab-panel/index.js';
import '@vscode-elements/elements/dist/vscode-tabs/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import { expertsAt } from '../../src/checkpoint/architecture/architecture.ts';
import type { InspectorSelection } from '../../src/protocol/inspector.ts';
import { startPage } from '../page/record/startPage.ts';
import { Inspector } from './inspector.ts';
import { Host } from './state/host.ts';
import { changed, fitted, restored, type State } from './state/state.ts';

/* The entry of the inspector's page: shows what the host sends, and does what it says. */

const root = document.getElementById('inspector')!;
const host = new Host({
  onSnapshot: (snapshot) => page.draw(snapshot),
  onSelect: (selection) => page.shown()?.select(selection),
  onCommand: (command) => page.shown()?.command(command),
  onMeasuring: (message) => page.shown()?.measuring(message),
});

function withSelection(from: State, selection: InspectorSelection | undefined): State {
  return selection === undefined ? from : changed(from, { layer: selection.layer, projection: selection.projection });
}

const page = startPage({
  root,
  host,
  what: 'run record',
  snapshot: () => host.request<'snapshot'>({ name: 'snapshot' }),
  restored,
  show(snapshot, state, keep) {
    const { architecture, settings, samples, measurements } = snapshot.record;
    const bounds = {
      rhoMax: settings.rhoMax,
      layers: architecture.layers,
      expertsAt: (layer: number) => expertsAt(architecture, layer)?.count ?? 0,
      samples: samples.length,
      measurements: measurements.map(({ name }) => name),
    };
    return new Inspector(root, host, snapshot, fitted(withSelection(state, snapshot.selection), bounds), keep);
  },
});
