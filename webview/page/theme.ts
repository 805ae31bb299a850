import { color, interpolateMagma, interpolateViridis, interpolateYlGnBu } from 'd3';

/* The theme of VS Code, and the colours in which figures draw numbers on it. */

/** The theme as colours that numbers are drawn in need it; everything else follows CSS variables by itself. */
export interface Theme {
  readonly dark: boolean;
  readonly highContrast: boolean;
  readonly background: string;
  readonly foreground: string;
}

let known: Theme | undefined;

/** The theme now. Reading it costs a style recalculation, so it is read once until it changes. */
export function currentTheme(): Theme {
  known ??= readTheme();
  return known;
}

function readTheme(): Theme {
  const { classList } = document.body;
  const style = getComputedStyle(document.body);
  const variable = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
  const highContrast = classList.contains('vscode-high-contrast') || classList.contains('vscode-high-contrast-light');
  const dark =
    classList.contains('vscode-dark') ||
    (classList.contains('vscode-high-contrast') && !classList.contains('vscode-high-contrast-light'));
  return {
    dark,
    highContrast,
    background: variable('--vscode-editor-background', dark ? '#1f1f1f' : '#ffffff'),
    foreground: variable('--vscode-editor-foreground', dark ? '#cccccc' : '#3b3b3b'),
  };
}

/** Calls back when the theme changes: VS Code rewrites the body's class and the root's variables. */
export function onThemeChange(callback: () => void): void {
  const observer = new MutationObserver(() => {
    known = undefined;
    callback();
  });
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
}

/**
 * A scale for 0…1 whose low end recedes into the background and whose high end stands out from it, on dark and on
 * light. ColorBrewer's YlGnBu, which people with colour vision deficiency read alike.
 */
export function sequential(t: number, { dark }: Theme): string {
  const at = Math.min(Math.max(t, 0), 1);
  return interpolateYlGnBu(dark ? 1 - at : at);
}

/**
 * For words on the editor's background: as {@link sequential}, without the end that would not stand out as text. In high
 * contrast what is left stands out by at least 6 to 1.
 */
export function sequentialText(t: number, { dark, highContrast }: Theme): string {
  const at = Math.min(Math.max(t, 0), 1);
  if (highContrast) return interpolateViridis(dark ? 0.55 + 0.45 * at : 0.32 * (1 - at));
  return interpolateViridis(dark ? 0.5 + 0.5 * at : 0.6 * (1 - at));
}

/** For backgrounds of running text: 0 is the editor's own background, so that sure tokens stay calm. */
export function highlight(t: number, { dark }: Theme): string {
  const at = Math.min(Math.max(t, 0), 1);
  return interpolateMagma(dark ? 0.12 + 0.78 * at : 1 - 0.72 * at);
}

/** The relative luminance at which black and white are read alike: their contrast, (L + 0.05) / 0.05 and 1.05 / (L + 0.05), is equal. */
const evenLuminance = Math.sqrt(1.05 * 0.05) - 0.05;

/** Black or white, whichever is read better on a colour: at least 4.5 to 1 by https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio. */
export function textOn(background: string): string {
  const { r, g, b } = (color(background) ?? color('white')!).rgb();
  const [red, green, blue] = [r, g, b].map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue! > evenLuminance ? '#000000' : '#ffffff';
}
