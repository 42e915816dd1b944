// Batches on the page: begun from a folder, a question answered, a table, live on every device, failures named, uploads that break, pause, cancel, files, thousands.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT, decode, ensure, equal } from './harness.mjs';
import { LOOKS, findings, mixed, sideways, small } from './looks.mjs';

const SAMPLES = ['allium', 'alps', 'astronaut', 'chelsea', 'coffee', 'rocket'];
const JOB_MS = 90_000;
const MANY = 2000;
const BROKEN = '坏了.png';

const sample = (name) => fs.readFileSync(path.join(ROOT, `static/samples/${name}.jpg`));
const file = (name, buffer) => ({ name, mimeType: 'image/jpeg', buffer });

/** `kit`: `check`, `open`, `server`, `shot`, `complaints`, `checks`. */
export async function batches(kit) {
  const page = await kit.open('batches', '/');
  page.setDefaultTimeout(JOB_MS);
  await folder(kit, page);
  await looking(kit, page);
  await tables(kit, page);
  await uploads(kit, page);
  await stopping(kit, page);
  await many(kit, page);
  await looks(kit);
  await page.context().close();
}

const idOf = (page) => new URL(page.url()).pathname.slice(3);
const batchOf = (kit, page) => kit.server.api('GET', `/batches/${idOf(page)}`);
const itemsOf = async (kit, id) => (await kit.server.api('GET', `/batches/${id}/items?limit=1000`)).items;
const begun = (page) => page.waitForURL(/\/b\/bat_/, { timeout: JOB_MS });
const state = (page, name, n) => page.waitForFunction(([state, count]) => document.querySelectorAll(`.batch-item[data-state="${state}"]`).length === count, [name, n], { timeout: JOB_MS });
const ended = (page) => page.waitForFunction(() => document.querySelector('.batch-bar')?.getAttribute('aria-valuenow') === '100' && document.querySelector('.batch-upload').hidden, null, { timeout: JOB_MS });

async function fresh(page) {
  await page.evaluate(() => { const shelf = document.querySelector('#shelf-batches'); shelf.open = true; });
  await page.locator('#shelf-batches a[href$="/b/new"]').click();
  await page.waitForSelector('.batch-new');
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

async function tables(kit, page) {
  const { check, server, shot } = kit;
  await check('a recipe with a table gives each picture its own values, and a row without its picture waits', async () => {
    await server.api('POST', '/recipes', { name: '每张不同', plan: { version: 1, steps: [{ op: 'resize', params: { width: 200 } }, { op: 'watermark', params: { text: '新' } }] } });
    await fresh(page);
    await page.locator('[data-how="recipe"]').click();
    await page.selectOption('#batch-recipe', { label: '每张不同' });
    await page.waitForSelector('.value-form [data-param="text"]');
    await page.setInputFiles('#batch-files', ['coffee', 'rocket'].map((name) => file(`${name}.jpg`, sample(name))));
    const [template] = await Promise.all([page.waitForEvent('download'), page.locator('.batch-table button', { hasText: '下载空表格' }).click()]);
    equal(fs.readFileSync(await template.path(), 'utf8').split('\r\n'), ['\ufeff"file","text"', '"coffee.jpg","新"', '"rocket.jpg","新"', ''], 'the table to fill in');
    await page.setInputFiles('#batch-rows', { name: '价格.csv', mimeType: 'text/csv', buffer: Buffer.from('file,text\ncoffee.jpg,¥18\nrocket.jpg,¥19\nlater.jpg,¥20\n') });
    await page.waitForTimeout(200);
    await shot(page, 'batch-new-recipe-zh');
    await page.locator('.batch-start .primary').click();
    await begun(page);
    await state(page, 'succeeded', 2);
    await state(page, 'waiting', 1);
    const items = await itemsOf(kit, idOf(page));
    equal(items.map((item) => [item.file, item.values.text, item.state]), [['coffee.jpg', '¥18', 'succeeded'], ['rocket.jpg', '¥19', 'succeeded'], ['later.jpg', '¥20', 'waiting']], 'rows');
  });

  await check('the picture of a row that waits is added afterwards', async () => {
    await page.click('[data-act="more"]');
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.locator('.menu .menu-item', { hasText: '添加图片' }).click()]);
    await chooser.setFiles(file('later.jpg', sample('alps')));
    await state(page, 'succeeded', 3);
  });

  await check('a column that the recipe does not have is refused in words before anything begins', async () => {
    const before = (await server.api('GET', '/batches')).batches.length;
    await fresh(page);
    await page.locator('[data-how="recipe"]').click();
    await page.selectOption('#batch-recipe', { label: '每张不同' });
    await page.waitForSelector('.value-form');
    await page.setInputFiles('#batch-files', file('coffee.jpg', sample('coffee')));
    await page.setInputFiles('#batch-rows', { name: 'x.csv', mimeType: 'text/csv', buffer: Buffer.from('file,colour\ncoffee.jpg,red\n') });
    await kit.complaints.allow(/status of 4\d\d/, async () => {
      await page.locator('.batch-start .primary').click();
      await page.waitForSelector('.batch-top .failure');
    });
    ensure((await page.locator('.batch-top').innerText()).includes('colour'), 'the column is not named');
    equal((await server.api('GET', '/batches')).batches.length, before, 'batches');
  });

  await check('many pictures by a recipe are begun from the recipe itself, with the values of its form', async () => {
    await page.evaluate(() => { document.querySelector('#shelf-recipes').open = true; });
    await page.locator('#shelf-recipes .shelf-line', { hasText: '每张不同' }).click();
    await page.locator('.recipe-view [data-param="text"] :is(input, textarea)').first().fill('改过');
    await page.locator('.sheet-foot button', { hasText: '批量处理' }).click();
    await page.waitForFunction(() => document.querySelector('.batch-new .value-form :is(input, textarea)')?.value === '改过');
  });
}

async function uploads(kit, page) {
  const { check, complaints, shot } = kit;
  const instruct = async (files) => {
    await fresh(page);
    await page.locator('[data-how="words"]').click();
    await page.fill('#batch-text', '裁成1:1');
    await page.setInputFiles('#batch-files', files);
  };

  await check('a question is answered by one of its options, and the batch goes on with that', async () => {
    await instruct([file('coffee.jpg', sample('coffee'))]);
    await page.fill('#batch-text', '换个背景');
    await complaints.allow(/status of 422/, () => page.locator('.batch-start .primary').click());
    await page.locator('.question .option').first().click();
    await page.locator('.batch-start .primary').click();
    await begun(page);
    await state(page, 'succeeded', 1);
    ensure((await batchOf(kit, page)).plan.steps.some((step) => step.op === 'background'), 'another plan');
  });

  await check('uploads that break off are sent again, and nothing comes twice', async () => {
    let n = 0;
    // the first request is cut off before it leaves, the second after it arrived
    await page.route(/\/batches\/[^/]+\/items$/, async (route) => {
      if (route.request().method() !== 'POST') { await route.continue(); return; }
      n += 1;
      if (n === 1) await route.abort();
      else if (n === 2) { await route.fetch(); await route.abort(); } else await route.continue();
    });
    await instruct(Array.from({ length: 20 }, (_, i) => file(`p${i + 1}.jpg`, sample(SAMPLES[i % 6]))));
    await complaints.allow(/ERR_FAILED/, async () => {
      await page.locator('.batch-start .primary').click();
      await begun(page);
      await ended(page);
    });
    await page.unroute(/\/batches\/[^/]+\/items$/);
    const items = await itemsOf(kit, idOf(page));
    equal([items.length, new Set(items.map((item) => item.file)).size], [20, 20], 'items, and different ones');
    ensure(n >= 4, `${n} requests`);
  });

  await check('a file that is refused is named, the others arrive, and it can be sent again', async () => {
    await page.route(/\/batches\/[^/]+\/items$/, async (route) => {
      const body = route.request().method() === 'POST' ? route.request().postDataBuffer() : null;
      if (body?.includes('never.jpg')) await route.fulfill({ status: 413, contentType: 'application/json', body: JSON.stringify({ error: { code: 'upload_too_large', message: '文件太大。', request_id: 'r' } }) });
      else await route.continue();
    });
    await instruct(['a.jpg', 'never.jpg', 'b.jpg'].map((name) => file(name, sample('coffee'))));
    await complaints.allow(/status of 413/, async () => {
      await page.locator('.batch-start .primary').click();
      await begun(page);
      await page.waitForSelector('.batch-upload .failure');
    });
    ensure((await page.locator('.batch-upload .batch-names').innerText()).trim() === 'never.jpg', 'what is named');
    await state(page, 'succeeded', 2);
    await shot(page, 'batch-not-sent-zh');
    await page.unroute(/\/batches\/[^/]+\/items$/);
    await page.locator('.batch-upload button', { hasText: '再传一次' }).click();
    await state(page, 'succeeded', 3);
  });

  await check('an upload is stopped, and goes on while one looks at something else', async () => {
    const held = [];
    let hold = true;
    await page.route(/\/batches\/[^/]+\/items$/, async (route) => { if (hold && route.request().method() === 'POST') held.push(route); else await route.continue(); });
    await instruct(Array.from({ length: 30 }, (_, i) => file(`q${i + 1}.jpg`, sample('coffee'))));
    await page.locator('.batch-start .primary').click();
    await begun(page);
    await page.waitForSelector('.batch-upload:not([hidden])');
    const batch = idOf(page);
    await page.click('#brand');
    await page.waitForSelector('.screen', { state: 'detached' });
    hold = false;
    for (const route of held.splice(0)) await route.continue();
    await page.locator(`#shelf-batches a[href$="${batch}"]`).click();
    await ended(page);
    equal((await itemsOf(kit, batch)).length, 30, 'items');
    hold = true;
    await instruct(Array.from({ length: 30 }, (_, i) => file(`r${i + 1}.jpg`, sample('coffee'))));
    await page.locator('.batch-start .primary').click();
    await begun(page);
    await complaints.allow(/ERR_ABORTED|ERR_FAILED/, async () => {
      await page.locator('.batch-upload button', { hasText: '停止上传' }).click();
      await page.waitForSelector('.batch-upload .failure');
    });
    ensure((await page.locator('.batch-upload .failure').innerText()).includes('30'), 'how many were not sent');
    await page.unroute(/\/batches\/[^/]+\/items$/);
  });
}

/** A batch of small pictures that is paused before it has any. */
async function prepared(kit, count, name) {
  const { id } = await kit.server.api('POST', '/batches', { name, plan: { version: 1, steps: [{ op: 'flip', params: { axis: 'horizontal' } }] } });
  await kit.server.api('POST', `/batches/${id}/pause`);
  const small = fs.readFileSync(path.join(ROOT, 'static/samples/coffee-thumb.jpg'));
  for (let at = 0; at < count; at += 500) {
    const form = new FormData();
    for (let i = at; i < Math.min(at + 500, count); i += 1) form.append('image', new Blob([small]), `shot-${String(i + 1).padStart(4, '0')}.jpg`);
    const response = await fetch(`${kit.server.url}/api/v1/batches/${id}/items`, { method: 'POST', body: form });
    if (!response.ok) throw new Error(await response.text());
  }
  return id;
}

async function stopping(kit, page) {
  const { check, server } = kit;
  await check('a batch is paused, goes on, and is cancelled after a question; all of it shows elsewhere', async () => {
    const id = await prepared(kit, 60, '先停一停');
    const other = await kit.open('batch other', `/b/${id}`, { lang: 'en-US' });
    await page.goto(`${server.url}/b/${id}`);
    await state(page, 'queued', await page.locator('.batch-item').count());
    await page.locator('[data-act="resume"]').click();
    await page.waitForSelector('.batch-item[data-state="succeeded"]', { timeout: JOB_MS });
    await other.waitForSelector('.batch-item[data-state="succeeded"]', { timeout: JOB_MS });
    await page.click('[data-act="more"]');
    const item = page.locator('.menu .menu-item', { hasText: '取消处理' });
    if (await item.count()) {
      await item.click();
      await page.locator('dialog .button.danger').click();
      await other.waitForFunction(() => /cancelled|finished/.test(document.querySelector('.batch-progress .note').textContent), null, { timeout: JOB_MS });
    }
    await page.keyboard.press('Escape');
    await other.context().close();
    kit.checks.current = page;
  });

  await check('a batch is deleted after a question, and whoever looks at it is told', async () => {
    const id = await prepared(kit, 3, '要删的');
    const other = await kit.open('batch gone', `/b/${id}`);
    await other.waitForSelector('.batch-item');
    await page.goto(`${server.url}/b/${id}`);
    await page.waitForSelector('.batch-item');
    await page.click('[data-act="more"]');
    await page.locator('.menu .menu-item.danger').click();
    await page.locator('dialog .button.danger').click();
    await page.waitForSelector('.screen', { state: 'detached' });
    await kit.complaints.allow(/status of 404|EventSource|ERR_/, () => other.waitForSelector('.screen', { state: 'detached', timeout: JOB_MS }));
    equal((await server.api('GET', '/batches')).batches.some((batch) => batch.id === id), false, 'it is there');
    await other.context().close();
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
    await page.waitForFunction((last) => [...document.querySelectorAll('.batch-name')].some((name) => name.textContent === last), `shot-${MANY}.jpg`);
    ensure(await tiles() < 120, `${await tiles()} tiles at the end`);
    await page.locator('.batch-item').last().focus();
    await page.keyboard.press('Home');
    await page.waitForFunction(() => document.activeElement.querySelector('.batch-name')?.textContent === 'shot-0001.jpg');
    await kit.server.api('DELETE', `/batches/${id}`);
    await page.waitForSelector('.screen', { state: 'detached' });
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
