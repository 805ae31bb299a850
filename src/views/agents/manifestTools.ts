import type { AgentTool } from '../../agents/agentTool.ts';

/* How the tools for agents are declared in package.json (`npm run schemas` writes it). */

/** The name in VS Code, where the tools of all extensions share one list. */
export function toolName({ name }: Pick<AgentTool, 'name'>): string {
  return `rejuvenation_${name}`;
}

/** What `contributes.languageModelTools` must hold. */
export function manifestTools(tools: readonly AgentTool[]): readonly Readonly<Record<string, unknown>>[] {
  return tools.map((tool) => ({
    name: toolName(tool),
    toolReferenceName: toolName(tool),
    displayName: tool.title,
    modelDescription: tool.description,
    userDescription: tool.description.split(/(?<=[.:])\s/)[0],
    canBeReferencedInPrompt: true,
    tags: ['rejuvenation'],
    inputSchema: tool.inputSchema,
  }));
}
