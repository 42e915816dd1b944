// The plan editor: a form from the schemas, its JSON, running again beside what was made, what followed, the command for a shell.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { BRUSH, drag, setSize, tool, withPicture } from './hands.mjs';
import { ROOT, decode, ensure, equal } from './harness.mjs';

const PHOTO = path.join(ROOT, 'tests/fixtures/photos/astronaut.png');
const JOB_MS = 60_000;

/** `kit`: `check`, `open`, `server`, `shot`, `complaints`, `checks`. */
export async function plans(kit) {
  const session = await withPicture(kit, fs.readFileSync(PHOTO), 'astronaut.png');
  const post = (plan) => kit.server.api('POST', `/sessions/${session}/messages?wait=true`, { plan });
  await post({ version: 1, steps: [{ op: 'crop', params: { aspect: '3:4' } }, { op: 'sharpen', params: { strength: 0.2 } }] });
  await post({ version: 1, steps: [{ op: 'redact', params: { target: { kind: 'face' }, style: 'pixelate' } }] });
  await post({ version: 1, steps: [{ op: 'pad', params: { margin: 20, color: '#ff8800' } }] });
  const page = await kit.open('plans', `/s/${session}`);
  await page.waitForSelector('.version[data-number="4"]');
  await words(kit, page);
  await form(kit, page, session);
  await json(kit, page);
  await refused(kit, page);
  await masks(kit, page, session);
  await shell(kit, page, session);
  await asked(kit);
  await sizes(kit, session);
  await page.context().close();
}

const snapshot = (kit, session) => kit.server.api('GET', `/sessions/${session}`);
const row = (page, field) => page.locator(`.plan-row[data-path="${field}"]`);
const finished = (page, cards) => page.waitForFunction((n) => document.querySelectorAll('article.card[data-state="succeeded"]').length >= n && document.querySelector('#stop').hidden, cards, { timeout: JOB_MS });
const planOf = (page) => page.evaluate(() => { document.querySelector('[data-view="json"]').click(); const plan = JSON.parse(document.querySelector('.plan-json textarea').value); document.querySelector('[data-view="form"]').click(); return plan; });

async function edit(page, at) {
  await page.locator('.edit-plan').nth(at).click();
  await page.waitForSelector('.plan-editor');
}

async function drop(page) {
  await page.keyboard.press('Escape');
  await page.waitForSelector('.plan-editor', { state: 'detached', timeout: 500 }).catch(async () => {
    await page.click('dialog .danger');
    await page.waitForSelector('.plan-editor', { state: 'detached' });
  });
}

async function words({ check, server }, page) {
  await check('every operation, parameter and choice has a name in both languages', async () => {
    const missing = await page.evaluate(async () => {
      const { parametersOf } = await import('/static/js/plan/schema.js');
      const { operations } = await (await fetch('/api/v1/ops')).json();
      const lacking = [];
      for (const lang of ['zh', 'en']) {
        const { default: names } = await import(`/static/js/i18n/params.${lang}.js`);
        const known = (...keys) => keys.some((key) => names[key]);
        const look = (where, field) => {
          if (!known(`p.${where}.${field.name}`, `p.${field.name}`)) lacking.push(`${lang} ${where}.${field.name}`);
          if (lang === 'zh' && field.help && !known(`h.${where}.${field.name}`, `h.${field.name}`) && !['kind', 'which', 'unit', 'mask', 'width', 'height', 'x', 'y', 'rotate'].includes(field.name)) lacking.push(`help of ${where}.${field.name}`);
          for (const value of field.options ?? []) if (!known(`v.${where}.${field.name}.${value}`, `v.${field.name}.${value}`, `v.${value}`)) lacking.push(`${lang} ${where}.${field.name}=${value}`);
          const inside = field.kind === 'target' ? 'target' : `${where}.${field.name}`;
          for (const one of field.fields ?? field.item?.fields ?? []) look(inside, one);
        };
        for (const { name, schema, available } of operations) {
          if (!known(`op.${name}`)) lacking.push(`${lang} ${name}`);
          if (available) parametersOf(schema).forEach((field) => look(name, field));
        }
      }
      return [...new Set(lacking)];
    });
    equal(missing, [], 'without words');
    ensure((await server.api('GET', '/ops')).operations.length > 20, 'hardly any operation');
  });

  await check('a range around nought is a slider that rests and fills from its middle', async () => {
    const seen = await page.evaluate(async () => {
      const { fieldOf } = await import('/static/js/plan/schema.js');
      const { controlOf } = await import('/static/js/plan/controls.js');
      const { useWords } = await import('/static/js/i18n.js');
      await useWords('plan');
      const field = fieldOf({}, 'brightness', { type: ['number', 'null'], minimum: -100, maximum: 100, default: 0 });
      const changes = [];
      const control = controlOf(field, { id: 'x', label: 'x', where: 'adjust', change: (value) => changes.push(value) });
      const slider = control.element.querySelector('[type=range]');
      const fill = () => ['--from', '--to'].map((name) => slider.style.getPropertyValue(name));
      control.show(0);
      const rest = [slider.value, ...fill()];
      control.show(-40);
      const left = [slider.value, ...fill()];
      slider.dispatchEvent(new Event('dblclick'));
      return { kind: field.kind, centred: slider.dataset.centred, rest, left, changes: changes.map(String) };
    });
    equal(seen, { kind: 'range', centred: 'true', rest: ['0', '50.00%', '50.00%'], left: ['-40', '30.00%', '50.00%'], changes: ['undefined'] }, 'the slider');
  });

  await check('the page’s own words are the same in both languages', async () => {
    const differing = await page.evaluate(async () => {
      const keys = async (name) => Object.keys((await import(`/static/js/i18n/${name}.js`)).default).filter((key) => !key.startsWith('h.')).sort();
      const found = [];
      for (const part of ['', 'plan.', 'tree.', 'mask.', 'placing.', 'params.']) {
        const [zh, en] = [await keys(`${part}zh`), await keys(`${part}en`)];
        found.push(...zh.filter((key) => !en.includes(key)), ...en.filter((key) => !zh.includes(key)));
      }
      return found;
    });
    equal(differing.filter((key) => key !== 'v.resize.fit.fill'), [], 'keys in one language only');
  });
}

async function form(kit, page, session) {
  const { check, shot } = kit;
  await check('a plan opens as a form with the values it ran with; defaults stay unset', async () => {
    await edit(page, 0);
    ensure(await page.evaluate(() => document.activeElement.closest('.plan-editor') && document.querySelector('#composer').inert), 'the focus is elsewhere');
    equal(await page.locator('.plan-step').evaluateAll((steps) => steps.map((step) => step.dataset.op)), ['crop', 'sharpen'], 'steps');
    equal(await row(page, 'steps[0].params.aspect').locator('input').inputValue(), '3:4', 'the aspect');
    equal(await row(page, 'steps[1].params.strength').locator('input[type=number]').inputValue(), '0.2', 'the strength');
    equal(await planOf(page), { version: 1, steps: [{ id: 's1', op: 'crop', params: { aspect: '3:4' } }, { id: 's2', op: 'sharpen', params: { strength: 0.2 } }] }, 'the plan');
    await page.waitForTimeout(250);
    await shot(page, 'plan-form-zh');
  });

  await check('slider and number follow each other, the reset takes a value back to its unset default', async () => {
    const strength = row(page, 'steps[1].params.strength');
    await strength.locator('input[type=range]').evaluate((slider) => { slider.value = '0.75'; slider.dispatchEvent(new Event('input', { bubbles: true })); });
    equal(await strength.locator('input[type=number]').inputValue(), '0.75', 'the number');
    await strength.locator('input[type=number]').fill('0.4');
    equal(await strength.locator('input[type=range]').inputValue(), '0.4', 'the slider');
    await strength.locator('.plan-label .icon-button').last().click();
    equal([(await planOf(page)).steps[1].params ?? null, await row(page, 'steps[1].params.strength').locator('input[type=number]').inputValue()], [null, '0.5'], 'after the reset');
  });

  await check('what does not fit its range is said at the field and does not run', async () => {
    const strength = row(page, 'steps[1].params.strength');
    await strength.locator('input[type=number]').fill('5');
    await page.click('.plan-foot .primary');
    await strength.locator('.plan-fault:not([hidden])').waitFor();
    ensure((await strength.locator('.plan-fault').innerText()).includes('0 到 1'), 'the range is not named');
    equal(await page.evaluate(() => [document.activeElement.type, document.activeElement.getAttribute('aria-invalid')]), ['number', 'true'], 'focus');
    await shot(page, 'plan-fault-zh');
    await strength.locator('input[type=number]').fill('0.9');
    ensure(await strength.locator('.plan-fault').isHidden(), 'the fault stays');
  });

  await check('steps are moved, removed and added', async () => {
    await page.locator('.plan-step').nth(1).locator('.plan-moves button').nth(0).click();
    equal((await planOf(page)).steps.map((step) => step.op), ['sharpen', 'crop'], 'after moving');
    await page.locator('.plan-step').nth(0).locator('.plan-moves button').nth(2).click();
    equal((await planOf(page)).steps.map((step) => step.op), ['crop'], 'after removing');
    await page.locator('.plan-form > .button').click();
    await page.locator('.menu .menu-item', { hasText: '改颜色' }).click();
    await page.waitForSelector('.plan-step[data-op="recolor"]');
    const { steps } = await planOf(page);
    equal(steps[1], { id: 's2', op: 'recolor', params: { target: { kind: 'subject' }, color: '#ffffff' } }, 'the new step');
    await page.locator('.plan-step[data-op="recolor"] .plan-moves button').nth(2).click();
    await page.locator('.plan-form > .button').click();
    await page.locator('.menu .menu-item', { hasText: '锐化' }).click();
  });

  await check('an error of the server is shown at the field that it names', async () => {
    await page.route(/\/messages$/, (route) => route.fulfill({ status: 400, contentType: 'application/json', body: JSON.stringify({ error: { code: 'invalid_parameter', message: '比例不对', field: 'steps[0].params.aspect', request_id: 'req_1' } }) }), { times: 1 });
    await kit.complaints.allow(/status of 400/, async () => {
      await page.click('.plan-foot .primary');
      await row(page, 'steps[0].params.aspect').locator('.plan-fault:not([hidden])').waitFor();
    });
    equal(await row(page, 'steps[0].params.aspect').locator('.plan-fault').innerText(), '比例不对', 'the words');
  });

  await check('running again makes a sibling and leaves the version as it is', async () => {
    await row(page, 'steps[0].params.aspect').locator('input').fill('1:1');
    const before = await snapshot(kit, session);
    await page.click('.plan-foot .primary');
    await page.waitForSelector('.plan-editor', { state: 'detached' });
    await finished(page, 4);
    const { versions, session: now } = await snapshot(kit, session);
    const made = versions.at(-1);
    equal([versions.length, made.number, made.parent, now.current], [5, 5, 1, 5], 'versions, number, parent, current');
    equal(made.image.width, made.image.height, 'the sides');
    equal(versions[1], before.versions[1], 'the version that was edited');
  });
}

async function json({ check, shot }, page) {
  await check('the JSON and the form say the same; what is no plan is said and loses nothing', async () => {
    await edit(page, 2);
    await page.click('[data-view="json"]');
    const text = await page.inputValue('.plan-json textarea');
    await page.fill('.plan-json textarea', text.replace('20', '33'));
    await page.click('[data-view="form"]');
    equal(await row(page, 'steps[0].params.margin').locator('input[type=number]').inputValue(), '33', 'the margin');
    await page.click('[data-view="json"]');
    await page.fill('.plan-json textarea', '{"steps": [');
    await page.waitForFunction(() => document.querySelector('.plan-json .plan-fault').textContent);
    await page.click('[data-view="form"]');
    ensure(await page.locator('.plan-json').isVisible(), 'the form came with a broken plan');
    await shot(page, 'plan-json-zh');
    await page.fill('.plan-json textarea', '{"steps": [{"op": 3}]}');
    await page.waitForFunction(() => document.querySelector('.plan-json .plan-fault').textContent.includes('第 1 步'));
    await drop(page);
  });
}

async function refused({ check, complaints, shot }, page) {
  await check('what only the server can judge is refused before it runs, and said at its field', async () => {
    const cards = await page.locator('.message').count();
    await edit(page, 2);
    await row(page, 'steps[0].params.color').locator('input[type=text]').fill('blurple');
    await complaints.allow(/status of 400/, async () => {
      await page.click('.plan-foot .primary');
      await row(page, 'steps[0].params.color').locator('.plan-fault:not([hidden])').waitFor();
    });
    ensure((await row(page, 'steps[0].params.color').locator('.plan-fault').innerText()).includes('blurple'), 'the words are others');
    equal(await page.locator('.message').count(), cards, 'messages');
    await shot(page, 'plan-refused-zh');
    await drop(page);
  });
}

async function masks(kit, page, session) {
  await kit.check('a target’s mask opens the mask tool; what is drawn becomes the target', async () => {
    await edit(page, 1);
    await page.click('.plan-mask');
    await page.waitForSelector('.mask-bar');
    await page.waitForTimeout(300);
    await kit.shot(page, 'plan-mask-zh');
    await page.click('.mask-whole button:last-child');
    await tool(page, BRUSH);
    await setSize(page, 60);
    await drag(page, [[60, 400], [160, 400]]);
    await page.click('.mask-out .primary');
    await page.waitForFunction(() => document.querySelector('.plan-target select')?.value === 'mask');
    const plan = await planOf(page);
    ensure(/^img_/.test(plan.steps[0].params.target.mask), 'no mask in the plan');
    const cards = await page.locator('article.card[data-state="succeeded"]').count();
    await page.click('.plan-foot .primary');
    await page.waitForSelector('.plan-editor', { state: 'detached' });
    await finished(page, cards + 1);
    const { versions } = await snapshot(kit, session);
    const [before, after] = await Promise.all([versions[1], versions.at(-1)].map((v) => decode(page, v.image.url, 'image/png', [[110, 400], [210, 120]])));
    equal(versions.at(-1).parent, 2, 'the parent');
    ensure(JSON.stringify(after.at[1]) === JSON.stringify(before.at[1]), 'the face is hidden still');
    ensure(JSON.stringify(after.at[0]) !== JSON.stringify(before.at[0]), 'what was painted is not hidden');
  });
}

async function shell({ check, server }, page, session) {
  await check('the copied command runs in a shell and makes the same picture, whatever quotes are in it', async () => {
    const { versions } = await server.api('GET', `/sessions/${session}`);
    const script = await page.evaluate(async ({ base, source }) => {
      const { curlOf } = await import('/static/js/plan/curl.js');
      const plan = { version: 1, steps: [{ id: 's1', op: 'place', params: { image: 'version:3', position: 'top-left', scale: 0.3, cutout: false } }, { id: 's2', op: 'flip', params: { axis: 'horizontal' } }] };
      return curlOf({ plan, base, versions: () => source, api: `${location.origin}/api/v1` });
    }, { base: versions[0].image, source: versions[2].image });
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portico-curl-'));
    await promisify(execFile)('sh', ['-c', script], { cwd: folder });
    const picture = await decode(page, fs.readFileSync(path.join(folder, 'result.png')));
    equal([picture.width, picture.height], [512, 512], 'the size');
    const odd = await page.evaluate(async (base) => (await import('/static/js/plan/curl.js')).curlOf({ plan: { version: 1, steps: [{ op: 'crop', params: { aspect: "it's $(id) `id` \"3:4\" \\" } }] }, base, versions: () => null, api: `${location.origin}/api/v1` }), versions[0].image);
    const echoed = await promisify(execFile)('sh', ['-c', odd.replace(/^curl/, "printf '%s\\n'")]);
    ensure(echoed.stdout.includes(JSON.stringify("it's $(id) `id` \"3:4\" \\")), `the shell changed it: ${echoed.stdout}`);
    fs.rmSync(folder, { recursive: true });
  });

  await check('the command is put on the clipboard', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await edit(page, 0);
    await page.locator('.plan-buttons .quiet').click();
    await page.waitForSelector('.toast');
    const text = await page.evaluate(() => navigator.clipboard.readText());
    ensure(text.startsWith("curl -sS --fail-with-body 'http://127.0.0.1") && text.includes('"3:4"'), text);
    await drop(page);
  });
}

async function asked(kit) {
  await kit.check('the plan of a question’s option is changed before it runs', async () => {
    const session = await withPicture(kit, fs.readFileSync(PHOTO), 'astronaut.png');
    await kit.server.api('POST', `/sessions/${session}/messages`, { text: '换个背景' });
    const page = await kit.open('plan-asked', `/s/${session}`);
    await page.locator('.question-foot .quiet').click();
    await page.locator('.menu .menu-item').first().click();
    await page.waitForSelector('.plan-step[data-op="background"]');
    await row(page, 'steps[0].params.color').locator('input[type=text]').fill('#102040');
    await page.click('.plan-foot .primary');
    await finished(page, 1);
    const { versions } = await snapshot(kit, session);
    const { at: [corner] } = await decode(page, versions.at(-1).image.url, 'image/png', [[2, 2]]);
    equal(corner, [16, 32, 64, 255], 'a corner');
    await page.context().close();
  });
}

async function sizes({ check, open, shot, checks }, session) {
  await check('on a phone, in the dark and in English, the editor takes the screen and nothing scrolls sideways', async () => {
    const phone = await open('plan-phone', `/s/${session}`, { width: 390, height: 844, touch: true, dark: true, lang: 'en-US' });
    await phone.waitForSelector('.edit-plan');
    await phone.locator('.edit-plan').nth(1).tap();
    await phone.waitForSelector('.plan-editor');
    await phone.locator('.plan-form summary').first().tap();
    await phone.waitForTimeout(300);
    ensure(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth && document.querySelector('.plan-body').scrollWidth <= innerWidth), 'it scrolls sideways');
    ensure(!/\p{Script=Han}/u.test(await phone.locator('.plan-editor').innerText()), 'Chinese on the English page');
    await shot(phone, 'plan-390-dark-en');
    await phone.evaluate(() => document.querySelector('#lang-switch [data-lang="zh"]').click());
    await phone.waitForFunction(() => document.querySelector('#plan-title')?.textContent.includes('方案'));
    await phone.context().close();
    checks.current = null;
  });
}
