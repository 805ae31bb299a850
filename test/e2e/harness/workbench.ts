import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { extensionId } from '../extensionId.ts';
import { eventually } from './eventually.ts';
import { type ThemeName, themeClasses } from './themes.ts';

/** How long a person would wait; everything waits for what it needs, so this only bounds a failure. */
const patience = 90_000;

/** Attributes of VS Code hold titles with quotes and backslashes. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** VS Code's window, driven as a person drives it: keys, clicks, and what can be seen. */
export class Workbench {
  readonly #page: () => Page;
  readonly #folder: () => string;

  constructor(page: () => Page, folder: () => string) {
    this.#page = page;
    this.#folder = folder;
  }

  /** The browser's page, for whatever has no method here. */
  get page(): Page {
    return this.#page();
  }

  /** The workspace's folder on disk. */
  get folder(): string {
    return this.#folder();
  }

  /** Waits until the window is drawn. Extensions may still be starting: `runCommand` waits for them. */
  async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench').waitFor({ timeout: patience });
  }

  /** Reloads the window, as "Developer: Reload Window" does. */
  async reload(): Promise<void> {
    const reloaded = this.page.waitForEvent('load', { timeout: patience });
    await this.runCommand('Developer: Reload Window');
    await reloaded;
    await this.ready();
  }

  /** Runs a command from the palette by its full title ("Category: Title"). */
  async runCommand(title: string): Promise<void> {
    await this.findCommand(title);
    await this.pick(title);
  }

  /**
   * Leaves the palette open with a command in it. The palette offers a command only when its `when` clause holds and its
   * extension is known, so this opens it again until the title is there.
   */
  async findCommand(title: string): Promise<void> {
    const until = Date.now() + patience;
    for (;;) {
      if (await this.#offers(`>${title}`, title, 1000)) return;
      if (Date.now() > until) throw new Error(`The palette does not offer "${title}".`);
      await this.closeQuickInput();
    }
  }

  /** Whether the palette offers a command now. Only asked of a window whose extensions have started. */
  async offersCommand(title: string): Promise<boolean> {
    const offered = await this.#offers(`>${title}`, title, 2000);
    await this.closeQuickInput();
    return offered;
  }

  async #offers(query: string, label: string, timeout: number): Promise<boolean> {
    await this.#openPalette(query);
    return this.quickRow(label)
      .waitFor({ timeout })
      .then(
        () => true,
        () => false,
      );
  }

  /**
   * Opens the palette and types into it. A key pressed while one editor gives way to another may reach neither, and an
   * editor that takes the focus then closes the palette again: so the key is pressed until the text is there.
   */
  async #openPalette(query: string): Promise<void> {
    const until = Date.now() + patience;
    for (;;) {
      await this.page.keyboard.press('F1');
      const open = await this.quickInput.fill(query, { timeout: 2000 }).then(
        () => true,
        () => false,
      );
      if (open) return;
      if (Date.now() > until) throw new Error('The palette does not open.');
    }
  }

  /** Where a palette, a quick pick or an input box is typed into. */
  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget .quick-input-box input');
  }

  /** A row of the open quick pick. @param label how its accessible name starts */
  quickRow(label: string): Locator {
    return this.page.locator(`.quick-input-widget .monaco-list-row[aria-label^=${quoted(label)}]`).first();
  }

  /** Chooses a row of the open quick pick. */
  async pick(label: string): Promise<void> {
    await this.quickRow(label).click({ timeout: patience });
  }

  /** Ticks rows of the open list and accepts it. A list that has just opened may miss a click. */
  async tick(...labels: readonly string[]): Promise<void> {
    for (const label of labels) {
      const row = this.quickRow(label);
      const ticked = row.and(this.page.locator('[aria-checked=true]'));
      await eventually(async () => {
        if ((await ticked.count()) > 0) return;
        await row.locator('.monaco-checkbox').click();
        await ticked.waitFor({ timeout: 3000 });
      });
    }
    // The key into the box: a checkbox that kept the focus would take it for a click.
    await this.quickInput.press('Enter');
  }

  /** Answers the open input box. */
  async type(text: string): Promise<void> {
    await this.quickInput.fill(text, { timeout: patience });
    await this.quickInput.press('Enter');
  }

  /**
   * Answers the dialog that asks where to save, which suggests a name. It opens the path's folder before it takes it, and
   * misses a click meanwhile.
   *
   * @param suggested name that it must suggest
   */
  async saveAs(path: string, suggested: string): Promise<void> {
    // What is typed before the name stands there is lost.
    await eventually(async () => {
      const value = await this.quickInput.inputValue({ timeout: 2000 });
      if (!value.endsWith(`/${suggested}`)) throw new Error(`The dialog suggests "${value}", not ${suggested}.`);
    });
    await this.quickInput.fill(path);
    const dialog = this.page.locator('.quick-input-widget');
    await eventually(async () => {
      if (!(await dialog.isVisible())) return;
      await dialog.getByRole('button', { name: 'OK' }).click({ timeout: 2000 });
      await dialog.waitFor({ state: 'hidden', timeout: 3000 });
    });
  }

  async closeQuickInput(): Promise<void> {
    await this.quickInput.press('Escape');
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden', timeout: patience });
  }

  /** Opens a file of the workspace, by its name, in the editor that is its default. */
  async openFile(name: string): Promise<void> {
    await this.#openPalette(name);
    await this.pick(name);
    await this.editorTab(name).waitFor({ timeout: patience });
  }

  /** The tab of an open editor. */
  editorTab(name: string): Locator {
    return this.page.locator(`.tabs-container .tab[data-resource-name=${quoted(name)}]`);
  }

  /** The page inside this extension's webview that can be seen (the inspector, when its editor is in front). */
  get webview(): FrameLocator {
    return this.page
      .locator(`iframe.webview.ready[src*=${quoted(`extensionId=${extensionId}`)}]`)
      .filter({ visible: true })
      .first()
      .contentFrame()
      .frameLocator('iframe#active-frame');
  }

  /** The text of the output panel, which must be open: the lines that can be seen. */
  async outputText(): Promise<string> {
    const lines = await this.page.locator('.panel .output-view .view-line, .output-view .view-line').allInnerTexts();
    return lines.map((line) => line.replaceAll('\u00a0', ' ')).join('\n');
  }

  /** Waits for a line of the output panel. */
  async waitForOutput(pattern: RegExp): Promise<void> {
    const until = Date.now() + patience;
    let seen = '';
    while (Date.now() < until) {
      seen = await this.outputText();
      if (pattern.test(seen)) return;
      await this.page.waitForTimeout(100);
    }
    throw new Error(`The output panel has no line like ${pattern}. It shows:\n${seen}`);
  }

  /** The notification that says this. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast').filter({ hasText: text });
  }

  /** The modal dialog in front. */
  get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  /** An item of the status bar. */
  statusItem(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item').filter({ hasText: text });
  }

  /** A row of a tree in the side bar. @param label how its accessible name starts */
  treeRow(label: string): Locator {
    return this.page.locator(`.sidebar .monaco-list-row[aria-label^=${quoted(label)}]`).first();
  }

  /** Trusts the workspace, from the trust editor. */
  async trustWorkspace(): Promise<void> {
    await this.runCommand('Workspaces: Manage Workspace Trust');
    await this.page.locator('.workspace-trust-editor').getByRole('button', { name: 'Trust', exact: true }).click();
    await this.statusItem('Restricted Mode').waitFor({ state: 'hidden', timeout: patience });
  }

  async setTheme(name: ThemeName): Promise<void> {
    await this.runCommand('Preferences: Color Theme');
    await this.quickInput.fill(name);
    await this.pick(name);
    await this.page.locator(`.monaco-workbench.${themeClasses[name]}`).waitFor({ timeout: patience });
  }

  /** Saves what the window shows. @returns the picture's path */
  async screenshot(folder: string, name: string): Promise<string> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, `${name}.png`);
    await this.page.screenshot({ path, animations: 'disabled' });
    return path;
  }
}
