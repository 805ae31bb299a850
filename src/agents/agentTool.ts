import { z } from 'zod';
import type { AgentJobs } from './agentJobs.ts';
import type { Roots } from './roots.ts';
import { argumentsOf } from './toolArguments.ts';
import type { ToolCall, ToolDocument } from './toolCall.ts';

/* What a tool for agents is: its name, what it takes, what it may do, and how it is called. */

/** `reads`: files only; `runs`: models, too, with temporary files; `writes`: files that stay. */
export type ToolEffect = 'reads' | 'runs' | 'writes';

/** What a call has from whoever serves it. */
export interface ToolContext extends ToolCall {
  readonly roots: Roots;
  readonly jobs: AgentJobs;
}

/** A tool, whatever its arguments. */
export interface AgentTool {
  /** verb_noun. */
  readonly name: string;
  readonly title: string;
  /** For the model: what it does, when to use it. */
  readonly description: string;
  readonly effect: ToolEffect;
  /** JSON Schema of the arguments. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
  /**
   * What a person is asked before it runs; undefined where nothing is written or run.
   *
   * @throws InputError for arguments that it does not take
   */
  question(args: unknown): string | undefined;
  /** @throws InputError for arguments that it does not take, and what the work throws */
  call(args: unknown, context: ToolContext): Promise<ToolDocument>;
}

interface Definition<Input extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly effect: ToolEffect;
  readonly input: Input;
  readonly question?: (args: z.output<Input>) => string;
  readonly run: (args: z.output<Input>, context: ToolContext) => Promise<ToolDocument>;
}

/** A tool by the schema of its arguments. */
export function defineTool<Input extends z.ZodObject>(definition: Definition<Input>): AgentTool {
  const { name, title, description, effect, input, question, run } = definition;
  const { $schema: _, ...inputSchema } = z.toJSONSchema(input, { io: 'input' });
  return {
    ...{ name, title, description, effect, inputSchema },
    question: (args) => question?.(argumentsOf(name, input, args)),
    call: async (args, context) => run(argumentsOf(name, input, args), context),
  };
}
