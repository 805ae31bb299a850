import { extensions, workspace } from 'vscode';
import { z } from 'zod';

/** As much of the Python extension's API as is used here (https://www.npmjs.com/package/@vscode/python-extension). */
const apiSchema = z.object({
  environments: z.object({ getActiveEnvironmentPath: z.custom<() => unknown>((value) => typeof value === 'function') }),
});
/** What is parsed is a copy, and a copy's methods may miss their object. */
const isApi = (api: unknown): api is z.infer<typeof apiSchema> => apiSchema.safeParse(api).success;
const pathSchema = z.object({ path: z.string() });

/**
 * The Python that is selected in VS Code: an environment's folder, or a program. Undefined where the Python extension is not
 * there or not active, since it is not ours to start, and in a workspace that is not trusted, which could have selected it.
 */
export async function selectedPython(): Promise<string | undefined> {
  const extension = extensions.getExtension<unknown>('ms-python.python');
  if (!workspace.isTrusted || extension?.isActive !== true) return undefined;
  const api = extension.exports;
  if (!isApi(api)) return undefined;
  const { path } = pathSchema.parse(api.environments.getActiveEnvironmentPath());
  // Without a selection it is the bare name, which the search of PATH finds.
  return path === 'python' ? undefined : path;
}
