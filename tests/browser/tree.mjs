// The version tree: a menu for each version, any two compared, plans of earlier versions, branches deleted in every tab, many versions.
import fs from 'node:fs';
import path from 'node:path';
import { withPicture } from './hands.mjs';
import { ROOT, ensure, equal } from './harness.mjs';

const PHOTO = path.join(ROOT, 'tests/fixtures/photos/astronaut.png');
const MANY = 64;

/** `kit`: `check`, `open`, `server`, `shot`, `complaints`, `checks`. */
export async function tree(kit) {
  const session = await withPicture(kit, fs.readFileSync(PHOTO), 'astronaut.png');
  const post = (body) => kit.server.api('POST', `/sessions/${session}/messages?wait=true`, body);
  const step = (op, params) => ({ version: 1, steps: [{ op, params }] });
  await post({ plan: step('crop', { aspect: '3:4' }) });
  await post({ plan: step('flip', { axis: 'horizontal' }) });
  await post({ plan: step('pad', { margin: 24, color: '#2266aa' }) });
  await post({ plan: step('flip', { axis: 'vertical' }), from_version: 2 });
  const page = await kit.open('tree', `/s/${session}`);
  await page.waitForSelector('.version[data-number="5"]');
  await menus(kit, page, session);
  await comparing(kit, page);
  await recomputing(kit, page, session);
  await deleting(kit, page, session);
  await many(kit);
  await page.context().close();
}

const snapshot = (kit, session) => kit.server.api('GET', `/sessions/${session}`);
const numbers = (page) => page.evaluate(() => [...document.querySelectorAll('.version')].map((v) => Number(v.dataset.number)).sort((a, b) => a - b));
const current = (page) => page.evaluate(() => Number(document.querySelector('.version[aria-current="true"]')?.dataset.number));

async function openMenu(page, number) {
  await page.hover(`.version[data-number="${number}"]`);
  await page.locator(`.cell:has([data-number="${number}"]) .version-more`).click();
  await page.waitForSelector('.menu');
}

async function menus({ check, shot }, page) {
  await check('each version has a menu by button, by right click and by keys, and the focus comes back', async () => {
    await openMenu(page, 2);
    await shot(page, 'tree-menu-zh');
    equal(await page.locator('.menu .menu-item').count(), 7, 'entries');
    await page.keyboard.press('Escape');
    await page.click('.version[data-number="3"]', { button: 'right' });
    await page.waitForSelector('.menu');
    await page.keyboard.press('Escape');
    equal(await page.evaluate(() => document.activeElement.dataset.number), '3', 'focus after the right click');
    await page.keyboard.press('Shift+F10');
    await page.waitForSelector('.menu');
    await page.keyboard.press('Escape');
    await page.locator('.tree-tools button').last().click();
    await page.waitForSelector('.menu');
    await page.keyboard.press('Escape');
  });

  await check('arrows follow the lines of descent, and the tree is one stop for the Tab key', async () => {
    await page.focus('.version[data-number="2"]');
    const walk = async (key) => { await page.keyboard.press(key); return page.evaluate(() => Number(document.activeElement.dataset.number)); };
    equal([await walk('ArrowRight'), await walk('ArrowRight'), await walk('ArrowDown'), await walk('ArrowLeft'), await walk('Home'), await walk('End')], [3, 4, 5, 2, 1, 5], 'the way');
    equal(await page.locator('.version[tabindex="0"]').count(), 1, 'stops');
  });

  await check('continuing at an earlier version and editing its plan go by the menu', async () => {
    await openMenu(page, 3);
    await page.locator('.menu .menu-item').nth(1).click();
    await page.waitForFunction(() => document.querySelector('.version[aria-current="true"]')?.dataset.number === '3');
    await openMenu(page, 4);
    await page.locator('.menu .menu-item', { hasText: '编辑方案' }).click();
    await page.waitForSelector('.plan-step[data-op="pad"]');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.plan-editor', { state: 'detached' });
    await openMenu(page, 1);
    equal(await page.locator('.menu .menu-item', { hasText: '编辑方案' }).count(), 0, 'an upload has a plan');
    await page.keyboard.press('Escape');
  });
}

async function comparing({ check, shot }, page) {
  await check('asked for in words, the original and the current version are put onto the canvas', async () => {
    const now = await current(page);
    await page.fill('#instruction', '和原图对比一下');
    await page.press('#instruction', 'Enter');
    await page.waitForSelector('.pair-note');
    await page.waitForSelector('.stage .divider');
    equal(await page.locator('.stage .divider').getAttribute('aria-label'), `左边是第 1 版，右边是第 ${now} 版`, 'the slider');
    await page.locator('.pair-note .icon-button').click();
    await page.waitForSelector('.pair-note', { state: 'hidden' });
  });

  await check('any two versions are compared under the slider, laid over each other', async () => {
    await openMenu(page, 5);
    await page.locator('.menu .menu-item', { hasText: '对比' }).click();
    await page.waitForSelector('.stage-note:not([hidden])');
    await page.click('.version[data-number="4"]');
    await page.waitForSelector('.pair-note');
    await page.waitForSelector('.stage .divider');
    equal(await page.locator('.version[data-pair="true"]').count(), 2, 'marked versions');
    equal(await page.locator('.stage .divider').getAttribute('aria-label'), '左边是第 4 版，右边是第 5 版', 'the slider');
    ensure(await page.evaluate(() => document.querySelectorAll('.sheet img').length === 2), 'one picture only');
    await page.waitForTimeout(400);
    await shot(page, 'tree-pair-zh');
  });

  await check('side by side, both move and zoom together', async () => {
    await page.locator('.pair-note .segmented button').nth(1).click();
    await page.waitForSelector('.sides .side');
    const before = await page.evaluate(() => [...document.querySelectorAll('.side .sheet')].map((sheet) => sheet.style.transform));
    equal(before[0], before[1], 'the two views');
    const box = await page.locator('.side').first().boundingBox();
    await page.mouse.move(box.x + 80, box.y + 200);
    await page.mouse.wheel(0, -240);
    await page.waitForFunction((old) => [...document.querySelectorAll('.side .sheet')].every((sheet) => sheet.style.transform !== old), before[0]);
    await page.mouse.down();
    await page.mouse.move(box.x + 120, box.y + 240, { steps: 3 });
    await page.mouse.up();
    const after = await page.evaluate(() => [...document.querySelectorAll('.side .sheet')].map((sheet) => sheet.style.transform));
    equal(after[0], after[1], 'the two views after zooming');
    await page.waitForTimeout(300);
    await shot(page, 'tree-sides-zh');
    await page.locator('.pair-note > .icon-button').click();
    equal(await page.locator('.sides').count(), 0, 'views left');
  });

  await check('two versions of one line lie over each other through crops and borders', async () => {
    const places = await page.evaluate(async () => {
      const { mapBetween } = await import('/static/js/maps.js');
      const { versions } = await (await fetch(`/api/v1/sessions/${location.pathname.split('/')[2]}/versions`)).json();
      const store = { version: (n) => versions.find((v) => v.number === n) ?? null };
      const at = (from, to, x, y) => { const [a, b, c, d, e, f] = mapBetween(store, store.version(from), store.version(to)); return [a * x + b * y + c, d * x + e * y + f].map(Math.round); };
      return [at(4, 1, 24, 24), at(1, 4, 64, 0), at(3, 3, 7, 9)];
    });
    // 3:4 of 512×512 is 384×512 from x = 64; then mirrored, then a border of 24
    equal(places, [[448, 0], [408, 24], [7, 9]], 'places');
  });
}

async function recomputing(kit, page, session) {
  await kit.check('a changed plan takes what followed along, as a branch of its own', async () => {
    equal(await current(page), 3, 'current');
    await openMenu(page, 2);
    await page.locator('.menu .menu-item', { hasText: '编辑方案' }).click();
    await page.waitForSelector('.plan-editor');
    await page.locator('.plan-row[data-path="steps[0].params.aspect"] input').fill('4:3');
    await page.check('#plan-follow');
    ensure((await page.locator('.plan-follow').innerText()).includes('v3'), 'what follows is not named');
    await page.click('.plan-foot .primary');
    await page.waitForFunction(() => document.querySelectorAll('.version').length === 7 && document.querySelector('#stop').hidden, null, { timeout: 60_000 });
    const { versions, session: now } = await snapshot(kit, session);
    equal(versions.slice(5).map((v) => [v.number, v.parent, v.plan.steps[0].op]), [[6, 1, 'crop'], [7, 6, 'flip']], 'the branch');
    equal([now.current, versions.slice(0, 5).map((v) => v.parent)], [7, [null, 1, 2, 3, 2]], 'current and the old parents');
    await page.waitForTimeout(400);
    await kit.shot(page, 'tree-recomputed-zh');
  });
}

async function deleting(kit, page, session) {
  await kit.check('deleting a branch says how many go, goes everywhere, and cards say so', async () => {
    const second = await kit.open('tree-second', `/s/${session}`);
    await second.waitForSelector('.version[data-number="7"]');
    await page.focus('.version[data-number="2"]');
    await page.keyboard.press('Delete');
    await page.waitForSelector('dialog');
    ensure((await page.locator('dialog').innerText()).includes('共 4 个'), await page.locator('dialog').innerText());
    await kit.shot(page, 'tree-delete-zh');
    await page.locator('dialog .row button').first().click();
    equal(await page.evaluate(() => document.activeElement.dataset.number), '2', 'focus after cancel');
    await page.keyboard.press('Delete');
    await page.click('dialog .danger');
    for (const one of [page, second]) await one.waitForFunction(() => document.querySelectorAll('.version').length === 3);
    equal([await numbers(page), await numbers(second), await current(second)], [[1, 6, 7], [1, 6, 7], 7], 'what is left');
    equal(await second.locator('.gone').count(), 4, 'cards that say so');
    equal((await snapshot(kit, session)).versions.map((v) => v.number), [1, 6, 7], 'on the server');
    await second.context().close();
    kit.checks.current = page;
  });

  await kit.check('where the current version goes, its parent becomes current', async () => {
    await page.focus('.version[data-number="6"]');
    await page.keyboard.press('Delete');
    await page.click('dialog .danger');
    await page.waitForFunction(() => document.querySelectorAll('.version').length === 1);
    equal(await current(page), 1, 'current');
  });
}

async function many(kit) {
  await kit.check(`${MANY} versions in a dozen branches stay usable`, async () => {
    const session = await withPicture(kit, fs.readFileSync(PHOTO), 'astronaut.png');
    const axis = (n) => ({ version: 1, steps: [{ op: 'flip', params: { axis: n % 2 ? 'horizontal' : 'vertical' } }] });
    for (let n = 2; n <= MANY; n += 1) await kit.server.api('POST', `/sessions/${session}/messages?wait=true`, { plan: axis(n), ...(n % 5 === 0 && { from_version: 1 + Math.floor(n / 10) }) });
    const page = await kit.open('tree-many', `/s/${session}`);
    await page.waitForSelector(`.version[data-number="${MANY}"]`);
    await page.locator('.tree-tools button').first().click();
    await page.waitForTimeout(500);
    await kit.shot(page, 'tree-many-zh');
    const seen = await page.evaluate(() => {
      const [tree, shown] = [document.querySelector('.tree'), document.querySelector('.version[aria-current="true"]')].map((e) => e.getBoundingClientRect());
      const cells = [...document.querySelectorAll('.cell')].map((e) => { const r = e.getBoundingClientRect(); return `${Math.round(r.x)} ${Math.round(r.y)}`; });
      return { inside: shown.left >= tree.left && shown.right <= tree.right && shown.top >= tree.top && shown.bottom <= tree.bottom + 1, places: new Set(cells).size, wide: document.documentElement.scrollWidth <= innerWidth };
    });
    equal(seen, { inside: true, places: MANY, wide: true }, 'the current version in sight, no two in one place');
    await page.focus('.version[aria-current="true"]');
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('.canvas-title b').textContent === '第 1 版' || document.querySelector('.stage-note').textContent.includes('第 1 版'));
    await page.context().close();
    kit.checks.current = null;
  });
}
