import assert from 'node:assert/strict';
import type { Documented } from '../../src/cli/output/json/jsonDocument.ts';
import { jsonDocuments } from '../../src/cli/output/json/publishedSchemas.ts';

/**
 * Holds what a command printed with --json to the schema that it names.
 *
 * @param command as docs/json.md lists it: `slurm status`
 * @returns the schema's name
 */
export function assertDocumented(command: string, document: Documented): string {
  const kind = jsonDocuments.find(({ document: { name } }) => name === document.schema);
  assert.ok(kind !== undefined, `${command} prints the schema ${document.schema}`);
  assert.ok((kind.commands as readonly string[]).includes(command), command);
  const { success, error } = kind.document.schema.safeParse(document);
  assert.ok(success, `${command}: ${error}`);
  return document.schema;
}
