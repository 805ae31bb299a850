import { type Browser, type BrowserContext, chromium, type Frame, type Page } from 'playwright-core';
import { ensureChromium } from '../setup/chromium.ts';
import { type ThemeName, themes } from './themes.ts';

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: ensureChromium(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      // Some builds round the width of every character to pixels otherwise.
      '--font-render-hinting=none',
    ],
  });
}

/** What VS Code puts into a webview before the page's own script: its interface, its theme. */
function preludeFor(theme: ThemeName, variables: ViewOptions['variables']): string {
  const { bodyClass, variables: known } = themes[theme];
  return `
    if (window !== window.top) {
      const theme = ${JSON.stringify({ bodyClass, variables: { ...known, ...variables } })};
      const saved = () => sessionStorage.getItem('state');
      window.acquireVsCodeApi = () => ({
        postMessage: (message) => parent.postMessage(message, '*'),
        getState: () => (saved() === null ? undefined : JSON.parse(saved())),
        setState: (state) => sessionStorage.setItem('state', JSON.stringify(state)),
      });
      window.violations = [];
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile, lineNumber }) =>
        window.violations.push([violatedDirective, blockedURI, sourceFile, lineNumber].join(' ')));
      const paint = () => {
        document.body.className = theme.bodyClass;
        for (const [name, value] of Object.entries(theme.variables))
          document.documentElement.style.setProperty('--vscode-' + name, value);
      };
      new MutationObserver((_, observer) => {
        if (document.body) { observer.disconnect(); paint(); }
      }).observe(document, { childList: true, subtree: true });
    }`;
}

/** A page, and its main element. */
export type PageName = 'inspector' | 'comparison' | 'devices' | 'readiness';

export interface OpenPage {
  readonly context: BrowserContext;
  readonly page: Page;
  /** The page's own document. */
  readonly frame: Frame;
  /** Errors of the page's script. */
  readonly errors: string[];
}

/** The page's own document, once it shows its record. @param name of the page and of its main element */
export async function webviewFrame(page: Page, name: PageName): Promise<Frame> {
  const frame = page.frames().find((own) => own.url().endsWith(`/${name}.html`));
  if (frame === undefined) throw new Error('the page has no frame');
  await frame.waitForSelector(`#${name}:not([aria-busy])`);
  return frame;
}

export interface ViewOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  /** Variables of the theme that are to have other values, without `--vscode-`. */
  readonly variables?: Readonly<Record<string, string>>;
  /** A script that runs in every document before its own. */
  readonly before?: string;
}

export async function openWebview(
  browser: Browser,
  origin: string,
  name: PageName,
  { theme = 'dark', width = 1280, height = 800, variables = {}, before = '' }: ViewOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width, height }, locale: 'en-US', timezoneId: 'UTC' });
  // It guards only against a page that never gets there.
  context.setDefaultTimeout(90_000);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
  await page.addInitScript(`${preludeFor(theme, variables)}\n${before}`);
  await page.goto(origin);
  const frame = await webviewFrame(page, name);
  return { context, page, frame, errors };
}
