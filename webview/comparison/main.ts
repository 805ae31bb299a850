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
} from '../../src/protocol/comparison.ts';
import { HostConnection } from '../page/hostConnection.ts';
import { startPage } from '../page/record/startPage.ts';
import { Comparison } from './comparison.ts';
import { restored } from './state/state.ts';

/* The entry of the comparison's page: shows what the host sends. */

const root = document.getElementById('comparison')!;
const host = new HostConnection<ComparisonRequest, ComparisonResults, ComparisonAction>((received) => {
  const message = received as ComparisonHostMessage | undefined;
  if (message?.type === 'snapshot') page.draw(message.snapshot);
});
const page = startPage({
  root,
  host,
  what: 'comparison',
  snapshot: () => host.request<'snapshot'>({ name: 'snapshot' }),
  restored,
  show: ({ summary }, state, keep) => new Comparison(root, host, summary, state, keep),
});
