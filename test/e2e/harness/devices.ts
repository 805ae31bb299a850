import assert from 'node:assert/strict';
import { eventually } from './eventually.ts';
import type { Workbench } from './workbench.ts';

/** Waits until the page of devices, in front, says something. @returns all it says */
export async function devicesSay(workbench: Workbench, pattern: RegExp): Promise<string> {
  let text = '';
  await eventually(async () => {
    text = await workbench.webview.locator('#devices:not([aria-busy])').innerText({ timeout: 2000 });
    assert.match(text, pattern);
  }, 60_000);
  return text;
}
