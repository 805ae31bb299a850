import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-option/index.js';
import '@vscode-elements/elements/dist/vscode-single-select/index.js';
import type {
  ReadinessAction,
  ReadinessHostMessage,
  ReadinessRequest,
  ReadinessResults,
} from '../../src/protocol/readiness.ts';
import { HostConnection } from '../page/hostConnection.ts';
import { startPage } from '../page/record/startPage.ts';
import { ReadinessPage } from './readinessPage.ts';
import { restored } from './state/state.ts';

/* The entry of the readiness page: shows what the host sends. */

const root = document.getElementById('readiness')!;
const host = new HostConnection<ReadinessRequest, ReadinessResults, ReadinessAction>((received) => {
  const message = received as ReadinessHostMessage | undefined;
  if (message?.type === 'snapshot') page.draw(message.snapshot);
});
const page = startPage({
  root,
  host,
  what: 'readiness record',
  snapshot: () => host.request<'snapshot'>({ name: 'snapshot' }),
  restored,
  show: ({ summary }, state, keep) => new ReadinessPage(root, host, summary, state, keep),
});
