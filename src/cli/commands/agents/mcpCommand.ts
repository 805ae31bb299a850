import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { InputError, Interrupted } from '../../../errors.ts';
import { quotedPath } from '../../../files/reading/shown.ts';
import type { CommandContext } from '../command.ts';
import { collected } from '../options/options.ts';

/* `rejuvenate mcp`: the tools for agents, over standard input and output. */

interface McpOptions {
  readonly root?: readonly string[];
}

async function checkedRoots(named: readonly string[]): Promise<readonly string[]> {
  for (const root of named) {
    const info = await stat(root).catch(() => undefined);
    if (info?.isDirectory() !== true) throw new InputError(`The root ${quotedPath(root)} is not a folder.`);
  }
  return named.map((root) => resolve(root));
}

/** Until the client goes away or a signal comes. */
function clientGone(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    process.stdin.once('end', done);
    process.stdin.once('close', done);
    // A client that reads no more has gone; what runs is stopped before the process ends, so nobody else may end it.
    process.stdout.removeAllListeners('error').on('error', () => done());
    signal.addEventListener('abort', () => done(), { once: true });
  });
}

/** `rejuvenate mcp`: serves tools to agents until the client ends the connection. */
export function mcpCommand({ startEngine, signal, onEvent }: CommandContext): Command {
  return new Command('mcp')
    .summary('serve tools to agents, over MCP')
    .description(
      'Serve tools to agents by the Model Context Protocol over standard input and output: inspect, run, read, measure, compare, commit. For a client to start; ' +
        'it ends with the connection.',
    )
    .option(
      '--root <dir>',
      'folder that tools may read and write in, where the client gives no roots; may be given again (default: the current one)',
      collected,
    )
    .addHelpText(
      'after',
      `
Example:
  rejuvenate mcp --root /data/checkpoints

As clients configure it:
  {"mcpServers": {"rejuvenate": {"command": "rejuvenate", "args": ["mcp", "--root", "/data/checkpoints"]}}}`,
    )
    .action(async ({ root = ['.'] }: McpOptions) => {
      const roots = await checkedRoots(root);
      // Loaded here, since no other command needs them.
      const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js');
      const { serveTools } = await import('../../../agents/mcp/mcpServer.ts');
      const { agentTools } = await import('../../../agents/toolSet.ts');
      const gone = clientGone(signal);
      const server = await serveTools(agentTools, {
        transport: new StdioServerTransport(),
        roots,
        run: async (_, work) => work({ startEngine, signal, onEvent }),
      });
      await Promise.race([gone, server.ended]);
      await server.close();
      process.stdin.destroy();
      if (signal.aborted) throw new Interrupted('Interrupted. The server has ended; a run keeps what it has finished.');
    });
}
