import { neuronLayout } from '../../src/method/neuronLayout.ts';
import { answerFromRecord } from '../../src/protocol/answers/inspectorRecord.ts';
import { keptNeuronDetail, targetDetail } from '../../src/protocol/answers/keptParts.ts';
import type { InspectorRequest, Measured, PageMessage } from '../../src/protocol/inspector.ts';
import { type ReportContent, reportParts } from '../../src/protocol/report.ts';
import { fromPlanes } from '../../src/record/arrays/bytePlanes.ts';
import { recordArraySpecs } from '../../src/record/run/recordArrays.ts';
import { copyText, saveBytes } from './outputs.ts';
import { switchTheme } from './reportTheme.ts';

/*
 * What stands in for VS Code in a report: gives the inspector's page its interface to a host, and answers what the page
 * asks for from the record inside the file.
 */

const textOf = (id: string) => document.getElementById(id)?.textContent ?? '';
const content = JSON.parse(textOf(reportParts.record)) as ReportContent;

/** Bytes of base64, decompressed. */
async function inflated(base64: string): Promise<Uint8Array> {
  const packed = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function opened() {
  const { record, path } = content;
  const layout = neuronLayout(record.architecture);
  const arrays = fromPlanes(recordArraySpecs(record, layout), await inflated(textOf(reportParts.arrays)));
  return { record, path, layout, arrays };
}

let open: ReturnType<typeof opened> | undefined;

const notHeld = 'A report does not hold this: open the run record itself.';

/** @throws Error with a sentence for the page */
async function answer(request: InspectorRequest): Promise<unknown> {
  switch (request.name) {
    case 'snapshot': {
      const { tokens: _, ...rest } = content.record;
      return { type: 'record', revision: 0, record: { ...rest, path: content.path } };
    }
    case 'export':
      return saveBytes(request.file.name, request.file.bytes);
    case 'copy':
      return copyText(request.text);
    case 'measured':
      return { sweeps: [], points: [], anchors: [], job: undefined, notes: [] } satisfies Measured;
    case 'neuronDrift':
    case 'neuronTokens':
    case 'explain':
      throw new Error(notHeld);
    default: {
      open ??= opened();
      const record = await open;
      if (request.name === 'neuron') return keptNeuronDetail(record, request.neuron, notHeld);
      if (request.name === 'target') return targetDetail(record, request.sample, request.row);
      return answerFromRecord(record, request);
    }
  }
}

/** As VS Code would: the reply is a message of the window's. */
function reply(id: number, result: { readonly ok: unknown } | { readonly err: string }): void {
  window.dispatchEvent(new MessageEvent('message', { data: { type: 'reply', id, ...result } }));
}

let state: unknown;
Object.assign(window, {
  acquireVsCodeApi: () => ({
    postMessage(message: PageMessage) {
      // Commands and selections have nobody to hear them here.
      if (message.type !== 'request') return;
      answer(message.request).then(
        (ok) => reply(message.id, { ok }),
        (error: unknown) => reply(message.id, { err: error instanceof Error ? error.message : String(error) }),
      );
    },
    getState: () => state,
    setState(next: unknown) {
      state = next;
    },
  }),
});

switchTheme(document.getElementById('report-theme') as HTMLButtonElement);
