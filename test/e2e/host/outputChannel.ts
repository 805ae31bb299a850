import { workspace } from 'vscode';

/** The text of an output channel of this extension that has been shown, or '' before. */
export function outputChannelText(name: string): string {
  const document = workspace.textDocuments.find(({ uri }) => uri.scheme === 'output' && uri.path.includes(name));
  return document?.getText() ?? '';
}

/** Waits until an output channel of this extension, shown by then, says something. @returns the channel's text */
export async function waitForOutputChannel(name: string, pattern: RegExp, timeout = 120_000): Promise<string> {
  const until = Date.now() + timeout;
  while (Date.now() < until) {
    const text = outputChannelText(name);
    if (pattern.test(text)) return text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The output channel "${name}" has no text like ${pattern}. It says:\n${outputChannelText(name)}`);
}
