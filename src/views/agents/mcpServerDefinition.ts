import { join } from 'node:path';
import * as vscode from 'vscode';
import { distFolder } from '../../distFolder.ts';
import { program } from '../../settings/programInfo.ts';

/*
 * Offers the command line's MCP server to VS Code, for its own list of servers. The same tools are there as language-model tools, so
 * it is off unless asked for. VS Code knows such servers since 1.101; 1.100 has the same function for proposals, which throws.
 */

/** As declared in package.json. */
const providerId = 'rejuvenation.mcp';
const setting = 'rejuvenation.mcpServer';

/** What VS Code 1.101 added to its API, as far as it is used here: the types are those of the oldest supported. */
interface SinceVersion101 {
  readonly McpStdioServerDefinition?: new (
    label: string,
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    version: string,
  ) => object;
  readonly lm: {
    registerMcpServerDefinitionProvider?(
      id: string,
      provider: {
        readonly onDidChangeMcpServerDefinitions: vscode.Event<void>;
        provideMcpServerDefinitions(): readonly object[];
      },
    ): vscode.Disposable;
  };
}

/** Whether VS Code, or what is made of it, is of a version that has the API. */
function hasServers(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 1 || (major === 1 && minor >= 101);
}

export function registerMcpServer(): vscode.Disposable {
  if (!hasServers(vscode.version)) return new vscode.Disposable(() => undefined);
  const { McpStdioServerDefinition, lm } = vscode as unknown as SinceVersion101;
  if (McpStdioServerDefinition === undefined || lm.registerMcpServerDefinitionProvider === undefined) {
    return new vscode.Disposable(() => undefined);
  }
  const changed = new vscode.EventEmitter<void>();
  const provider = lm.registerMcpServerDefinitionProvider(providerId, {
    onDidChangeMcpServerDefinitions: changed.event,
    provideMcpServerDefinitions() {
      if (!vscode.workspace.getConfiguration().get<boolean>(setting, false) || !vscode.workspace.isTrusted) return [];
      const folders = (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) => ['--root', uri.fsPath]);
      const args = [join(distFolder, 'cli.cjs'), 'mcp', ...folders];
      // VS Code's own program is Node where it is told to be.
      const env = { ELECTRON_RUN_AS_NODE: '1' };
      return [new McpStdioServerDefinition('Rejuvenation', process.execPath, args, env, program.version)];
    },
  });
  return vscode.Disposable.from(
    changed,
    provider,
    vscode.workspace.onDidChangeWorkspaceFolders(() => changed.fire()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(setting)) changed.fire();
    }),
  );
}
