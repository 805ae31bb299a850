import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { agentTools } from '../../../src/agents/toolSet.ts';
import { buildProgram } from '../../../src/cli/commands/program.ts';
import { heavyResetRatio } from '../../../src/method/resetRatio.ts';
import { defaultSettings } from '../../../src/settings/runSettings.ts';
import { defaultAlphas } from '../../../src/settings/sweepSettings.ts';
import { root } from '../../paths.ts';

const folder = join(root, 'skills', 'rejuvenation');
const text = readFileSync(join(folder, 'SKILL.md'), 'utf8');
const [, frontmatter = '', body = ''] = /^---\n(.*?)\n---\n(.*)$/s.exec(text) ?? [];

/** What stands between backticks. */
const quoted = (of: string) => [...of.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!);

describe('the skill for agents', () => {
  it('is as the convention has it', () => {
    const { name, description, license, compatibility, ...others } = parse(frontmatter);
    assert.deepEqual(others, {});
    assert.equal(name, 'rejuvenation');
    assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    assert.ok(readdirSync(join(root, 'skills')).includes(name));
    assert.ok(description.length > 0 && description.length <= 1024);
    assert.ok(compatibility.length <= 500);
    assert.equal(license, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).license);
    assert.ok(body.split('\n').length < 500);
  });

  it('names tools, arguments and fields that there are', () => {
    const known = new Set(['usable', 'problems', 'state', 'reconstruction', 'largest']);
    for (const { name, inputSchema } of agentTools) {
      known.add(name);
      for (const argument of Object.keys(inputSchema['properties'] as object)) known.add(argument);
    }
    const { properties } = agentTools.find(({ name }) => name === 'read_record')!.inputSchema as {
      properties: { part: { enum: string[] } };
    };
    for (const part of properties.part.enum) known.add(part);
    const words = quoted(body).filter((word) => /^[a-z_]+$/.test(word));
    assert.ok(words.length > 20);
    for (const word of words) assert.ok(known.has(word), word);
    // Every tool but those that decide nothing is told of.
    const unnamed = agentTools.map(({ name }) => name).filter((name) => !words.includes(name));
    assert.deepEqual(unnamed, ['cancel_job', 'compare_checkpoints']);
  });

  it('names commands and options that there are', () => {
    const context = { signal: new AbortController().signal, onEvent: () => {}, print: () => {}, say: () => {} };
    const program = buildProgram({ ...context, startEngine: () => assert.fail() }, () => assert.fail());
    const lines = quoted(body).filter((word) => word.startsWith('rejuvenate '));
    assert.ok(lines.length >= 2);
    for (const line of lines) {
      const [, name, ...rest] = line.split(' ');
      const command = program.commands.find((each) => each.name() === name);
      assert.ok(command !== undefined, line);
      const options = new Set(command.options.map(({ long }) => long));
      for (const option of rest.filter((word) => word.startsWith('--'))) assert.ok(options.has(option), option);
    }
  });

  it("gives the program's own numbers", () => {
    assert.equal(heavyResetRatio, 0.2);
    assert.deepEqual([defaultSettings.alpha, defaultSettings.rho], [0.5, 0.01]);
    assert.deepEqual([Math.min(...defaultAlphas), Math.max(...defaultAlphas)], [0.4, 0.6]);
    for (const number of [/`at_most` 0\.2/, /rho is 0\.01/, /paper's is 0\.5/, /0\.4 to 0\.6/])
      assert.match(body, number);
  });
});
