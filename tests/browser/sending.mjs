// Batches that are sent: tables and recipes, questions, uploads that break off, are refused or stopped.
import fs from 'node:fs';
import { SAMPLES, batchOf, begun, ended, file, fresh, idOf, itemsOf, sample, state } from './batchhands.mjs';
import { ensure, equal } from './harness.mjs';

/** On the page of `batches`. */
export async function sending(kit, page) {
  await tables(kit, page);
  await uploads(kit, page);
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
    await complaints.allow(/status of 422/, async () => {
      await page.locator('.batch-start .primary').click();
      // asked while one writes and again by the batch, which gives it the focus
      await page.waitForFunction(() => document.activeElement.matches('.question .option'));
    });
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
