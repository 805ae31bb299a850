import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { RequestOptions } from '@modelcontextprotocol/sdk/shared/protocol.js';
import { type CallToolResult, ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { distFolder } from '../../src/distFolder.ts';

/* A client of the built command line's MCP server: the SDK's own, over standard input and output. */

/** A JSON document of a tool. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the tool answers, which the test then checks
export type Answer = any;

export interface McpClient {
  readonly client: Client;
  /** Changes the roots that the client gives. */
  giveRoots(roots: readonly string[]): Promise<void>;
  /** The text of an answer, and whether it is an error. */
  ask(
    name: string,
    args: Readonly<Record<string, unknown>>,
    options?: RequestOptions,
  ): Promise<{ readonly text: string; readonly isError: boolean }>;
  /** A tool's document. */
  call(name: string, args: Readonly<Record<string, unknown>>, options?: RequestOptions): Promise<Answer>;
  /** The sentence with which a tool refuses. */
  refusal(name: string, args: Readonly<Record<string, unknown>>): Promise<string>;
  close(): Promise<void>;
}

/** @param roots that the client gives; undefined: it knows none */
export async function mcpClient(
  args: readonly string[],
  { roots, cwd }: { readonly roots?: readonly string[]; readonly cwd: string },
): Promise<McpClient> {
  const entry = join(distFolder, 'cli.cjs');
  assert.ok(existsSync(entry), `${entry} is missing: run "npm run build" first`);
  let given = roots ?? [];
  const capabilities = roots === undefined ? {} : { roots: { listChanged: true } };
  const client = new Client({ name: 'test', version: '1' }, { capabilities });
  if (roots !== undefined) {
    client.setRequestHandler(ListRootsRequestSchema, () => ({
      roots: given.map((root) => ({ uri: pathToFileURL(root).href })),
    }));
  }
  const { TMPDIR = '' } = process.env;
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [entry, 'mcp', ...args],
    cwd,
    stderr: 'ignore',
    env: { PATH: process.env['PATH'] ?? '', ...(TMPDIR === '' ? {} : { TMPDIR }) },
  });
  await client.connect(transport);
  const ask: McpClient['ask'] = async (name, given, options) => {
    // The client's own patience is a minute.
    const patient = { timeout: 600_000, ...options };
    const result = (await client.callTool({ name, arguments: given }, undefined, patient)) as CallToolResult;
    const [content] = result.content;
    assert.ok(content?.type === 'text' && result.content.length === 1);
    return { text: content.text, isError: result.isError === true };
  };
  return {
    client,
    ask,
    async giveRoots(roots) {
      given = roots;
      await client.sendRootsListChanged();
    },
    async call(name, args, options) {
      const { text, isError } = await ask(name, args, options);
      assert.ok(!isError, text);
      return JSON.parse(text);
    },
    async refusal(name, args) {
      const { text, isError } = await ask(name, args);
      assert.ok(isError, text);
      return text;
    },
    close: () => client.close(),
  };
}
