import { environmentNames } from './environment.ts';
import type { ThemeName } from './themes.ts';
import type { Workbench } from './workbench.ts';

const themes: Readonly<Record<string, ThemeName>> = {
  light: 'Light Modern',
  dark: 'Dark Modern',
  'high-contrast': 'Dark High Contrast',
  'high-contrast-light': 'Light High Contrast',
};

/** A narrow window leaves a view about 550 pixels, as a split editor does; its side bar is closed. */
const sizes = {
  wide: { width: 1280, height: 800 },
  narrow: { width: 600, height: 800 },
  /** A whole screen. */
  full: { width: 1920, height: 1080 },
} as const;

/** At a whole screen's size a view is shown in one theme, the next in the other: pictures are large, and colours known. */
const fullThemes = ['light', 'dark'] as const;

/** Takes a picture of the window, `NAME.png`, where pictures are asked for (`--screenshots FOLDER`); they prove nothing. */
export async function picture(workbench: Workbench, name: string): Promise<void> {
  const folder = process.env[environmentNames.screenshots];
  if (folder) await workbench.screenshot(folder, name);
}

/** How the window looks for one picture. */
export interface Look {
  readonly view: string;
  readonly theme: ThemeName;
  readonly size: keyof typeof sizes;
}

/**
 * Shows views in every theme at two widths and in one on a whole screen, takes pictures of them where those are asked for,
 * as `VIEW-THEME-SIZE.png`, and leaves the window light and wide.
 *
 * @param views each view's name and how it is brought to the front
 * @param settled waits until the view has redrawn itself; may check what it shows
 */
export async function takeGallery(
  workbench: Workbench,
  views: Readonly<Record<string, () => Promise<void>>>,
  settled: (look: Look) => Promise<void>,
): Promise<void> {
  const named = Object.entries(views);
  const take = async (size: keyof typeof sizes, themeName: string, shown: typeof named) => {
    const theme = themes[themeName]!;
    await workbench.setTheme(theme);
    for (const [view, show] of shown) {
      await show();
      await settled({ view, theme, size });
      await picture(workbench, `${view}-${themeName}-${size}`);
    }
  };
  for (const size of ['wide', 'narrow'] as const) {
    await workbench.page.setViewportSize(sizes[size]);
    if (size === 'narrow') await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
    for (const themeName of Object.keys(themes)) await take(size, themeName, named);
  }
  await workbench.page.setViewportSize(sizes.full);
  await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
  for (const [turn, themeName] of fullThemes.entries()) {
    await take(
      'full',
      themeName,
      named.filter((_, i) => i % fullThemes.length === turn),
    );
  }
  await workbench.page.setViewportSize(sizes.wide);
  await workbench.setTheme('Light Modern');
}
