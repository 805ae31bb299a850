import { html, link } from '../page/dom.ts';
import { inLightTheme } from '../page/lightTheme.ts';
import { currentTheme } from '../page/theme.ts';
import { laidOut, paperWidth, widthChoice } from './paperWidth.ts';
import { pngFile, svgFile } from './picture.ts';

/* The frame that every figure has: title, controls, caption, and buttons that save it as SVG, PNG and CSV, and copy it. */

export interface FileSaver {
  /** The record, its settings and its date, for a figure's file. */
  readonly facts: () => string;
  /** Makes a file, asks the user where to put it, and says what became of it. */
  saveFile(name: string, content: () => Uint8Array | Promise<Uint8Array>): Promise<void>;
}

export interface FigureOptions {
  /** Part of the file's name: `RECORD-NAME.svg`. */
  readonly name: string;
  readonly title: string;
  /** One line on what is drawn. */
  readonly caption?: string;
  /** Finds the drawing to export; `done` is called when the file is made. */
  readonly drawing: () => { readonly svg: SVGSVGElement; readonly done?: () => void };
  /** The numbers drawn. */
  readonly csv: () => string;
}

/** A figure's frame: title, controls, ways to save it. */
export interface Figure {
  readonly element: HTMLElement;
  readonly body: HTMLElement;
  readonly controls: HTMLElement;
  readonly caption: HTMLElement;
}

export function figure(page: FileSaver, { name, title, caption, drawing, csv }: FigureOptions): Figure {
  const text = new TextEncoder();
  const vector = () => {
    const width = paperWidth();
    const made = () => {
      const { svg, done } = drawing();
      try {
        const legends = [...element.querySelectorAll<HTMLElement>('.legend')];
        const head = { title, caption: captionElement.textContent ?? '', legends, facts: page.facts() };
        return svgFile(svg, currentTheme().background, head, width);
      } finally {
        done?.();
      }
    };
    return laidOut(element, width, () => inLightTheme(made));
  };
  const formats = {
    svg: async () => text.encode(await vector()),
    png: async () => pngFile(await vector()),
    csv: () => text.encode(csv()),
  } as const;
  const saves = (Object.keys(formats) as (keyof typeof formats)[]).map((format) => {
    const save = link(
      format.toUpperCase(),
      () => {
        void page.saveFile(`${name}.${format}`, formats[format]);
      },
      `Save “${title}” as ${format.toUpperCase()}`,
    );
    save.setAttribute('aria-label', `Save “${title}” as ${format.toUpperCase()}`);
    return save;
  });
  const copy = link('Copy', () => void copyPicture(), `Copy “${title}” as a picture`);
  copy.setAttribute('aria-label', `Copy “${title}” as a picture`);
  const copyPicture = async () => {
    try {
      const picture = formats.png().then((bytes) => new Blob([Uint8Array.from(bytes)], { type: 'image/png' }));
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })]);
      copy.textContent = 'Copied';
    } catch (error) {
      copy.textContent = 'Not copied';
      copy.title = error instanceof Error ? error.message : String(error);
    }
    setTimeout(() => {
      copy.textContent = 'Copy';
    }, 2000);
  };
  const controls = html('div', { class: 'controls' });
  const captionElement = html('p', { class: 'caption' }, caption ?? '');
  const body = html('div', { class: 'body' });
  const element = html(
    'section',
    { class: 'figure', 'data-figure': name, 'aria-label': title },
    html(
      'header',
      {},
      html('h2', {}, title),
      controls,
      html('div', { class: 'saves', role: 'group', 'aria-label': 'Save figure' }, widthChoice(), ...saves, copy),
    ),
    captionElement,
    body,
  );
  return { element, body, controls, caption: captionElement };
}
