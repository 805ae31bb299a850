import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkpointFixtures, root } from '../../paths.ts';
import { withStandIn } from './withStandIn.ts';

/*
 * What VS Code is given for agents, with a stand-in for its API: the version under test in real VS Code has no servers of the Model Context
 * Protocol, and asks nobody where no chat is open.
 */

interface Tool {
  prepareInvocation(options: { input: unknown }): {
    readonly invocationMessage: string;
    readonly confirmationMessages?: { readonly title: string; readonly message: { readonly value: string } };
  };
  invoke(
    options: { input: unknown },
    token: object,
  ): Promise<{ readonly content: readonly { readonly value: string }[] }>;
}
interface Definition {
  readonly label: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}
interface Stub {
  readonly tools: Map<string, Tool>;
  readonly providers: Map<string, { provideMcpServerDefinitions(): readonly Definition[] }>;
  version: string;
  trusted: boolean;
  settings: Record<string, unknown>;
  folders: string[];
  /** Questions that were asked, each answered with `answer`. */
  asked: string[];
  answer: string | undefined;
}

interface Built {
  readonly stub: Stub;
  registerAgentTools(jobs: object): unknown;
  registerMcpServer(): unknown;
}

const stubSource = `
const stub = { tools: new Map(), providers: new Map(), version: '1.101.0', trusted: true, settings: {}, folders: [], asked: [] };
class Disposable { constructor(f) { this.dispose = f; } static from() { return new Disposable(() => {}); } }
class EventEmitter { constructor() { this.event = () => new Disposable(() => {}); } fire() {} }
class MarkdownString { constructor() { this.value = ''; } appendText(text) { this.value += text.replace(/[\\\\\`*_{}[\\]()#+\\-!~<>]/g, '\\\\$&'); return this; } }
class LanguageModelTextPart { constructor(value) { this.value = value; } }
class LanguageModelToolResult { constructor(content) { this.content = content; } }
class McpStdioServerDefinition { constructor(label, command, args, env, version) { Object.assign(this, { label, command, args, env, version }); } }
const hear = () => new Disposable(() => {});
module.exports = {
  stub, Disposable, EventEmitter, MarkdownString, LanguageModelTextPart, LanguageModelToolResult, McpStdioServerDefinition,
  get version() { return stub.version; },
  lm: {
    registerTool(name, tool) { stub.tools.set(name, tool); return new Disposable(() => {}); },
    registerMcpServerDefinitionProvider(id, provider) { stub.providers.set(id, provider); return new Disposable(() => {}); },
  },
  workspace: {
    get isTrusted() { return stub.trusted; },
    get workspaceFolders() { return stub.folders.map((fsPath) => ({ uri: { fsPath } })); },
    getConfiguration: () => ({ get: (name, other) => stub.settings[name] ?? other }),
    onDidChangeWorkspaceFolders: hear, onDidGrantWorkspaceTrust: hear, onDidChangeConfiguration: hear,
  },
  window: { async showWarningMessage(text) { stub.asked.push(text); return stub.answer; } }, commands: {},
};
`;

describe('what VS Code is given for agents', () => {
  let folder: string;
  let stub: Stub;
  let registerAgentTools: Built['registerAgentTools'];
  let registerMcpServer: Built['registerMcpServer'];
  const token = { isCancellationRequested: false, onCancellationRequested: () => undefined };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'views-agents-'));
    const contents = `
      export { registerAgentTools } from './agents/languageModelTools.ts';
      export { registerMcpServer } from './agents/mcpServerDefinition.ts';
      export { stub } from 'vscode';`;
    const built = (await withStandIn(folder, stubSource, contents)) as Built;
    ({ stub, registerAgentTools, registerMcpServer } = built);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('are tools that ask before they run or write, with paths as text', async () => {
    registerAgentTools({ run: () => assert.fail('nothing is run here') });
    const commit = stub.tools.get('rejuvenation_commit_checkpoint')!;
    const input = { record: '/data/[x](command:y).rejuvenation.json', out: '/data/new' };
    const { confirmationMessages } = commit.prepareInvocation({ input });
    assert.equal(confirmationMessages?.title, 'Commit a checkpoint');
    assert.ok(confirmationMessages.message.value.includes('\\[x\\]\\(command:y\\)'));
    const read = stub.tools.get('rejuvenation_read_record')!;
    assert.equal(read.prepareInvocation({ input: { record: '/x' } }).confirmationMessages, undefined);
    // What it does not take it refuses, also unasked.
    assert.equal(commit.prepareInvocation({ input: { ...input, out: 7 } }).confirmationMessages, undefined);
    await assert.rejects(commit.invoke({ input: { ...input, out: 7 } }, token), /"out"/);
    await assert.rejects(commit.invoke({ input }, token), /No folder may be used.*In VS Code, open the folder/);
    stub.trusted = false;
    await assert.rejects(commit.invoke({ input }, token), /only in trusted workspaces/);
    stub.trusted = true;
  });

  it('are asked about before they work on a machine that only submits to Slurm; reading is not', async () => {
    const commit = stub.tools.get('rejuvenation_commit_checkpoint')!;
    const read = stub.tools.get('rejuvenation_read_record')!;
    const input = { record: '/data/x.rejuvenation.json' };
    const asking = async (tool: Tool, given: object, message: RegExp) => {
      stub.asked = [];
      await assert.rejects(tool.invoke({ input: given }, token), message);
      return stub.asked.length;
    };
    stub.settings = { runOn: 'slurm' };
    assert.equal(await asking(commit, { ...input, out: '/data/new' }, /to run on Slurm .*did not want this one/), 1);
    stub.answer = 'Run Here';
    assert.equal(await asking(commit, { ...input, out: '/data/new' }, /No folder may be used/), 1);
    assert.equal(await asking(read, input, /No folder may be used/), 0);
    stub.settings = {};
    assert.equal(await asking(commit, { ...input, out: '/data/new' }, /No folder may be used/), 0);
  });

  it('run as the jobs that people start, which tell how they ended', async () => {
    const pair = join(checkpointFixtures, 'tiny-llama-tied-bias');
    stub.folders = [pair];
    const input = { checkpoints: [join(pair, 'base'), join(pair, 'sft')] };
    const compared = async () => {
      const { content } = await stub.tools.get('rejuvenation_compare_checkpoints')!.invoke({ input }, token);
      const { state, error } = JSON.parse(content[0]!.value);
      return [state, error];
    };
    // Such as another job that runs: nothing was begun.
    registerAgentTools({ run: async () => undefined });
    const busy = 'Rejuvenation is busy with a job that the user started: wait until it is done.';
    assert.deepEqual(await compared(), ['failed', busy]);
    // A job that a person cancels is told to them, and the caller gets nothing.
    registerAgentTools({
      run: async (_: string, job: (context: object) => Promise<void>) => {
        await job({ signal: AbortSignal.abort(), onEvent: () => undefined }).catch(() => undefined);
      },
    });
    assert.equal((await compared())[0], 'stopped');
    stub.folders = [];
  });

  it('is a server since 1.101, where it is asked for', () => {
    stub.version = '1.100.3';
    registerMcpServer();
    assert.equal(stub.providers.size, 0);
    stub.version = '1.101.0';
    registerMcpServer();
    const provider = stub.providers.get('rejuvenation.mcp')!;
    assert.deepEqual(provider.provideMcpServerDefinitions(), []);
    stub.settings = { 'rejuvenation.mcpServer': true };
    stub.folders = ['/data/a', '/data/b'];
    const [definition, ...others] = provider.provideMcpServerDefinitions();
    assert.deepEqual(others, []);
    const { command, args, env } = definition!;
    assert.equal(command, process.execPath);
    assert.deepEqual(args, [join(root, 'dist', 'cli.cjs'), 'mcp', '--root', '/data/a', '--root', '/data/b']);
    assert.deepEqual(env, { ELECTRON_RUN_AS_NODE: '1' });
    stub.trusted = false;
    assert.deepEqual(provider.provideMcpServerDefinitions(), []);
  });
});
