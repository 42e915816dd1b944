// What the tests of batches do with their hands: files to give, a new batch, and waiting for its items.
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './harness.mjs';

export const SAMPLES = ['allium', 'alps', 'astronaut', 'chelsea', 'coffee', 'rocket'];
export const JOB_MS = 90_000;

export const sample = (name) => fs.readFileSync(path.join(ROOT, `static/samples/${name}.jpg`));
export const file = (name, buffer) => ({ name, mimeType: 'image/jpeg', buffer });

export const idOf = (page) => new URL(page.url()).pathname.slice(3);
export const batchOf = (kit, page) => kit.server.api('GET', `/batches/${idOf(page)}`);
export const itemsOf = async (kit, id) => (await kit.server.api('GET', `/batches/${id}/items?limit=1000`)).items;
export const begun = (page) => page.waitForURL(/\/b\/bat_/, { timeout: JOB_MS });
export const state = (page, name, n) => page.waitForFunction(([state, count]) => document.querySelectorAll(`.batch-item[data-state="${state}"]`).length === count, [name, n], { timeout: JOB_MS });
export const ended = (page) => page.waitForFunction(() => document.querySelector('.batch-bar')?.getAttribute('aria-valuenow') === '100' && document.querySelector('.batch-upload').hidden, null, { timeout: JOB_MS });

export async function fresh(page) {
  await page.evaluate(() => { const shelf = document.querySelector('#shelf-batches'); shelf.open = true; });
  await page.locator('#shelf-batches a[href$="/b/new"]').click();
  await page.waitForSelector('.batch-new');
}
