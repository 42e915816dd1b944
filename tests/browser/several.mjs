// Several pictures in one message, and the sessions beside it: found by what was said, renamed, exported, deleted.
import path from 'node:path';
import { ROOT, ensure, equal } from './harness.mjs';

const JOB_MS = 90_000;
const photo = (name) => path.join(ROOT, 'static/samples', name);

/** `kit`: `check`, `open`, `server`, `shot`, `complaints`, `checks`. */
export async function several(kit) {
  const page = await kit.open('several', '/');
  await group(kit, page);
  await sessions(kit, page);
  await heic(kit, page);
  await page.context().close();
}

/** Names in a zip, from its central directory. */
function namesIn(bytes) {
  const names = [];
  for (let at = bytes.indexOf('PK\x01\x02', 0, 'latin1'); at >= 0; at = bytes.indexOf('PK\x01\x02', at + 4, 'latin1')) names.push(bytes.toString('utf8', at + 46, at + 46 + bytes.readUInt16LE(at + 28)));
  return names;
}

const fetched = async (page, href) => {
  const { type, base64 } = await page.evaluate(async (url) => {
    const response = await fetch(url);
    const bytes = new Uint8Array(await response.arrayBuffer());
    let text = '';
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return { type: response.headers.get('Content-Type'), base64: btoa(text) };
  }, href);
  return { type, bytes: Buffer.from(base64, 'base64') };
};

async function group({ check, server, shot }, page) {
  await check('three pictures with one instruction give three cards beside each other, and one file with all of them', async () => {
    await page.setInputFiles('#file-input', ['coffee.jpg', 'chelsea.jpg', 'rocket.jpg'].map(photo));
    await page.waitForFunction(() => document.querySelectorAll('.tile[data-state="ready"]').length === 3);
    await page.fill('#instruction', '裁成1:1');
    await page.press('#instruction', 'Enter');
    await page.waitForSelector('.group');
    await page.waitForFunction(() => document.querySelectorAll('.group article.card[data-state="succeeded"]').length === 3 && document.querySelector('#stop').hidden, null, { timeout: JOB_MS });
    // they rise into place
    await page.waitForTimeout(400);
    const tops = await page.locator('.group-grid > .message').evaluateAll((cards) => cards.map((card) => Math.round(card.getBoundingClientRect().top)));
    ensure(Math.abs(tops[0] - tops[1]) <= 2 && tops[2] > tops[1] + 100, `the cards are at ${tops}`);
    const { versions } = await server.api('GET', `/sessions/${new URL(page.url()).pathname.slice(3)}`);
    equal(versions.map((v) => v.parent), [null, null, null, 1, 2, 3], 'parents');
    await shot(page, 'group-zh');
    const { type, bytes } = await fetched(page, await page.locator('.group-head a').getAttribute('href'));
    equal(type, 'application/zip', 'the type');
    equal(namesIn(bytes).filter((name) => /\.(png|jpe?g|webp)$/.test(name)).length, 3, 'pictures in the file');
  });

  await check('the group is there after a reload, and its small cards keep their controls’ names', async () => {
    await page.reload();
    await page.waitForSelector('.group article.card');
    equal(await page.locator('.group article.card').count(), 3, 'cards');
    const nameless = await page.locator('.group .actions .quiet').evaluateAll((buttons) => buttons.filter((b) => !b.title || !b.textContent.trim()).length);
    equal(nameless, 0, 'controls without a name');
  });
}

async function sessions(kit, page) {
  const { check, server, shot } = kit;
  const made = [];
  for (const text of ['把天空换成黄昏', '裁成3:4', 'make the lighthouse brighter', '锐化', '旋转90度', '水平翻转']) {
    const { id } = await server.api('POST', '/sessions', { title: `草稿 ${made.length + 1}` });
    await server.api('POST', `/sessions/${id}/messages`, { text }).catch(() => {});
    made.push(id);
  }
  await page.reload();
  await page.waitForSelector('#session-search:visible');

  await check('sessions are found by what was said in them, in either language and case', async () => {
    const find = async (query, id) => {
      await page.fill('#session-search', query);
      await page.waitForFunction((wanted) => { const rows = [...document.querySelectorAll('.session')]; return rows.length === 1 && rows[0].dataset.session === wanted; }, id);
    };
    await find('黄昏', made[0]);
    await find('LightHouse', made[2]);
    await shot(page, 'sessions-search-zh');
    await page.fill('#session-search', '没有这回事');
    await page.waitForSelector('.session-none');
    await page.fill('#session-search', '');
    await page.waitForFunction(() => document.querySelectorAll('.session').length >= 7);
  });

  await check('a session is renamed, exported and deleted from its menu; the focus comes back', async () => {
    const row = page.locator(`.session[data-session="${made[4]}"]`);
    const menu = async (words) => { await row.hover(); await row.locator('.icon-button').click(); return page.locator('.menu .menu-item', { hasText: words }); };
    await (await menu('重命名')).click();
    await page.fill('dialog input', '灯塔');
    await page.keyboard.press('Enter');
    await page.waitForFunction((id) => document.querySelector(`.session[data-session="${id}"] .session-name`)?.textContent === '灯塔', made[4]);
    const exported = await (await menu('导出')).getAttribute('href');
    const { type, bytes } = await fetched(page, exported);
    equal(type, 'application/zip', 'the type');
    for (const name of ['chat.json', 'chat.md', 'manifest.json']) ensure(namesIn(bytes).includes(name), `${name} is missing`);
    await page.keyboard.press('Escape');
    await (await menu('删除')).click();
    await page.click('dialog .danger');
    await page.waitForFunction((id) => !document.querySelector(`.session[data-session="${id}"]`), made[4]);
    ensure(await page.evaluate(() => document.activeElement !== document.body), 'the focus is lost');
  });
}

async function heic({ check, complaints }, page) {
  await check('the picker asks for formats that phones convert to; a HEIC file says what to do', async () => {
    const accepted = await page.evaluate(() => [...document.querySelectorAll('input[type=file]')].map((input) => input.accept));
    for (const accept of accepted) ensure(accept.includes('image/jpeg') && !/image\/\*|heic|heif/.test(accept), accept);
    await complaints.allow(/status of 4\d\d .*\/api\/v1\/images/, async () => {
      const box = Buffer.from([0, 0, 0, 24, ...Buffer.from('ftypheic'), 0, 0, 0, 0, ...Buffer.from('mif1heic')]);
      await page.setInputFiles('#file-input', { name: 'IMG_0001.HEIC', mimeType: 'image/heic', buffer: Buffer.concat([box, Buffer.alloc(64)]) });
      await page.waitForSelector('.tile[data-state="failed"]');
    });
    const words = await page.locator('.tray .failure').innerText();
    ensure(/HEIC/.test(words) && /JPEG/.test(words) && /\p{Script=Han}/u.test(words), words);
    await page.locator('.tile .remove').click();
  });
}
