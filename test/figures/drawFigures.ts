/*
 * Draws every figure of the pages of records in Chromium, as it would be saved, from records that never
 * change, with text that is measured alike on every machine.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Frame } from 'playwright-core';
import { tabs as comparisonTabs } from '../../webview/comparison/state/state.ts';
import { tabs as inspectorTabs } from '../../webview/inspector/state/state.ts';
import { ComparisonServer } from '../webview/comparisonServer.ts';
import { assertEventually } from '../webview/eventually.ts';
import { InspectorServer } from '../webview/inspectorServer.ts';
import { ReadinessServer } from '../webview/readinessServer.ts';
import { openWebview } from '../webview/webviewPage.ts';
import { advance, plainFont, plainFontFamily, plainFontName } from './plainFont.ts';
import { plainSvg } from './plainSvg.ts';
import { writeGalleryComparison } from './records/galleryComparison.ts';
import { writeGalleryReadiness } from './records/galleryReadiness.ts';
import { mixtureArchitecture, writeGalleryRun } from './records/galleryRun.ts';
import { writeGallerySweep } from './records/gallerySweep.ts';

/** What is there once a figure is drawn in full; a figure that is not named here is drawn with the page. */
const ready: Readonly<Record<string, readonly string[]>> = {
  'expert-map': ['g.cell[aria-label]'],
  'effective-ratio': ['path.line[d]'],
  'module-ranking': ['g.bar .value'],
  'score-histogram': ['rect.all'],
  'sample-overlap': ['.cell'],
  'token-cloud': ['.word'],
  'entropy-map': ['.tok.target'],
  'entropy-scatter': ['.rings circle'],
  'neuron-scores': ['.scores[d]:not([d=""])'],
  waterfall: ['.sum'],
  'sweep-map': ['g.cell text'],
  'sweep-trade-off': ['g.cell'],
  // A part of the record each, and one scale over all.
  'tensor-change': [1, 2, 3].map((place) => `.delta-map:nth-child(${place}) .profile`),
  'comparison-text': ['.tok:not(.unmeasured)'],
  'next-token': ['.bar'],
  'entropy-curves': ['.histogram-line'],
};

/** A page on a record of the gallery. */
interface Drawing {
  readonly page: 'inspector' | 'comparison' | 'readiness';
  readonly start: () => Promise<Server>;
  /** What the page remembers having been looked at: figures that wait for a choice have one. */
  readonly state: object;
  /** The tabs to draw; one without them shows everything at once. */
  readonly tabs: readonly (string | undefined)[];
  /** The figures to draw; undefined: all that there are. */
  readonly only?: readonly string[];
}

const size = { width: 900, height: 640 } as const;
const variables = {
  'font-family': plainFontFamily,
  'editor-font-family': plainFontFamily,
  'editor-font-size': '10px',
} as const;

/**
 * Words that are drawn on a canvas are boxes of whole pixels: the word cloud asks such a drawing where there is room, and
 * an edge within a pixel, which browsers shade as they like, would send a word elsewhere.
 */
const boxesOnCanvases = `
  const sizeIn = (context) => Number(/([\\d.]+)px/.exec(context.font)[1]);
  const widthOf = (context, text) => Math.round(64 * ${advance} * sizeIn(context) * [...text].length) / 64;
  CanvasRenderingContext2D.prototype.measureText = function (text) {
    return { width: widthOf(this, text) };
  };
  for (const [name, border] of [['fillText', 0], ['strokeText', 2]]) {
    CanvasRenderingContext2D.prototype[name] = function (text, x, y) {
      const [width, up, down] = [widthOf(this, text), 0.73 * sizeIn(this), 0.12 * sizeIn(this)].map(Math.round);
      this.fillRect(x - border, y - up - border, width + 2 * border, up + down + 2 * border);
    };
  }`;

/** Gives every document the font and the page its state, before the page's own script. */
function before(state: object): string {
  const font = JSON.stringify([...plainFont()]);
  return `
    document.fonts.add(
      new FontFace(${JSON.stringify(plainFontName)}, Uint8Array.from(${font}).buffer, { weight: '1 1000' }),
    );
    ${boxesOnCanvases}
    if (window !== window.top && sessionStorage.getItem('state') === null)
      sessionStorage.setItem('state', ${JSON.stringify(JSON.stringify(state))});`;
}

interface Server {
  readonly origin: string;
  readonly heard: (
    | { readonly type: 'request'; readonly request: { readonly name: string } }
    | { readonly type: 'select' | 'action' | 'shown' }
  )[];
  stop(): Promise<void>;
}

/** The files that the page wanted saved so far, the last last. */
function saved(server: Server): readonly { readonly name: string; readonly bytes: Uint8Array }[] {
  return server.heard.flatMap((message) =>
    message.type === 'request' && message.request.name === 'export'
      ? [(message.request as unknown as { file: { name: string; bytes: Uint8Array } }).file]
      : [],
  );
}

/** A figure's SVG file, once two in a row are alike: parts of a record come one by one. */
async function settledFile(frame: Frame, server: Server, name: string): Promise<string> {
  let last: string | undefined;
  for (let i = 0; i < 40; i++) {
    const before = saved(server).length;
    await frame.click(`[data-figure=${name}] .saves .link:text-is("SVG")`);
    await assertEventually(async () => saved(server).length, before + 1);
    const text = Buffer.from(saved(server).at(-1)!.bytes).toString('utf8');
    if (text === last) return text;
    last = text;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  throw new Error(`the figure ${name} does not come to rest`);
}

async function drawPage(
  browser: Browser,
  server: Server,
  { page, state, tabs, only }: Drawing,
  figures: Map<string, string>,
): Promise<void> {
  const options = { theme: 'light', ...size, variables, before: before(state) } as const;
  const { context, frame, errors } = await openWebview(browser, server.origin, page, options);
  try {
    const width = await frame.evaluate(
      `(() => {
        const text = document.createElement('span');
        text.style.font = '10px ${plainFontFamily}';
        text.textContent = '−␣';
        document.body.append(text);
        const { width } = text.getBoundingClientRect();
        text.remove();
        return width;
      })()`,
    );
    if (width !== 12) throw new Error(`two characters of the test’s font are ${width} px wide instead of 12`);
    for (const tab of tabs) {
      if (tab !== undefined) await frame.click(`vscode-tab-header[data-tab=${tab}]`);
      const panel = frame.locator(tab === undefined ? '.readiness-view' : `vscode-tab-panel[data-tab=${tab}]`);
      // What is no figure to save may be there before those that are.
      await panel.locator('[data-figure]').first().waitFor();
      const all = await panel
        .locator('[data-figure]')
        .evaluateAll((own) => own.map((figure) => figure.getAttribute('data-figure') ?? ''));
      const names = only ?? all;
      // All of a tab's first: a figure takes its scale from parts of the record that another waits for.
      for (const name of names) {
        // It becomes a file's name.
        if (!/^[a-z][a-z-]*$/.test(name)) throw new Error(`“${name}” is no name of a figure`);
        for (const part of ready[name] ?? [])
          await frame.waitForSelector(`[data-figure=${name}] ${part}`, { state: 'attached' });
      }
      for (const name of names) {
        if (figures.has(name)) throw new Error(`two figures are called ${name}`);
        figures.set(name, plainSvg(await settledFile(frame, server, name)));
      }
    }
    if (errors.length > 0) throw new Error(errors.join('\n'));
  } finally {
    await context.close();
  }
}

/**
 * Every figure of the pages as the SVG file that it would be saved as, in the gallery's form, from records that never
 * change.
 *
 * @returns by name, in the order of the pages
 * @throws Error when a page fails, or a figure has no name of its own
 */
export async function drawFigures(browser: Browser): Promise<ReadonlyMap<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'figures-'));
  const figures = new Map<string, string>();
  try {
    const record = join(folder, 'gallery.rejuvenation.json');
    await writeGalleryRun(record);
    await writeGallerySweep(record);
    const mixture = join(folder, 'mixture.rejuvenation.json');
    await writeGalleryRun(mixture, mixtureArchitecture);
    const comparison = join(folder, 'gallery.comparison.json');
    await writeGalleryComparison(comparison);
    const readiness = join(folder, 'gallery.readiness.json');
    await writeGalleryReadiness(readiness);
    const drawings: readonly Drawing[] = [
      {
        page: 'inspector',
        start: () => InspectorServer.start(record),
        // The first target of the first sample.
        state: { row: 14 },
        tabs: inspectorTabs,
      },
      {
        page: 'inspector',
        start: () => InspectorServer.start(mixture),
        state: { layer: 2, projection: 'down_proj', unfolded: true },
        tabs: ['heatmap'],
        only: ['expert-map'],
      },
      {
        page: 'comparison',
        start: () => ComparisonServer.start(comparison),
        state: { row: 6, run: '' },
        tabs: comparisonTabs,
      },
      { page: 'readiness', start: () => ReadinessServer.start(readiness), state: {}, tabs: [undefined] },
    ];
    for (const drawing of drawings) {
      const server = await drawing.start();
      try {
        await drawPage(browser, server, drawing, figures);
      } finally {
        await server.stop();
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return figures;
}
