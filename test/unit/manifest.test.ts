import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultSettings } from '../../src/settings/runSettings.ts';
import { server } from '../e2e/setup/vscodeServer.ts';
import { nodes } from '../nodes/nodes.ts';
import { root } from '../paths.ts';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { contributes } = manifest;

/** Every string anywhere in a JSON value. */
function* strings(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) yield* strings(each);
}

describe('manifest', () => {
  it('names only files that are there', () => {
    const files = [...strings({ contributes, icon: manifest.icon })].filter((text) => /^media\/[\w./-]+$/.test(text));
    assert.ok(files.length >= 6, `${files.length} files`);
    for (const file of files) assert.ok(existsSync(join(root, file)), file);
  });

  it('declares exactly the commands that the extension registers', () => {
    const source = readFileSync(join(root, 'src', 'extension.ts'), 'utf8');
    const registered = [...source.matchAll(/register\('(\w+)'/g)].map((match) => `rejuvenation.${match[1]}`).sort();
    const declared = contributes.commands.map((each: { command: string }) => each.command).sort();
    assert.deepEqual(declared, registered);
  });

  it('binds keys to its own commands alone, and only while its editor is there to hear them', () => {
    const declared = contributes.commands.map((each: { command: string }) => each.command);
    const editors = contributes.customEditors.map((each: { viewType: string }) => each.viewType);
    assert.ok(contributes.keybindings.length > 0);
    for (const { command, when } of contributes.keybindings as readonly { command: string; when: string }[]) {
      assert.ok(declared.includes(command), command);
      const [, editor] = /^activeCustomEditorId == '([\w.]+)' && !inputFocus && !terminalFocus$/.exec(when) ?? [];
      assert.ok(editors.includes(editor), when);
    }
  });

  it('refers only to commands that are declared or VS Code’s own', () => {
    const declared = new Set(contributes.commands.map((each: { command: string }) => each.command));
    const named = [...strings(contributes)].flatMap((text) =>
      [...text.matchAll(/command:([\w.]+)/g)].map((m) => m[1]!),
    );
    assert.ok(named.length > 5);
    for (const command of named) assert.ok(declared.has(command) || /^(vscode|workbench)\./.test(command), command);
  });

  it('states as lowest the versions that are tested, with the types of those', () => {
    const minor = (version: string) => /\d+\.\d+/.exec(version)![0];
    const { engines, devDependencies } = manifest;
    // code-server 4.N is VS Code 1.N.
    const tested = { vscode: minor(server.version).replace(/^4\./, '1.'), node: minor(Object.keys(nodes)[0]!) };
    assert.deepEqual({ vscode: minor(engines.vscode), node: minor(engines.node) }, tested);
    const types = { vscode: minor(devDependencies['@types/vscode']), node: minor(devDependencies['@types/node']) };
    assert.deepEqual(types, tested);
    assert.match(readFileSync(join(root, 'README.md'), 'utf8'), new RegExp(`Node ${tested.node} or newer`));
  });

  it('has the defaults of the command line', () => {
    const { properties } = contributes.configuration;
    for (const name of [
      'alpha',
      'rho',
      'rhoMax',
      'topN',
      'maxLength',
      'format',
      'promptField',
      'responseField',
      'pairsAs',
      'chatTemplate',
      'templateArgs',
      'turns',
      'specialTokens',
      'device',
      'processes',
      'threads',
    ] as const) {
      assert.deepEqual(properties[`rejuvenation.${name}`].default, defaultSettings[name], name);
    }
    assert.equal(properties['rejuvenation.memory'].default, 'auto');
    assert.equal(defaultSettings.memoryBytes, 0);
  });
});
