// Recipes on the page: saved from a card or a version, filled in, run on another picture, kept in versions, exported, brought back, deleted.
import fs from 'node:fs';
import path from 'node:path';
import { withPicture } from './hands.mjs';
import { ROOT, ensure, equal } from './harness.mjs';
import { LOOKS, findings, mixed, sideways, small } from './looks.mjs';

const PHOTO = path.join(ROOT, 'tests/fixtures/photos/astronaut.png');
const OTHER = path.join(ROOT, 'static/samples/coffee.jpg');
const JOB_MS = 60_000;
const NAME = '标价方图';

/** `kit`: `check`, `open`, `server`, `shot`, `complaints`, `checks`. */
export async function recipes(kit) {
  const session = await withPicture(kit, fs.readFileSync(PHOTO), 'astronaut.png');
  await kit.server.api('POST', `/sessions/${session}/messages?wait=true`, { plan: { version: 1, steps: [{ op: 'crop', params: { aspect: '3:4' } }, { op: 'watermark', params: { text: '¥99', position: 'bottom-right', opacity: 0.9 } }] } });
  const page = await kit.open('recipes', `/s/${session}`);
  await page.waitForSelector('article.card[data-state="succeeded"]');
  await saving(kit, page);
  await running(kit, page, session);
  await elsewhere(kit, page);
  await looks(kit, session);
  await leaving(kit, page);
  await page.context().close();
}

const all = (kit) => kit.server.api('GET', '/recipes').then((answer) => answer.recipes);
const named = async (kit, name) => (await all(kit)).find((one) => one.name === name);
const closed = (page) => page.waitForSelector('dialog.sheet', { state: 'detached' });
const done = (page, n) => page.waitForFunction((count) => document.querySelectorAll('article.card[data-state="succeeded"]').length >= count && document.querySelector('#stop').hidden, n, { timeout: JOB_MS });

async function shelf(page) {
  if (!(await page.locator('#shelf-recipes').getAttribute('open') !== null)) await page.click('#shelf-recipes summary');
  await page.waitForSelector('#shelf-recipes .shelf-foot');
}

async function view(page, name) {
  await shelf(page);
  await page.locator('#shelf-recipes .shelf-line', { hasText: name }).click();
  await page.waitForSelector('.recipe-view');
}

async function saving(kit, page) {
  const { check, shot } = kit;
  await check('the steps of a card are saved as a recipe, with the values that one chose under one’s own names', async () => {
    await page.locator('article.card .actions button', { hasText: '存为配方' }).click();
    await page.waitForSelector('.recipe-save');
    equal(await page.locator('.recipe-save .recipe-steps li').count(), 2, 'steps in words');
    equal(await page.locator('.param input:checked').count(), 1, 'suggested values');
    const text = page.locator('.param', { has: page.locator('input:checked') });
    await text.locator('.param-edit').fill('价格');
    await page.fill('#recipe-name', NAME);
    await page.locator('.sheet-foot .primary').click();
    await closed(page);
    const saved = await named(kit, NAME);
    equal(saved.params.map((param) => [param.name, param.type, param.default]), [['价格', 'text', '¥99']], 'parameters');
    // The left column is asked for anew after the dialog has closed.
    await page.waitForFunction(() => document.querySelector('#shelf-recipes .count').textContent === '1');
  });

  await check('a name that is taken says so and makes the next version; the focus comes back', async () => {
    await page.hover('.version[data-number="2"]');
    await page.locator('.cell:has([data-number="2"]) .version-more').click();
    await page.locator('.menu .menu-item', { hasText: '存为配方' }).click();
    await page.waitForSelector('.recipe-save');
    await page.fill('#recipe-name', NAME);
    ensure((await page.locator('#recipe-name-note').innerText()).includes('第 2 版'), 'nothing says that it becomes version 2');
    // another value can be changed from now on
    const opacity = page.locator('.param', { hasText: '不透明度' });
    await opacity.locator('input[type=checkbox]').check();
    await opacity.locator('.param-edit').fill('浓度');
    await shot(page, 'recipe-save-zh');
    await page.press('#recipe-name', 'Enter');
    await closed(page);
    const saved = await named(kit, NAME);
    equal([saved.newest, saved.params.map((param) => param.name).sort()], [2, ['价格', '浓度'].sort()], 'version and parameters');
  });

  await check('asked for in words, the answer has a button that opens the recipe', async () => {
    await page.fill('#instruction', '存为配方“说出来的”');
    await page.press('#instruction', 'Enter');
    await page.locator('.message button', { hasText: '打开配方' }).click();
    await page.waitForSelector('.recipe-view');
    equal(await page.locator('dialog.sheet h2').innerText(), '说出来的', 'the title');
    await page.keyboard.press('Escape');
    await closed(page);
    await page.waitForFunction(() => document.querySelector('#shelf-recipes .count').textContent === '2');
  });
}

async function running(kit, page, session) {
  const { check, shot, server } = kit;
  const versions = async () => (await server.api('GET', `/sessions/${session}`)).versions;

  await check('a recipe shows steps, versions and values, and runs on the version in sight with other values', async () => {
    await view(page, NAME);
    equal(await page.locator('#recipe-version option').count(), 2, 'versions');
    equal(await page.locator('[data-param="价格"] :is(textarea, input)').first().inputValue(), '¥99', 'the default');
    ensure(await page.locator('[data-param="浓度"] input[type=range]').count(), 'an amount has no slider');
    await page.locator('[data-param="价格"] :is(textarea, input)').first().fill('¥199');
    await page.waitForTimeout(200);
    await shot(page, 'recipe-zh');
    await page.locator('.sheet-foot .primary').click();
    await closed(page);
    await done(page, 2);
    const made = (await versions()).at(-1);
    ensure(JSON.stringify(made.plan).includes('¥199'), `the plan has no such value: ${JSON.stringify(made.plan)}`);
    equal(made.parent, 2, 'what it was made from');
  });

  await check('with pictures in the composer it runs on those, and an earlier version runs as it was', async () => {
    await page.setInputFiles('#file-input', OTHER);
    await page.waitForSelector('.tile[data-state="ready"]');
    await view(page, NAME);
    await page.selectOption('#recipe-version', '1');
    await page.waitForSelector('[data-param="浓度"]', { state: 'detached' });
    ensure((await page.locator('.sheet-foot .primary').innerText()).includes('1 张图'), 'it does not say on what it runs');
    await page.locator('.sheet-foot .primary').click();
    await closed(page);
    await done(page, 3);
    const [root, made] = (await versions()).slice(-2);
    equal([root.kind, made.parent], ['upload', root.number], 'the picture and what came of it');
    const { width, height } = made.image;
    ensure(Math.abs(width - (height * 3) / 4) <= 1, `${width}×${height} is not 3:4`);
    equal(await page.locator('.tile').count(), 0, 'pictures left in the composer');
  });

  await check('a card made by a recipe is made again as it was', async () => {
    await page.locator('article.card').last().locator('.actions button', { hasText: '再做一次' }).click();
    await done(page, 4);
    const [before, again] = (await versions()).slice(-2);
    equal([again.parent, again.words], [before.parent, before.words], 'parent and words');
  });

  await check('a value that the server refuses is shown at its field', async () => {
    await view(page, NAME);
    await page.locator('[data-param="浓度"] input[type=number]').fill('7');
    await page.locator('.sheet-foot .primary').click();
    await page.waitForSelector('[data-param="浓度"] .plan-fault:not([hidden])');
    equal(await page.locator('dialog.sheet').count(), 1, 'it is still open');
    await page.locator('[data-param="浓度"] .plan-label button').click();
    equal(await page.locator('[data-param="浓度"] input[type=number]').inputValue(), '0.9', 'back to the default');
    await page.keyboard.press('Escape');
    await closed(page);
  });

  await check('the command for a shell carries the recipe and the values', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await view(page, NAME);
    await page.locator('[data-param="价格"] :is(textarea, input)').first().fill('it’s ¥5');
    await page.locator('.sheet-foot button', { hasText: '更多' }).click();
    // What an earlier copy left there is not the answer.
    await page.evaluate(() => navigator.clipboard.writeText(''));
    await page.locator('.menu .menu-item', { hasText: 'curl' }).click();
    await page.waitForFunction(() => navigator.clipboard.readText().then((text) => text !== ''));
    const text = await page.evaluate(() => navigator.clipboard.readText());
    ensure(text.startsWith("curl -sS --fail-with-body 'http://127.0.0.1") && text.includes('/api/v1/run') && text.includes('"价格":"it’s ¥5"'), text);
    await page.keyboard.press('Escape');
    await closed(page);
  });
}

/** Recipes as files. */
async function elsewhere(kit, page) {
  const { check, server } = kit;
  const exported = async () => { const { id } = await named(kit, NAME); return (await fetch(`${server.url}/api/v1/recipes/${id}/export`)).text(); };
  const give = (name, text) => page.setInputFiles('#shelf-recipes input[type=file]', { name, mimeType: 'application/json', buffer: Buffer.from(text) });

  await check('a recipe file from elsewhere is looked at before it is saved, and is the same afterwards', async () => {
    const file = JSON.parse(await exported());
    await shelf(page);
    await give('x.recipe.json', JSON.stringify({ ...file, name: '从别处来' }));
    await page.waitForSelector('.recipe-save');
    equal(await page.inputValue('#recipe-name'), '从别处来', 'the name');
    equal(await page.locator('.param input:checked').count(), 2, 'its parameters');
    await page.locator('.sheet-foot .primary').click();
    await closed(page);
    const saved = await named(kit, '从别处来');
    equal([saved.plan, saved.params], [(await named(kit, NAME)).plan, (await named(kit, NAME)).params], 'what came of it');
  });

  await check('the recipe that an exported picture carries is read out of it', async () => {
    const form = new FormData();
    form.append('image', new Blob([fs.readFileSync(OTHER)]), 'coffee.jpg');
    form.append('plan', JSON.stringify({ version: 1, steps: [{ op: 'crop', params: { aspect: '16:9' } }, { op: 'export', params: { format: 'png', metadata: 'recipe' } }] }));
    const response = await fetch(`${server.url}/api/v1/run`, { method: 'POST', body: form });
    ensure(response.ok, `the picture was not made: ${response.status}`);
    const image = '#shelf-recipes input[type=file]';
    await page.setInputFiles(image, { name: 'wide.png', mimeType: 'image/png', buffer: Buffer.from(await response.arrayBuffer()) });
    await page.waitForSelector('.recipe-save');
    ensure((await page.locator('.recipe-save .recipe-steps').innerText()).includes('16:9'), 'the steps');
    await page.keyboard.press('Escape');
    await closed(page);
    await kit.complaints.allow(/status of 404/, async () => {
      await page.setInputFiles(image, OTHER);
      // An earlier one may still be there.
      await page.locator('.toast', { hasText: 'coffee.jpg' }).waitFor();
    });
    await page.waitForSelector('.toast', { state: 'detached' });
  });

  await check('a file that is no recipe is refused in words', async () => {
    await give('notes.json', '{"a": 1}');
    await page.waitForSelector('.toast');
    ensure((await page.locator('.toast').innerText()).includes('notes.json'), 'the file is not named');
    equal(await page.locator('dialog').count(), 0, 'dialogs');
  });

  await check('made with other models, it says so and runs only when one wants it all the same', async () => {
    const file = JSON.parse(await exported());
    await give('y.recipe.json', JSON.stringify({ ...file, name: '别的模型', pinned: { 'isnet-medium': '0'.repeat(64) } }));
    await page.waitForSelector('.recipe-save');
    await page.locator('.sheet-foot .primary').click();
    await closed(page);
    await view(page, '别的模型');
    await page.waitForSelector('.recipe-warnings .warning');
    ensure(await page.locator('.sheet-foot .primary').isDisabled(), 'it can be run at once');
    await page.check('#any-models');
    const before = await page.locator('article.card[data-state="succeeded"]').count();
    await page.locator('.sheet-foot .primary').click();
    await closed(page);
    await done(page, before + 1);
  });
}

async function looks(kit, session) {
  for (const look of LOOKS) {
    await kit.check(`recipes, ${look.name}: nobody is kept out, nothing is cut off or mixed`, async () => {
      const page = await kit.open(`recipes ${look.name}`, `/s/${session}`, look);
      const english = look.lang.startsWith('en');
      const judge = async (name) => {
        await page.waitForTimeout(350);
        await kit.shot(page, `recipe-${name}-${look.name}`);
        equal(await findings(page), [], `findings in ${name}`);
        ensure(!(await sideways(page)), `${name} scrolls sideways`);
        if (english) equal(await mixed(page, '.shelf-line, #session-list, dialog h2, .recipe-steps, .recipe-warnings, .param-name, .plan-label, .topbar-title, #start, .suggestions, textarea, .canvas, .toast'), [], `Chinese in ${name}`);
        if (look.touch) equal(await small(page), [], `small targets in ${name}`);
      };
      const drawer = async () => { if (look.touch) { await page.click('#drawer-open'); await page.waitForTimeout(250); } };
      await page.waitForSelector('article.card[data-state="succeeded"] .actions');
      await page.locator('article.card .actions button', { hasText: english ? 'Save as recipe' : '存为配方' }).first().click();
      await page.waitForSelector('.recipe-save');
      await judge('save');
      await page.keyboard.press('Escape');
      await closed(page);
      await drawer();
      await shelf(page);
      await judge('list');
      await page.locator('#shelf-recipes .shelf-line', { hasText: '别的模型' }).click();
      await page.waitForSelector('.recipe-view');
      await judge('view');
      await page.context().close();
    });
  }
  kit.checks.current = null;
}

async function leaving(kit, page) {
  const { check } = kit;
  await check('a recipe is renamed and deleted, the latter after a question, here and in another tab', async () => {
    const tab = await page.context().newPage();
    await tab.goto(`${kit.server.url}/`);
    await tab.waitForFunction(() => document.querySelector('#shelf-recipes .count').textContent === '4');
    await view(page, '从别处来');
    const menu = async (words) => { await page.locator('.sheet-foot button', { hasText: '更多' }).click(); await page.locator('.menu .menu-item', { hasText: words }).click(); };
    await menu('重命名');
    await page.locator('dialog input[type=text]').last().fill('改了名');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('dialog.sheet h2').textContent === '改了名');
    await menu('删除');
    await page.locator('dialog .button.danger').click();
    await closed(page);
    equal((await all(kit)).some((one) => one.name === '改了名'), false, 'it is there');
    await page.waitForFunction(() => document.querySelector('#shelf-recipes .count').textContent === '3');
    await tab.waitForFunction(() => document.querySelector('#shelf-recipes .count').textContent === '3');
    await tab.close();
  });
}
