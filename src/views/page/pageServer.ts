import { type Disposable, Uri, type Webview, window } from 'vscode';
import type { ZodType } from 'zod';
import { messageOf } from '../jobs/messageOf.ts';
import type { PageSources } from './pageHtml.ts';

/* Answers the requests of a page, whichever it is. */

/** What a page sends: requests, which are answered, and what is only told. */
type PageMessage = { readonly type: string };
type RequestOf<Message extends PageMessage> = Extract<Message, { readonly type: 'request' }>;

interface PageHandlers<Message extends PageMessage> {
  readonly schema: ZodType<Message>;
  /** What it throws becomes the reply's `err`. */
  readonly answer: (message: RequestOf<Message>) => unknown;
  /** What it throws is shown to the user. */
  readonly told: (message: Exclude<Message, RequestOf<Message>>) => unknown;
}

/** Answers every request of a page that the schema lets through, with `ok` or `err`. */
export function servePage<Message extends PageMessage>(
  webview: Webview,
  { schema, answer, told }: PageHandlers<Message>,
): Disposable {
  const reply = (id: number, result: { readonly ok: unknown } | { readonly err: string }) =>
    void webview.postMessage({ type: 'reply', id, ...result });
  return webview.onDidReceiveMessage(async (value: unknown) => {
    const parsed = schema.safeParse(value);
    if (!parsed.success) {
      const { id } = (value ?? {}) as { readonly id?: unknown };
      if (typeof id === 'number') reply(id, { err: 'The page asked for something unknown.' });
      return;
    }
    const message: PageMessage & { readonly id?: number } = parsed.data;
    if (message.type === 'request' && message.id !== undefined) {
      try {
        reply(message.id, { ok: await answer(parsed.data as RequestOf<Message>) });
      } catch (error) {
        reply(message.id, { err: messageOf(error) });
      }
      return;
    }
    try {
      await told(parsed.data as Exclude<Message, RequestOf<Message>>);
    } catch (error) {
      void window.showErrorMessage(messageOf(error));
    }
  });
}

/** Lets a webview run the page `NAME.js` with `NAME.css` of `dist/webview`, and nothing else. */
export function openPage(
  webview: Webview,
  extensionUri: Uri,
  name: string,
  html: (sources: PageSources) => string,
): void {
  const root = Uri.joinPath(extensionUri, 'dist', 'webview');
  const source = (file: string) => webview.asWebviewUri(Uri.joinPath(root, file)).toString();
  webview.options = { enableScripts: true, localResourceRoots: [root] };
  webview.html = html({ script: source(`${name}.js`), style: source(`${name}.css`), cspSource: webview.cspSource });
}
