import { html, link } from '../page/dom.ts';
import { currentTheme } from '../page/theme.ts';
import { pngFile, svgFile } from './picture.ts';

/* The frame that every figure has: title, controls, caption, and buttons that save it as SVG, PNG and CSV. */

export interface FileSaver {
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
    const { svg, done } = drawing();
    try {
      return svgFile(svg, currentTheme().background);
    } finally {
      done?.();
    }
  };
  const formats = {
    svg: () => text.encode(vector()),
    png: () => pngFile(vector()),
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
      html('div', { class: 'saves', role: 'group', 'aria-label': 'Save figure' }, ...saves),
    ),
    captionElement,
    body,
  );
  return { element, body, controls, caption: captionElement };
}
