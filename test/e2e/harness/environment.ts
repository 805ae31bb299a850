import { InputError } from '../../../src/errors.ts';

/** What the runner prepared, as it hands it to the test process. */
export const environmentNames = {
  server: 'REJUVENATE_E2E_SERVER',
  chromium: 'REJUVENATE_E2E_CHROMIUM',
  vsix: 'REJUVENATE_E2E_VSIX',
  /** Absolute path of the folder for pictures of the views; none are taken without it. */
  screenshots: 'REJUVENATE_E2E_SCREENSHOTS',
} as const;

export interface Prepared {
  /** `server-main.js` of VS Code's server. */
  readonly server: string;
  /** The browser's program. */
  readonly chromium: string;
  /** The packaged extension, in the suite that tests it. */
  readonly vsix: string | undefined;
}

/** @throws InputError outside a run of the runner */
export function prepared(): Prepared {
  const server = process.env[environmentNames.server];
  const chromium = process.env[environmentNames.chromium];
  if (!server || !chromium) {
    throw new InputError('The end-to-end tests are run by "npm run test:e2e", which prepares VS Code and the browser.');
  }
  return { server, chromium, vsix: process.env[environmentNames.vsix] };
}
