import assert from 'node:assert/strict';
import { ConversationFault } from '../../../src/calibration/chat/conversation.ts';
import { TemplateFault } from '../../../src/calibration/chat/jinja/fault.ts';
import { Template } from '../../../src/calibration/chat/jinja/template.ts';
import { type Dict, isDict, type Value } from '../../../src/calibration/chat/jinja/values/values.ts';
import { chatJson, chatTemplate, conversations, now, templateText } from './chatFixtures.ts';

/** The rendering, or the fault in its place; any other error fails the test. */
function tried(source: string, variables: Dict): string | TemplateFault {
  try {
    return new Template(source).render(variables, now).text;
  } catch (error) {
    if (error instanceof TemplateFault) return error;
    throw error;
  }
}

describe('chat templates', () => {
  const renderings = chatJson('renderings') as ReadonlyMap<string, readonly Value[]>;

  it('are compared in the styles of many families, on many conversations', () => {
    assert.ok(renderings.size >= 12 && conversations.length >= 30);
  });

  for (const [name, expected] of renderings) {
    it(`${name}: every conversation as transformers renders it, and refused where transformers fails`, () => {
      const template = chatTemplate(templateText(name));
      assert.equal(expected.length, conversations.length);
      for (const [i, conversation] of conversations.entries()) {
        const render = () => template.render(conversation.messages, conversation, conversation.prompt, now).text;
        if (isDict(expected[i]!)) assert.throws(render, ConversationFault, `conversation ${i}`);
        else assert.equal(render(), expected[i], `conversation ${i}`);
      }
    });
  }

  const [variables, ...snippets] = chatJson('snippets') as readonly [Dict, ...[string, Value][]];

  it('one-line templates of everything that Jinja and Python do in ways of their own', () => {
    assert.ok(snippets.length >= 139, `${snippets.length} templates`);
    for (const [source, expected] of snippets) {
      const got = tried(source, variables);
      if (isDict(expected)) assert.ok(got instanceof TemplateFault, source);
      else assert.equal(got, expected, source);
    }
  });

  it('random templates: never another text than Jinja writes, never a text where Jinja fails', () => {
    const random = chatJson('random') as readonly [string, Value][];
    let same = 0;
    let texts = 0;
    for (const [source, expected] of random) {
      const got = tried(source, variables);
      if (!isDict(expected)) texts++;
      if (got instanceof TemplateFault) continue;
      assert.equal(got, expected, source);
      same++;
    }
    assert.ok(texts > 1500, `${texts} texts`);
    // What is refused although Jinja renders it are features left out on purpose.
    assert.ok(same >= 0.98 * texts, `${same} of ${texts}`);
  });
});
