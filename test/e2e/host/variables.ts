/** What the runner tells the tests in the extension host, through its environment. */
export interface HostVariables {
  /** File that Mocha's report goes to; the console without one. */
  readonly report: string | undefined;
  /** Runs only the tests whose full title matches. */
  readonly grep: string | undefined;
  readonly color: boolean;
  /** Folder that the extension must be running from. */
  readonly extensionFolder: string | undefined;
}

const names = {
  report: 'REJUVENATE_HOST_REPORT',
  grep: 'REJUVENATE_HOST_GREP',
  color: 'REJUVENATE_HOST_COLOR',
  extensionFolder: 'REJUVENATE_HOST_EXTENSION',
} as const;

export function hostVariables(): HostVariables {
  const value = (name: string) => process.env[name] || undefined;
  return {
    report: value(names.report),
    grep: value(names.grep),
    color: value(names.color) === '1',
    extensionFolder: value(names.extensionFolder),
  };
}

export function hostEnvironment({ report, grep, color, extensionFolder }: HostVariables): Record<string, string> {
  return {
    [names.report]: report ?? '',
    [names.grep]: grep ?? '',
    [names.color]: color ? '1' : '',
    [names.extensionFolder]: extensionFolder ?? '',
  };
}
