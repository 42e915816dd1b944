// Who can use the page: no serious finding of axe-core on any screen, in both themes, both languages and on a phone; focus order and return; what is read aloud; first paint.
import fs from 'node:fs';
import path from 'node:path';
import { startMarking, withPicture } from './hands.mjs';
import { ROOT, ensure, equal } from './harness.mjs';
import { findings } from './looks.mjs';

const PHOTO = path.join(ROOT, 'tests/fixtures/photos/astronaut.png');
const LOOKS = [
  { name: 'light zh', lang: 'zh-CN' }, { name: 'dark en', lang: 'en-US', dark: true },
  { name: 'phone light en', lang: 'en-US', width: 390, height: 844, touch: true }, { name: 'phone dark zh', lang: 'zh-CN', width: 390, height: 844, touch: true, dark: true },
];

/** `kit`: `check`, `open`, `server`, `shot`, `complaints`, `checks`. */
export async function reach(kit) {
  const session = await conversation(kit);
  for (const look of LOOKS) await screens(kit, session, look);
  await focus(kit, session);
  await aloud(kit, session);
  await paint(kit, session);
}

/** A session with cards, a question, a failure, two branches and a message with two pictures. */
async function conversation(kit) {
  const session = await withPicture(kit, fs.readFileSync(PHOTO), 'astronaut.png');
  const post = (body) => kit.server.api('POST', `/sessions/${session}/messages?wait=true`, body);
  await post({ plan: { version: 1, steps: [{ op: 'redact', params: { target: { kind: 'face' } } }, { op: 'crop', params: { aspect: '3:4' } }] } });
  await post({ plan: { version: 1, steps: [{ op: 'crop', params: { box: [5000, 5000, 10, 10] } }] } }).catch(() => {});
  await post({ plan: { version: 1, steps: [{ op: 'flip', params: { axis: 'horizontal' } }] }, from_version: 1 });
  const images = [];
  for (const name of ['coffee.jpg', 'rocket.jpg']) {
    const form = new FormData();
    form.append('image', new Blob([fs.readFileSync(path.join(ROOT, 'static/samples', name))]), name);
    images.push((await (await fetch(`${kit.server.url}/api/v1/images`, { method: 'POST', body: form })).json()).id);
  }
  await post({ text: '裁成1:1', images });
  await post({ text: '换个背景' });
  return session;
}

const settle = (page) => page.waitForTimeout(350);

async function screens({ check, open, shot, checks }, session, look) {
  const phone = Boolean(look.touch);
  let page = await open(`reach ${look.name}`, '/', look);
  const clear = (screen, prepare) => check(`${look.name}: ${screen} keeps nobody out`, async () => {
    await prepare?.();
    await settle(page);
    equal(await findings(page), [], 'findings');
  });
  await page.waitForSelector('.example');
  await clear('the start screen');
  await page.context().close();
  page = await open(`reach ${look.name}`, `/s/${session}`, look);
  await page.waitForSelector('.edit-plan');
  const canvas = async () => { if (phone) await page.click('[data-view-choice="canvas"]'); await page.waitForSelector('.stage:visible'); };
  const chat = async () => { if (phone) await page.click('[data-view-choice="chat"]'); };
  await clear('the conversation', () => page.waitForSelector('.group'));
  await clear('the canvas with the menu of a version', async () => { await canvas(); await page.locator('.tree-tools button').last().click(); await page.waitForSelector('.menu'); });
  await clear('two versions side by side', async () => {
    await page.locator('.menu .menu-item').nth(2).click();
    await page.click('.version[data-number="1"]');
    await page.locator('.pair-note .segmented button').nth(1).click();
    await page.waitForSelector('.sides');
    await settle(page);
    await shot(page, `reach-sides-${look.name.replaceAll(' ', '-')}`);
  });
  await clear('the mask tool', async () => { await page.locator('.pair-note > .icon-button').click(); await startMarking(page); });
  await clear('the dialog before a branch is deleted', async () => {
    await page.locator('.mask-out button').last().click();
    await page.focus('.version[tabindex="0"]');
    await page.keyboard.press('Delete');
    await page.waitForSelector('dialog');
  });
  await clear('the plan editor', async () => {
    await page.keyboard.press('Escape');
    await chat();
    await page.locator('.edit-plan').first().click();
    await page.waitForSelector('.plan-editor');
    await page.evaluate(() => { for (const details of document.querySelectorAll('.plan-more')) details.open = true; });
    await settle(page);
    await shot(page, `reach-plan-${look.name.replaceAll(' ', '-')}`);
  });
  await clear('the JSON of a plan', () => page.click('[data-view="json"]'));
  await clear('the list of sessions with its dialog', async () => {
    await page.keyboard.press('Escape');
    await page.waitForSelector('.plan-editor', { state: 'detached' });
    if (phone) await page.click('#drawer-open');
    await page.locator('.session[data-current="true"]').hover();
    await page.locator('.session[data-current="true"] .icon-button').click();
    await page.locator('.menu .menu-item').first().click();
    await page.waitForSelector('dialog');
  });
  await page.context().close();
  checks.current = null;
}

async function focus({ check, open, checks }, session) {
  await check('the Tab key goes through the page in the order in which one reads it, and a dialog gives the focus back', async () => {
    const page = await open('focus', `/s/${session}`);
    await page.waitForSelector('.version');
    const regions = [];
    await page.evaluate(() => document.activeElement?.blur());
    for (let i = 0; i < 300; i += 1) {
      await page.keyboard.press('Tab');
      const region = await page.evaluate(() => document.activeElement?.closest('nav.sidebar, main, form.composer, section.canvas')?.id ?? null);
      if (region && regions.at(-1) !== region) regions.push(region);
      if (regions.length === 4) break;
    }
    equal(regions, ['sidebar', 'conversation', 'composer', 'canvas'], 'the regions');
    const opener = page.locator('.edit-plan').first();
    await opener.focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('.plan-editor');
    ensure(await page.evaluate(() => document.activeElement.id === 'plan-title'), 'the editor did not take the focus');
    await page.keyboard.press('Escape');
    ensure(await opener.evaluate((button) => button === document.activeElement), 'the focus did not come back');
    await page.focus('.version[tabindex="0"]');
    await page.keyboard.press('Delete');
    await page.waitForSelector('dialog');
    ensure(await page.evaluate(() => document.activeElement.closest('dialog')), 'the dialog did not take the focus');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.activeElement.classList.contains('version'));
    await page.context().close();
    checks.current = null;
  });
}

async function aloud({ check, open, checks }, session) {
  await check('what happens is read aloud once: the step, the end, a change of version', async () => {
    const page = await open('aloud', `/s/${session}`);
    await page.waitForSelector('.version');
    await page.evaluate(() => { window.heard = []; new MutationObserver(() => window.heard.push(document.querySelector('#announcer').textContent)).observe(document.querySelector('#announcer'), { childList: true, characterData: true, subtree: true }); });
    await page.fill('#instruction', '水平翻转');
    await page.press('#instruction', 'Enter');
    await page.waitForFunction(() => window.heard.some((words) => words.startsWith('完成')));
    await page.click('.canvas-bar button:nth-child(1)');
    await page.waitForFunction(() => window.heard.some((words) => words.startsWith('当前是')));
    const heard = await page.evaluate(() => window.heard);
    equal(new Set(heard).size, heard.length, `said twice: ${heard.join(' | ')}`);
    await page.context().close();
    checks.current = null;
  });
}

/** Figures for docs/FIGURES.md; the weight is a promise, times are not. */
async function paint({ check, open, checks }, session) {
  await check('the page without pictures weighs at most 150 kB; figures of weight and first paint', async () => {
    for (const [name, route, ready] of [['start', '/', '.example'], ['session', `/s/${session}`, '.version']]) {
      const times = [];
      let weight;
      for (let i = 0; i < 5; i += 1) {
        const page = await open(`paint ${name}`, route);
        await page.waitForSelector(ready);
        await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length);
        times.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime));
        weight = await page.evaluate(() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].filter((e) => !/\/samples\/|\/preview|\/content|\/api\//.test(e.name))
          .reduce(([plain, sent, files], e) => [plain + e.decodedBodySize, sent + e.encodedBodySize, files + 1], [0, 0, 0]));
        await page.context().close();
      }
      times.sort((a, b) => a - b);
      const [plain, sent, files] = weight;
      console.log(`# ${name}: ${files} files, ${plain} bytes, ${sent} as sent; first paint ${times.map((ms) => Math.round(ms)).join(' ')} ms (median ${Math.round(times[2])})`);
      ensure(sent <= 150_000 && (name !== 'start' || plain <= 150_000), `${plain} bytes, ${sent} as sent`);
    }
    checks.current = null;
  });
}
