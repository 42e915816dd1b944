// Drives the real server through Chromium as a person would: node tests/browser/run.mjs [basics|newcomer|masks|placing|repairing|plans|tree|several|formats|recipes|batches|reach|apidocs|accounts] (needs PORTICO_MODELS, or models beside the binary).
import fs from 'node:fs';
import path from 'node:path';
import { Checks, Complaints, OUTPUT, ROOT, Server, decode, difference, ensure, equal, launch } from './harness.mjs';
import { accounts } from './accounts.mjs';
import { apidocs } from './apidocs.mjs';
import { batches } from './batches.mjs';
import { masks } from './masks.mjs';
import { newcomer } from './newcomer.mjs';
import { placing } from './placing.mjs';
import { plans } from './plans.mjs';
import { reach } from './reach.mjs';
import { recipes } from './recipes.mjs';
import { repairing } from './repairing.mjs';
import { several } from './several.mjs';
import { formats } from './formats.mjs';
import { tree } from './tree.mjs';

const PHOTO = path.join(ROOT, 'tests/fixtures/photos/astronaut.png');
const INSTRUCTION = '去掉背景，换成白色，裁成1:1，导出PNG';
// any of these leaves something open; the first that the planner asks about is used
const OPEN_INSTRUCTIONS = ['换个背景', '把背景换掉', '改一下颜色', '把它弄好看一点', 'change the background', 'make it nicer'];
const JOB_MS = 60_000;

fs.mkdirSync(OUTPUT, { recursive: true });
const server = new Server();
const checks = new Checks();
const complaints = new Complaints();
const check = (name, task) => checks.check(name, task);
let browser;

async function open(name, route, { lang = 'zh-CN', width = 1440, height = 900, touch = false, dark = false, prepare = null } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, locale: lang, colorScheme: dark ? 'dark' : 'light', hasTouch: touch, isMobile: touch, acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await complaints.watch(page, name);
  await prepare?.(page);
  await page.goto(server.url + route);
  await page.waitForFunction(() => document.querySelector('#composer-note') && document.querySelector('#instruction').placeholder);
  checks.current = page;
  return page;
}

const shot = (page, name) => page.screenshot({ path: path.join(OUTPUT, `${name}.png`) });
const write = async (page, text) => { await page.fill('#instruction', text); await page.press('#instruction', 'Enter'); };
const settled = (page, count) => page.waitForFunction((n) => document.querySelectorAll('article.card[data-state="succeeded"]').length >= n && document.querySelector('#stop').hidden, count, { timeout: JOB_MS });
const sessionId = (page) => new URL(page.url()).pathname.replace('/s/', '');
const snapshot = (page) => server.api('GET', `/sessions/${sessionId(page)}`);
const noSideways = async (page, what) => ensure(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth && document.body.scrollWidth <= innerWidth), `${what} scrolls sideways`);

/** What a person sees of a session, to compare two views of it. */
const seen = (page) => page.evaluate(() => ({
  messages: [...document.querySelectorAll('.message')].map((m) => m.dataset.id),
  states: [...document.querySelectorAll('[data-state][data-job]')].map((card) => card.dataset.state),
  versions: [...document.querySelectorAll('.version')].map((v) => `${v.dataset.number}${v.getAttribute('aria-current') === 'true' ? '*' : ''}`),
  title: document.title,
}));
const sameSoon = async (page, wanted) => {
  await page.waitForFunction((text) => JSON.stringify([...document.querySelectorAll('.version')].map((v) => `${v.dataset.number}${v.getAttribute('aria-current') === 'true' ? '*' : ''}`)) === text, JSON.stringify(wanted.versions));
  equal(await seen(page), wanted, 'what the page shows');
};

async function firstEdit() {
  const page = await open('main', '/');
  const previews = [];
  page.on('websocket', (socket) => {
    let meta = null;
    socket.on('framereceived', ({ payload }) => {
      if (typeof payload === 'string') { const event = JSON.parse(payload); if (event.type === 'step.preview') meta = event; } else if (meta) previews.push({ ...meta, bytes: payload.subarray(16) });
    });
  });

  await check('the start screen says what it is, shows six examples and the privacy line', async () => {
    equal(await page.locator('.example').count(), 6, 'examples');
    ensure((await page.locator('#start .privacy').innerText()).includes('一切都留在这台机器上'), 'the privacy line is missing');
    await page.waitForFunction(() => [...document.querySelectorAll('.example img')].every((image) => image.complete && image.naturalWidth > 0));
    await shot(page, 'start-zh');
  });

  await check('a picture is shown at once and an instruction appears exactly once', async () => {
    await page.setInputFiles('#file-input', PHOTO);
    await page.waitForSelector('.tile');
    await page.waitForSelector('.tile[data-state="ready"]');
    // frame by frame: how many bubbles there ever were
    await page.evaluate(() => { window.mostBubbles = 0; const count = () => { window.mostBubbles = Math.max(window.mostBubbles, document.querySelectorAll('.from-user').length); requestAnimationFrame(count); }; count(); });
    await page.evaluate(() => new MutationObserver(() => { if (document.querySelector('.run-preview img:not(.source)')) window.previewSeen = true; }).observe(document.querySelector('#messages'), { childList: true, subtree: true }));
    await write(page, INSTRUCTION);
    await page.waitForSelector('.from-user');
    await page.waitForURL(/\/s\//);
  });

  await check('the selection arrives as the first preview and differs from the photo and from the result', async () => {
    await settled(page, 1);
    ensure(previews.length >= 1, 'no preview came');
    ensure(previews.every((preview) => preview.bytes.length <= 100_000), 'a preview is too heavy');
    ensure(await page.evaluate(() => window.previewSeen === true), 'no preview was shown');
    const { versions } = await snapshot(page);
    const first = await decode(page, previews[0].bytes, previews[0].mime);
    for (const { number, image } of versions) {
      const far = difference(first, await decode(page, image.url));
      ensure(far > 5, `the first preview differs from version ${number} by ${far} only`);
    }
  });

  await check('the result is square, on white, with its steps ticked', async () => {
    const { session, versions, messages } = await snapshot(page);
    equal([versions.length, session.current], [2, 2], 'versions and current');
    equal(await page.evaluate(() => window.mostBubbles), 1, 'bubbles at most');
    equal(messages.filter((m) => m.role === 'user').length, 1, 'user messages');
    const { image } = versions[1];
    equal(image.width, image.height, 'the sides');
    const picture = await decode(page, image.url, 'image/png', [[2, 2], [image.width - 3, 2]]);
    for (const [r, g, b, a] of picture.at) ensure(Math.min(r, g, b) >= 250 && a === 255, `a corner is ${[r, g, b, a]}`);
    ensure((await page.locator('.done-word').count()) >= 3, 'the steps are not listed');
    await page.waitForFunction(() => document.querySelector('.sheet img')?.naturalWidth > 0);
    await page.waitForTimeout(300);
    await shot(page, 'done-zh');
  });
  return page;
}

async function followUps(page) {
  await check('a follow-up crops the last result to 3:4', async () => {
    await write(page, '再裁成3:4');
    await settled(page, 2);
    const { session, versions } = await snapshot(page);
    equal([versions.length, session.current, versions[2].parent], [3, 3, 2], 'versions, current, parent');
    const { width, height } = versions[2].image;
    ensure(Math.abs(width - (height * 3) / 4) <= 1, `${width}×${height} is not 3:4`);
    await page.waitForFunction(() => document.querySelector('.version[aria-current="true"]')?.dataset.number === '3');
  });

  await check('undo and redo move the current version, on the canvas and by word', async () => {
    await page.click('.canvas-bar button:nth-child(1)');
    await page.waitForFunction(() => document.querySelector('.version[aria-current="true"]')?.dataset.number === '2');
    equal((await snapshot(page)).session.current, 2, 'current after undo');
    await page.click('.canvas-bar button:nth-child(2)');
    await page.waitForFunction(() => document.querySelector('.version[aria-current="true"]')?.dataset.number === '3');
    await write(page, '撤销');
    await page.waitForFunction(() => document.querySelector('.version[aria-current="true"]')?.dataset.number === '2');
    equal((await snapshot(page)).session.current, 2, 'current after the word');
    ensure((await page.locator('.canvas-title').innerText()).includes('第 2 版'), 'the canvas shows another version');
  });

  await check('the slider moves by key and by pointer', async () => {
    const slider = page.locator('article.card .divider').last();
    await slider.focus();
    const before = Number(await slider.getAttribute('aria-valuenow'));
    await page.keyboard.press('ArrowRight');
    equal(Number(await slider.getAttribute('aria-valuenow')), before + 2, 'after one key');
    const box = await page.locator('article.card .compare').last().boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    ensure(Math.abs(Number(await slider.getAttribute('aria-valuenow')) - 75) <= 2, 'the pointer was not followed');
  });

  await check('the download is the version, pixel for pixel', async () => {
    const { versions } = await snapshot(page);
    const { image } = versions[1];
    await page.locator('.canvas-bar button').last().click();
    await page.waitForFunction(() => [...document.querySelectorAll('.menu a .note')].every((note) => /\d/.test(note.textContent)));
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.menu a', { hasText: 'PNG' }).last().click()]);
    ensure(/\.png$/.test(download.suggestedFilename()), `the file is called ${download.suggestedFilename()}`);
    const bytes = fs.readFileSync(await download.path());
    ensure(bytes.subarray(0, 4).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47])), 'the file is no PNG');
    const [file, api] = [await decode(page, bytes), await decode(page, image.url)];
    equal([file.width, file.height, file.hash], [image.width, image.height, api.hash], 'size and pixels');
  });

  await check('a reload shows the same', async () => {
    const before = await seen(page);
    await page.reload();
    await sameSoon(page, before);
  });

  await check('a second tab shows the same, and what happens in the first', async () => {
    const second = await open('second', new URL(page.url()).pathname);
    await sameSoon(second, await seen(page));
    await write(page, '水平翻转');
    await settled(page, 3);
    await settled(second, 3);
    await sameSoon(second, await seen(page));
    await second.context().close();
    checks.current = page;
  });

  await check('looking at an older version and continuing there makes a sibling', async () => {
    await page.click('.version[data-number="1"]');
    await page.waitForSelector('.stage-note:not([hidden])');
    await write(page, '裁成3:4');
    await settled(page, 4);
    const { versions } = await snapshot(page);
    equal(versions.at(-1).parent, 1, 'the parent');
    await page.waitForTimeout(300);
    await shot(page, 'tree-zh');
  });
}

async function keys(page) {
  await check('Shift+Enter breaks the line, a composing Enter does not send, arrow-up edits the last instruction', async () => {
    const before = (await snapshot(page)).messages.length;
    await page.fill('#instruction', '第一行');
    await page.press('#instruction', 'Shift+Enter');
    await page.keyboard.type('x');
    equal(await page.inputValue('#instruction'), '第一行\nx', 'the text');
    await page.evaluate(() => document.querySelector('#instruction').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true })));
    equal(await page.inputValue('#instruction'), '第一行\nx', 'the text while composing');
    await page.fill('#instruction', '');
    await page.press('#instruction', 'ArrowUp');
    equal(await page.inputValue('#instruction'), '裁成3:4', 'the last instruction');
    ensure(await page.locator('#composer-note').isVisible(), 'nothing says which version it starts from');
    await page.press('#instruction', 'Escape');
    await page.fill('#instruction', '');
    equal((await snapshot(page)).messages.length, before, 'messages');
  });

  await check('pictures are taken from a paste and from a drop anywhere, with progress, and removed', async () => {
    for (const type of ['paste', 'drop']) {
      await page.evaluate(async (kind) => {
        const data = new DataTransfer();
        data.items.add(new File([await (await fetch('/static/samples/coffee.jpg')).blob()], `${kind}.jpg`, { type: 'image/jpeg' }));
        const init = { bubbles: true, cancelable: true };
        document.body.dispatchEvent(kind === 'paste' ? new ClipboardEvent('paste', { ...init, clipboardData: data }) : new DragEvent('drop', { ...init, dataTransfer: data }));
      }, type);
    }
    await page.waitForFunction(() => document.querySelectorAll('.tile[data-state="ready"]').length === 2);
    for (let left = 2; left > 0; left -= 1) await page.locator('.tile .remove').first().click();
    equal(await page.locator('.tile').count(), 0, 'tiles');
  });

  await check('stop answers in the same frame and the job ends', async () => {
    await write(page, '去掉背景');
    await page.waitForSelector('#stop:visible');
    const said = await page.evaluate(() => { document.querySelector('#stop').click(); return document.querySelector('.run-foot')?.textContent ?? 'over'; });
    ensure(said === 'over' || said.includes('正在停止'), `the card says ${said}`);
    await page.waitForFunction(() => document.querySelector('#stop').hidden, null, { timeout: JOB_MS });
    ensure(['cancelled', 'succeeded'].includes((await snapshot(page)).jobs.at(-1).state), 'the job did not end');
  });
}

async function questions(page) {
  await check('an open instruction is asked about, and an option answers it', async () => {
    let text = null;
    for (const candidate of OPEN_INSTRUCTIONS) {
      const reading = await server.api('POST', '/plan', { instruction: candidate, context: { attached: 0, versions: 2 } });
      if (reading.question?.options?.length) { text = candidate; break; }
    }
    ensure(text, 'the planner asks about none of the open instructions');
    await write(page, text);
    await page.waitForSelector('.question .option:not([disabled])');
    await shot(page, 'question-zh');
    const { versions } = await snapshot(page);
    await page.locator('.question .option:not([disabled])').first().click();
    await page.waitForFunction(() => document.querySelector('.question .option[aria-pressed="true"]') && document.querySelector('#stop').hidden && document.querySelector('.message:last-child [data-state]'), null, { timeout: JOB_MS });
    const after = await snapshot(page);
    ensure(after.messages.find((m) => m.question)?.question.answered !== null, 'the question is still open');
    ensure(after.versions.length >= versions.length, 'versions were lost');
  });
}

async function errors(page) {
  await check('a file that is no picture is explained, and words and other pictures stay', async () => {
    await complaints.allow(/status of 4\d\d .*\/api\/v1\/images/, async () => {
      await page.fill('#instruction', '裁成1:1');
      await page.setInputFiles('#file-input', { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('this is not a picture') });
      await page.waitForSelector('.tile[data-state="failed"]');
      await page.setInputFiles('#file-input', PHOTO);
      await page.waitForSelector('.tile[data-state="ready"]');
    });
    const words = await page.locator('.tray .failure').innerText();
    ensure(/\p{Script=Han}/u.test(words), `the message is not Chinese: ${words}`);
    ensure(/req_/.test(words), 'there is no request id');
    await page.press('#instruction', 'Enter');
    equal(await page.inputValue('#instruction'), '裁成1:1', 'the words');
    equal(await page.locator('.tile').count(), 2, 'the pictures');
    await shot(page, 'unreadable-zh');
    await page.locator('.tile[data-state="failed"] .remove').click();
    await page.locator('.tile .remove').click();
    equal(await page.inputValue('#instruction'), '裁成1:1', 'the words after removing');
    await page.fill('#instruction', '');
  });

  await check('an instruction with no picture is answered and nothing breaks', async () => {
    const fresh = await open('empty', '/');
    await write(fresh, '裁成1:1');
    await fresh.waitForSelector('.from-portico, #composer-note .failure');
    await fresh.context().close();
    checks.current = page;
  });
}

async function looks(page) {
  const route = new URL(page.url()).pathname;

  await check('the page is wholly Chinese or wholly English, switches in place and remembers', async () => {
    const start = await open('languages', '/', { lang: 'en-US' });
    const han = () => start.evaluate(() => { const copy = document.body.cloneNode(true); copy.querySelectorAll('#lang-switch, #session-list, noscript').forEach((e) => e.remove()); const labels = [...copy.querySelectorAll('[aria-label],[title],[placeholder]')].flatMap((e) => [e.getAttribute('aria-label'), e.title, e.placeholder]); return (copy.textContent + labels.join(' ')).match(/\p{Script=Han}+/gu) ?? []; });
    equal(await start.evaluate(() => document.documentElement.lang), 'en', 'the language by the browser');
    equal(await han(), [], 'Chinese on the English page');
    await shot(start, 'start-en');
    await start.click('[data-lang="zh"]');
    await start.waitForFunction(() => document.documentElement.lang === 'zh-CN');
    const english = await start.evaluate(() => { const copy = document.body.cloneNode(true); copy.querySelectorAll('#lang-switch, #session-list, noscript').forEach((e) => e.remove()); return copy.textContent.match(/[A-Za-z]{4,}/g) ?? []; });
    equal(english.filter((word) => !['Portico', 'Enter', 'Shift'].includes(word)), [], 'English on the Chinese page');
    await start.reload();
    await start.waitForFunction(() => document.documentElement.lang === 'zh-CN');
    equal(await start.evaluate(async () => /<html lang="zh/.test(await (await fetch('/')).text())), true, 'the server renders the chosen language');
    await start.context().close();
  });

  await check('dark follows the system, the switch wins and is remembered', async () => {
    const dark = await open('dark', route, { dark: true });
    const brightness = () => dark.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0) / 3);
    ensure((await brightness()) < 80, 'the dark page is bright');
    await dark.waitForSelector('.version');
    await dark.waitForTimeout(400);
    await shot(dark, 'session-dark-zh');
    await dark.click('[data-theme-choice="light"]');
    await dark.reload();
    ensure((await brightness()) > 200, 'the choice of light was forgotten');
    await dark.context().close();
  });

  await check('at 390 px nothing scrolls sideways and chat and canvas are tabs', async () => {
    const phone = await open('phone', '/', { width: 390, height: 844, touch: true, dark: true, lang: 'en-US' });
    await noSideways(phone, 'the start screen');
    await shot(phone, 'start-390-dark-en');
    await phone.goto(server.url + route);
    await phone.waitForSelector('.message');
    await noSideways(phone, 'the conversation');
    await phone.waitForTimeout(400);
    await shot(phone, 'chat-390-dark-en');
    await phone.tap('[data-view-choice="canvas"]');
    await phone.waitForSelector('.stage:visible');
    await noSideways(phone, 'the canvas');
    await phone.waitForTimeout(400);
    await shot(phone, 'canvas-390-dark-en');
    const small = await phone.evaluate(() => [...document.querySelectorAll('button, a')].filter((e) => e.offsetParent && !e.closest('.canvas .backdrops')).map((e) => [e.getBoundingClientRect(), e.title || e.textContent.trim()]).filter(([r]) => r.width > 0 && r.height < 40).map(([r, name]) => `${name} ${Math.round(r.height)}`));
    equal(small, [], 'touch targets that are too small');
    await phone.tap('#drawer-open');
    await phone.waitForTimeout(300);
    await noSideways(phone, 'the drawer');
    await phone.context().close();
    checks.current = page;
  });

  await check('the page weighs at most 150 kB without pictures and uncompressed; the canvas tools come on first use', async () => {
    const light = await open('light', '/');
    await light.waitForSelector('.example');
    const parts = await light.evaluate(() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].filter((e) => !/\/samples\/|\/preview/.test(e.name)).map((e) => [e.name, e.decodedBodySize]));
    const total = parts.reduce((sum, [, bytes]) => sum + bytes, 0);
    ensure(total > 10_000 && total <= 150_000, `${total} bytes`);
    ensure(!parts.some(([name]) => /\/mask|\/placing[/.](?!js$)/.test(name)), 'a tool of the canvas is loaded before it is used');
    await light.context().close();
    checks.current = page;
  });

  await check('every control has a name', async () => {
    const nameless = await page.evaluate(() => [...document.querySelectorAll('button, a[href], input:not([type=file]), textarea, [role=slider]')].filter((e) => e.offsetParent && !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.[0]?.textContent.trim())).map((e) => e.outerHTML.slice(0, 120)));
    equal(nameless, [], 'controls without a name');
  });
}

async function drops(page) {
  await check('a dropped connection is said, mended by itself, and nothing is missed', async () => {
    let down = false;
    const lines = new Set();
    const torn = await open('torn', new URL(page.url()).pathname, { prepare: async (p) => {
      await p.routeWebSocket(/\/ws\?/, (socket) => {
        if (down) { socket.close(); return; }
        socket.connectToServer();
        lines.add(socket);
      });
      await p.route(/\/api\/v1\//, (route) => (down ? route.abort() : route.continue()));
    } });
    await torn.waitForSelector('.version');
    const before = await seen(torn);
    await complaints.allow(/torn: .*(ERR_FAILED|WebSocket)/, async () => {
      down = true;
      for (const line of lines) line.close();
      await torn.waitForSelector('#banner:not([hidden])');
      await shot(torn, 'lost-zh');
      await server.api('POST', `/sessions/${sessionId(page)}/messages?wait=true`, { text: '顺时针旋转90度' });
      equal(await seen(torn), before, 'what a cut-off page shows');
      down = false;
      await torn.locator('#banner button').click();
      await torn.waitForSelector('#banner', { state: 'hidden' });
    });
    await sameSoon(torn, await seen(page));
    await torn.context().close();
    checks.current = page;
  });

  await check('after a crash in the middle of a job the page shows how it ended', async () => {
    await page.click('.version[data-number="1"]');
    await complaints.allow(/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|WebSocket/, async () => {
      await write(page, '去掉背景');
      await page.waitForSelector('#stop:visible');
      await server.kill();
      await page.waitForSelector('#banner:not([hidden])');
      await server.start();
      await page.waitForSelector('#banner', { state: 'hidden', timeout: JOB_MS });
      await page.waitForFunction(() => document.querySelector('#stop').hidden, null, { timeout: JOB_MS });
    });
    const { jobs, versions } = await snapshot(page);
    ensure(jobs.every((job) => ['succeeded', 'failed', 'cancelled'].includes(job.state)), 'a job runs for ever');
    equal(await page.locator('.version').count(), versions.length, 'versions on the page');
    await shot(page, 'after-crash-zh');
  });
}

async function everything() {
  const page = await firstEdit();
  await followUps(page);
  await keys(page);
  await questions(page);
  await errors(page);
  await looks(page);
  await drops(page);
}

try {
  await server.start();
  browser = await launch();
  const [, , only] = process.argv;
  const kit = { check, open, server, shot, complaints, checks, browser: () => browser };
  if (!only || only === 'basics') await everything();
  for (const [name, part] of Object.entries({ newcomer, masks, placing, repairing, plans, tree, several, formats, recipes, batches, reach, apidocs, accounts })) if (!only || only === name) await part(kit);
  await check('no page broke the content policy or logged an error', async () => equal(complaints.all, [], 'complaints'));
} finally {
  await browser?.close();
  await server.close();
}
console.log(`${checks.passed} passed, ${checks.failed} failed`);
process.exitCode = checks.failed ? 1 : 0;
