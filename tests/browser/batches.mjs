// Batches on the page: begun from a folder, a question answered, a table, live on every device, failures named, uploads that break, pause, cancel, files, thousands.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { JOB_MS, SAMPLES, batchOf, begun, ended, file, fresh, idOf, itemsOf, sample, state } from './batchhands.mjs';
import { ROOT, decode, ensure, equal } from './harness.mjs';
import { LOOKS, findings, mixed, sideways, small } from './looks.mjs';
import { sending } from './sending.mjs';

const MANY = 2000;
const BROKEN = '坏了.png';

/** `kit`: `check`, `open`, `server`, `shot`, `complaints`, `checks`. */
export async function batches(kit) {
  const page = await kit.open('batches', '/');
  page.setDefaultTimeout(JOB_MS);
  // until a damaged picture has failed, the page asks for a small one of it
  await kit.complaints.allow(/status of 4\d\d .*\/preview/, async () => { await folder(kit, page); await looking(kit, page); });
  await sending(kit, page);
  await stopping(kit, page);
  await many(kit, page);
  await looks(kit);
  await page.context().close();
}

async function folder(kit, page) {
  const { check, shot } = kit;
  const place = fs.mkdtempSync(path.join(os.tmpdir(), 'portico-folder-'));
  fs.mkdirSync(path.join(place, '夏装'));
  fs.mkdirSync(path.join(place, '.cache'));
  for (const name of SAMPLES) {
    fs.writeFileSync(path.join(place, `${name}.jpg`), sample(name));
    fs.writeFileSync(path.join(place, '夏装', `${name}.jpg`), sample(name));
  }
  // cut off in the middle, as a full memory card leaves it
  fs.writeFileSync(path.join(place, BROKEN), fs.readFileSync(path.join(ROOT, 'tests/fixtures/photos/coffee.png')).subarray(0, 60_000));
  fs.writeFileSync(path.join(place, 'notes.txt'), 'left alone');
  fs.writeFileSync(path.join(place, '.cache', 'x.jpg'), sample('coffee'));

  await check('a new batch says how it understands the instruction, and asks what it leaves open', async () => {
    await fresh(page);
    await page.fill('#batch-text', '换个背景');
    await page.waitForSelector('.batch-reading .question');
    await page.fill('#batch-text', '裁成1:1，锐化');
    await page.waitForFunction(() => document.querySelectorAll('.batch-reading .recipe-steps li').length === 2);
    ensure(await page.locator('.batch-start .primary').isDisabled(), 'it begins without pictures');
  });

  await check('a folder is taken with the folders in it; what is no picture is counted, what is hidden is not', async () => {
    await page.setInputFiles('#batch-folder', place);
    await page.waitForFunction(() => document.querySelector('.batch-picked b')?.textContent.includes('13'));
    ensure((await page.locator('.batch-picked').innerText()).includes('有 1 个文件不是图片'), 'what is left out');
    await shot(page, 'batch-new-zh');
    await page.locator('.batch-start .primary').click();
    await begun(page);
  });

  await check('pictures are worked on as they come; the one that is none is named with its reason and stops nothing', async () => {
    await state(page, 'succeeded', 12);
    await ended(page);
    const { counts, state: now } = await batchOf(kit, page);
    equal([counts.succeeded, counts.failed, counts.total, now], [12, 1, 13, 'done'], 'what the server says');
    await page.waitForSelector('.batch-failures .link');
    ensure((await page.locator('.batch-failures').innerText()).includes(BROKEN), 'the broken one is not named');
    ensure((await page.locator('.batch-failures li span').first().innerText()).length > 5, 'no reason is given');
    const items = await itemsOf(kit, idOf(page));
    equal(items.filter((item) => item.file.endsWith('夏装/coffee.jpg')).length, 1, 'folders in the names');
    await page.waitForFunction(() => [...document.querySelectorAll('.batch-thumb img')].filter((image) => image.naturalWidth > 0).length >= 12);
    await shot(page, 'batch-done-zh');
  });
  fs.rmSync(place, { recursive: true });
}

async function looking(kit, page) {
  const { check, open, shot, checks, complaints } = kit;
  const route = new URL(page.url()).pathname;
  const seen = (where) => where.evaluate(() => ({ title: document.title, tiles: [...document.querySelectorAll('.batch-grid > li')].map((tile) => tile.textContent), counts: document.querySelector('.batch-progress').textContent }));

  await check('after a reload and on another device it is the same', async () => {
    const before = await seen(page);
    await page.reload();
    await state(page, 'succeeded', 12);
    equal(await seen(page), before, 'after the reload');
    const phone = await open('batch phone', route, { width: 1200, height: 900 });
    await state(phone, 'succeeded', 12);
    equal((await seen(phone)).tiles.sort(), before.tiles.sort(), 'elsewhere');
    await phone.context().close();
    checks.current = page;
  });

  await check('an item is shown large, before and after, by mouse and by keys, and the focus comes back to it', async () => {
    const first = page.locator('.batch-item[data-state="succeeded"]').first();
    await first.focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('.batch-sheet .divider');
    equal(await page.locator('.batch-sheet .before img').count(), 1, 'the picture as it was');
    await page.waitForTimeout(300);
    await shot(page, 'batch-item-zh');
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.batch-sheet .sheet-foot a').click()]);
    const picture = await decode(page, fs.readFileSync(await download.path()), 'image/jpeg');
    equal(picture.width, picture.height, 'the sides of what is downloaded');
    const title = await page.locator('.batch-sheet h2').innerText();
    await page.locator('.batch-sheet button', { hasText: '下一张' }).click();
    ensure((await page.locator('.batch-sheet h2').innerText()) !== title, 'the next one is the same');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.batch-sheet', { state: 'detached' });
    equal(await page.evaluate(() => document.activeElement.className), 'batch-item', 'the focus');
  });

  await check('arrows, Home and End move among the items, which are one stop for the Tab key', async () => {
    equal(await page.locator('.batch-item[tabindex="0"]').count(), 1, 'stops');
    const at = () => page.evaluate(() => Number(document.activeElement.closest('li').getAttribute('aria-posinset')));
    await page.keyboard.press('Home');
    equal(await at(), 1, 'Home');
    await page.keyboard.press('ArrowRight');
    equal(await at(), 2, 'right');
    await page.keyboard.press('End');
    equal(await at(), 13, 'End');
  });

  await check('only the failed ones are looked at, and tried again', async () => {
    await page.locator('.batch-filters [data-state="failed"]').click();
    await page.waitForFunction(() => document.querySelectorAll('.batch-item').length === 1);
    const before = (await itemsOf(kit, idOf(page))).find((item) => item.state === 'failed');
    await page.locator('[data-act="retry"]').click();
    for (let n = 0; ; n += 1) {
      const now = (await itemsOf(kit, idOf(page))).find((item) => item.n === before.n);
      if (now.seq > before.seq && now.state === 'failed') break;
      ensure(n < 100, `it was not tried again: ${JSON.stringify(now)}`);
      await page.waitForTimeout(100);
    }
    await page.waitForFunction(() => document.querySelectorAll('.batch-item[data-state="failed"]').length === 1);
    await page.locator('.batch-filters [data-state="all"]').click();
    await state(page, 'succeeded', 12);
  });

  await check('everything is downloaded in one file with its report, and the report alone', async () => {
    const [zip] = await Promise.all([page.waitForEvent('download'), page.locator('[data-act="archive"]').click()]);
    const names = namesIn(fs.readFileSync(await zip.path()));
    equal(names.filter((name) => name.endsWith('.jpg')).length, 12, `pictures among ${names}`);
    ensure(names.some((name) => name.includes('夏装/')) && names.includes('report.csv'), `the names are ${names}`);
    await page.click('[data-act="more"]');
    const [report] = await Promise.all([page.waitForEvent('download'), page.locator('.menu a').click()]);
    ensure(fs.readFileSync(await report.path(), 'utf8').includes(BROKEN), 'the report does not name the one that failed');
  });

  await check('a lost connection is said and mended by itself, and nothing is missed', async () => {
    let down = false;
    const torn = await open('batch torn', route, { prepare: (p) => p.route(/\/api\/v1\/batches/, (r) => (down ? r.abort() : r.continue())) });
    await state(torn, 'succeeded', 12);
    await complaints.allow(/batch torn: .*(ERR_FAILED|EventSource|ERR_)/, async () => {
      down = true;
      await torn.context().setOffline(true);
      await torn.waitForSelector('.screen .warning:not([hidden])');
      const form = new FormData();
      form.append('image', new Blob([sample('coffee')]), 'late.jpg');
      await fetch(`${kit.server.url}/api/v1/batches/${idOf(page)}/items`, { method: 'POST', body: form });
      down = false;
      await torn.context().setOffline(false);
      await state(torn, 'succeeded', 13);
      await torn.waitForSelector('.screen .warning', { state: 'hidden' });
    });
    await state(page, 'succeeded', 13);
    await torn.context().close();
    checks.current = page;
  });
}

/** Names in a zip, from its central directory. */
function namesIn(bytes) {
  const names = [];
  for (let at = bytes.indexOf('PK\x01\x02', 0, 'latin1'); at >= 0; at = bytes.indexOf('PK\x01\x02', at + 4, 'latin1')) names.push(bytes.toString('utf8', at + 46, at + 46 + bytes.readUInt16LE(at + 28)));
  return names;
}

/** A batch of small pictures, paused before any of them is begun; with a row whose picture never comes it does not end by itself. */
async function prepared(kit, count, name) {
  const called = (i) => `shot-${String(i + 1).padStart(4, '0')}.jpg`;
  const rows = [...Array.from({ length: count }, (_, i) => ({ file: called(i) })), { file: 'never.jpg' }];
  const { id } = await kit.server.api('POST', '/batches', { name, rows, plan: { version: 1, steps: [{ op: 'flip', params: { axis: 'horizontal' } }] } });
  await kit.server.api('POST', `/batches/${id}/pause`);
  const small = fs.readFileSync(path.join(ROOT, 'static/samples/coffee-thumb.jpg'));
  for (let at = 0; at < count; at += 500) {
    const form = new FormData();
    for (let i = at; i < Math.min(at + 500, count); i += 1) form.append('image', new Blob([small]), called(i));
    const response = await fetch(`${kit.server.url}/api/v1/batches/${id}/items`, { method: 'POST', body: form });
    if (!response.ok) throw new Error(await response.text());
  }
  return id;
}

async function stopping(kit, page) {
  const { check, server } = kit;
  await check('a batch is paused, goes on, and is cancelled after a question; all of it shows elsewhere', async () => {
    const id = await prepared(kit, 900, '先停一停');
    const said = (where, words) => where.waitForFunction((text) => document.querySelector('.batch-progress .note')?.textContent.includes(text), words, { timeout: JOB_MS });
    const other = await kit.open('batch other', `/b/${id}`, { lang: 'en-US' });
    await page.goto(`${server.url}/b/${id}`);
    await said(page, '已暂停');
    await page.locator('[data-act="resume"]').click();
    await page.waitForSelector('.batch-item[data-state="succeeded"]');
    await page.locator('[data-act="pause"]').click();
    await said(page, '已暂停');
    await said(other, 'paused');
    await other.waitForSelector('.batch-item[data-state="succeeded"]', { timeout: JOB_MS });
    await page.click('[data-act="more"]');
    await page.locator('.menu .menu-item', { hasText: '取消处理' }).click();
    await page.locator('dialog .button.danger').click();
    await said(page, '已取消');
    await said(other, 'cancelled');
    equal((await server.api('GET', `/batches/${id}`)).state, 'cancelled', 'what the server says');
    await page.waitForSelector('[data-act="archive"]');
    await other.context().close();
    kit.checks.current = page;
  });

  await check('a batch is deleted after a question, and whoever looks at it is told', async () => {
    const id = await prepared(kit, 3, '要删的');
    const other = await kit.open('batch gone', `/b/${id}`);
    await other.waitForSelector('.batch-item');
    await page.goto(`${server.url}/b/${id}`);
    await page.waitForSelector('.batch-item');
    // what is gone may still be asked for once
    await kit.complaints.allow(/status of 404|EventSource|ERR_/, async () => {
      await page.click('[data-act="more"]');
      await page.locator('.menu .menu-item.danger').click();
      await page.locator('dialog .button.danger').click();
      await page.waitForSelector('.screen', { state: 'detached' });
      await other.waitForSelector('.screen', { state: 'detached', timeout: JOB_MS });
      await other.context().close();
    });
    equal((await server.api('GET', '/batches')).batches.some((batch) => batch.id === id), false, 'it is there');
    kit.checks.current = page;
  });
}

async function many(kit, page) {
  await kit.check('two thousand pictures are scrolled through, with only those in sight on the page', async () => {
    const id = await prepared(kit, MANY, '两千张');
    await page.goto(`${kit.server.url}/b/${id}`);
    await page.waitForSelector('.batch-item[data-state="queued"]');
    const tiles = () => page.locator('.batch-grid > li').count();
    ensure(await tiles() < 120, `${await tiles()} tiles`);
    await page.evaluate(() => { const screen = document.querySelector('.screen'); screen.scrollTop = screen.scrollHeight; });
    await page.waitForFunction((last) => [...document.querySelectorAll('.batch-name')].some((name) => name.textContent === last), 'never.jpg');
    ensure(await tiles() < 120, `${await tiles()} tiles at the end`);
    await page.locator('.batch-item').last().focus();
    await page.keyboard.press('Home');
    await page.waitForFunction(() => document.activeElement.querySelector('.batch-name')?.textContent === 'shot-0001.jpg');
    await kit.complaints.allow(/status of 404|EventSource|ERR_/, async () => {
      await kit.server.api('DELETE', `/batches/${id}`);
      await page.waitForSelector('.screen', { state: 'detached' });
      await page.waitForTimeout(300);
    });
  });
}

async function looks(kit) {
  const { batches: all } = await kit.server.api('GET', '/batches');
  const { id } = all.find((batch) => batch.counts.failed > 0);
  for (const look of LOOKS) {
    await kit.check(`batches, ${look.name}: nobody is kept out, nothing is cut off or mixed`, async () => {
      const english = look.lang.startsWith('en');
      const page = await kit.open(`batches ${look.name}`, '/b/new', look);
      const judge = async (name) => {
        await page.waitForTimeout(400);
        await kit.shot(page, `batch-${name}-${look.name}`);
        equal(await findings(page), [], `findings in ${name}`);
        ensure(!(await sideways(page)), `${name} scrolls sideways`);
        if (english) equal(await mixed(page, '.shelf-line, #session-list, h1, dialog h2, .batch-grid, .batch-failures .link, option, textarea, .batch-picked, .batch-files, .param-name, .plan-label, .batch-recipe'), [], `Chinese in ${name}`);
        if (look.touch) equal(await small(page), [], `small targets in ${name}`);
      };
      await page.waitForSelector('.batch-new');
      await page.fill('#batch-text', english ? 'crop to 1:1 and sharpen' : '裁成1:1，锐化');
      await page.waitForSelector('.batch-reading .recipe-steps');
      await page.setInputFiles('#batch-files', SAMPLES.map((name) => file(`${name}.jpg`, sample(name))));
      await judge('new');
      await page.goto(`${kit.server.url}/b/${id}`);
      await page.waitForSelector('.batch-item[data-state="succeeded"]');
      await page.waitForSelector('.batch-failures .link');
      await page.waitForFunction(() => [...document.querySelectorAll('.batch-thumb img')].every((image) => image.complete));
      await judge('grid');
      await page.locator('.batch-item[data-state="succeeded"]').first().click();
      await page.waitForSelector('.batch-sheet .divider');
      await judge('item');
      await page.context().close();
    });
  }
  kit.checks.current = null;
}
