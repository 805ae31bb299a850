import { join } from 'node:path';
import { artefactsFolder } from '../paths.ts';
import type { ThemeName } from './themes.ts';
import type { Workbench } from './workbench.ts';

const themes: Readonly<Record<string, ThemeName>> = {
  light: 'Light Modern',
  dark: 'Dark Modern',
  'high-contrast': 'Dark High Contrast',
  'high-contrast-light': 'Light High Contrast',
};

const sizes = {
  wide: { width: 1280, height: 800 },
  narrow: { width: 600, height: 800 },
};

/** Where pictures of the views go: REJUVENATE_SCREENSHOTS, or the cache. */
export const galleryFolder = process.env['REJUVENATE_SCREENSHOTS'] || join(artefactsFolder, 'screenshots');

/**
 * Takes pictures of what the window shows in every theme and at both widths, as `NAME-THEME-SIZE.png`, and leaves the
 * window light and wide.
 *
 * @param settled waits until the view has redrawn itself after a change of theme or size
 * @returns the pictures' paths
 */
export async function takeGallery(workbench: Workbench, name: string, settled: () => Promise<void>): Promise<string[]> {
  const taken: string[] = [];
  for (const [themeName, theme] of Object.entries(themes)) {
    await workbench.setTheme(theme);
    for (const [sizeName, size] of Object.entries(sizes)) {
      await workbench.page.setViewportSize(size);
      await settled();
      taken.push(await workbench.screenshot(galleryFolder, `${name}-${themeName}-${sizeName}`));
    }
    await workbench.page.setViewportSize(sizes.wide);
  }
  await workbench.setTheme('Light Modern');
  return taken;
}
