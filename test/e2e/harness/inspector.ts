import type { FrameLocator, Locator } from 'playwright-core';
import type { Workbench } from './workbench.ts';

/** The inspector in front, as a person reads and uses it. */
export class InspectorPage {
  readonly #workbench: Workbench;

  constructor(workbench: Workbench) {
    this.#workbench = workbench;
  }

  get #frame(): FrameLocator {
    return this.#workbench.webview;
  }

  /** Waits until a record is drawn. */
  async ready(timeout = 30_000): Promise<void> {
    await this.#frame.locator('header.title h1').waitFor({ timeout });
  }

  async showTab(
    name: 'Overview' | 'Heatmap' | 'Attribution' | 'Overlap' | 'Tokens' | 'Entropy' | 'Sweep' | 'Neuron' | 'Logit',
  ): Promise<void> {
    await this.#frame.locator('vscode-tab-header', { hasText: name }).click();
  }

  /** A cell of the heatmap, by how its accessible name starts: `Layer 1 gate_proj`, `Whole model`. */
  cell(name: string): Locator {
    return this.#frame.locator(`[role=gridcell][aria-label^="${name}:"]`);
  }

  /** Neurons reset in each cell, by its name, as a screen reader reads them. */
  async cells(): Promise<Map<string, number>> {
    const labels = await this.#frame
      .locator('[role=gridcell]')
      .evaluateAll((cells) => cells.map((cell) => cell.getAttribute('aria-label') ?? ''));
    return new Map(
      labels.map((label) => {
        const match = /^(.*): ([\d,]+) of [\d,]+ neurons reset/.exec(label);
        return [match?.[1] ?? label, Number(match?.[2]?.replaceAll(',', ''))];
      }),
    );
  }

  /** Sets rho by typing it, in percent. */
  async typeRho(percent: number): Promise<void> {
    const field = this.#frame.getByRole('textbox', { name: 'rho in percent' });
    await field.fill(String(percent));
    await field.press('Enter');
  }

  /** The slider, as assistive technology sees it. */
  get slider(): Locator {
    return this.#frame.getByRole('slider', { name: /^rho/ });
  }

  button(name: string): Locator {
    return this.#frame.getByRole('button', { name });
  }

  /** Anything on the page. */
  find(selector: string, options?: Parameters<FrameLocator['locator']>[1]): Locator {
    return this.#frame.locator(selector, options);
  }

  async text(): Promise<string> {
    return this.#frame.locator('body').innerText();
  }
}
