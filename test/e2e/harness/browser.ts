import { type Browser, chromium } from 'playwright-core';

/** Root needs `--no-sandbox`; the rest keeps the browser from looking for a GPU and from calling home. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @param program path of Chromium. REJUVENATE_E2E_HEADED=1 shows the window. */
export function launchBrowser(program: string): Promise<Browser> {
  const headless = process.env['REJUVENATE_E2E_HEADED'] !== '1';
  return chromium.launch({ executablePath: program, args, headless, handleSIGINT: false });
}
