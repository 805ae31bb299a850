import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentTools } from '../../../src/agents/toolSet.ts';
import { publishedSchemas } from '../../../src/cli/output/json/publishedSchemas.ts';
import { manifestTools } from '../../../src/views/agents/manifestTools.ts';
import { root } from '../../paths.ts';

const json = (...path: string[]) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));

/* `npm run schemas` writes all of these anew. */
describe('what is published of schemas', () => {
  it('has the tools for agents in package.json', () => {
    const plain = JSON.parse(JSON.stringify(manifestTools(agentTools)));
    assert.deepEqual(json('package.json').contributes.languageModelTools, plain);
  });

  it('has what --json prints in docs/schemas, and a line for each in docs/json.md', () => {
    const schemas = publishedSchemas();
    assert.deepEqual(readdirSync(join(root, 'docs', 'schemas')).sort(), [...schemas.keys()].sort());
    const page = readFileSync(join(root, 'docs', 'json.md'), 'utf8');
    for (const [name, schema] of schemas) {
      assert.deepEqual(json('docs', 'schemas', name), JSON.parse(JSON.stringify(schema)), name);
      assert.ok(page.includes(`(schemas/${name})`), name);
    }
  });
});

describe('tools for agents', () => {
  it('ask before they run or write, and only then', () => {
    const path = '/data/x';
    const args: Readonly<Record<string, object>> = {
      start_run: { base: path, sft: path, calibration: [path], record: path },
      cancel_job: { job: 'run-1' },
      measure_point: { record: path },
      compare_checkpoints: { checkpoints: [path, path] },
      commit_checkpoint: { record: path, out: path },
      follow_job: { job: 'run-1' },
      inspect_pair: { base: path, sft: path },
      read_record: { record: path },
      preview_reset: { record: path },
      compare_runs: { records: [path, path] },
    };
    assert.deepEqual(Object.keys(args).sort(), agentTools.map(({ name }) => name).sort());
    for (const tool of agentTools) {
      assert.equal(tool.question(args[tool.name]) !== undefined, tool.effect !== 'reads', tool.name);
    }
  });

  it('take no arguments but those that they declare', () => {
    for (const { name, inputSchema } of agentTools) {
      assert.equal(inputSchema['additionalProperties'], false, name);
      assert.equal(inputSchema['type'], 'object', name);
    }
  });
});
