// Marking an area on the canvas: what is drawn is what is downloaded, sent, and used, at any zoom, by pointer, touch and keys.
import fs from 'node:fs';
import path from 'node:path';
import { BOX, BRUSH, CLICK, ERASER, LASSO, disc, drag, places, reset, saved, setSize, startMarking, tool, withPicture } from './hands.mjs';
import { ROOT, decode, ensure, equal } from './harness.mjs';

const PHOTO = path.join(ROOT, 'tests/fixtures/photos/astronaut.png');
const JOB_MS = 60_000;

/** `kit`: `check`, `open`, `server`, `shot`, `complaints`, `checks`. */
export async function masks(kit) {
  const { open } = kit;
  const session = await withPicture(kit, fs.readFileSync(PHOTO), 'astronaut.png');
  const page = await open('mask', `/s/${session}`);
  await page.waitForSelector('.version');
  await drawing(kit, page);
  await files(kit, page);
  await sending(kit, page, session);
  await correcting(kit, page, session);
  await asked(kit, page, session);
  await clicking(kit);
  await otherHands(kit, session);
  await large(kit);
  await page.context().close();
}

async function drawing({ check, shot }, page) {
  await check('a stroke covers each pixel by how near it is to the line, whatever its direction and size', async () => {
    const worst = await page.evaluate(async () => {
      const { Raster } = await import('/static/js/mask/raster.js');
      let most = 0;
      const ends = [[[20, 20], [40.5, 31.25]], [[12.5, 30], [50, 30]], [[33, 5.5], [33, 44]], [[30, 25], [30, 25]], [[-9, 60], [70, -4]]];
      for (const [[ax, ay], [bx, by]] of ends) {
        for (const radius of [0.5, 1, 3.3, 12, 40]) {
          const raster = new Raster(60, 50);
          raster.stroke({ x: ax, y: ay }, { x: bx, y: by }, radius);
          const [dx, dy] = [bx - ax, by - ay];
          for (let i = 0; i < raster.values.length; i += 1) {
            const [px, py] = [(i % 60) + 0.5 - ax, Math.floor(i / 60) + 0.5 - ay];
            const along = Math.min(1, Math.max(0, (px * dx + py * dy) / (dx * dx + dy * dy || 1)));
            const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(px - along * dx, py - along * dy)));
            most = Math.max(most, Math.abs(255 * cover - raster.values[i]));
          }
        }
      }
      return most;
    });
    ensure(worst <= 1, `a pixel is off by ${worst}`);
  });

  await check('a stroke marks the same pixels of the picture at any zoom', async () => {
    await startMarking(page);
    await setSize(page, 40);
    const line = [[120, 140], [200, 180], [330, 300]];
    const masks = [];
    for (const factor of [1, 1.25 ** 2, 1.25 ** -2]) {
      await page.click('.zoom-value');
      for (let k = Math.round(Math.log(factor) / Math.log(1.25)); k !== 0; k -= Math.sign(k)) await page.click(`.zoom button:nth-child(${k > 0 ? 3 : 1})`);
      await drag(page, line);
      masks.push(await saved(page));
      await reset(page);
    }
    equal([masks[0].width, masks[0].height], [512, 512], 'the size');
    ensure(masks[0].at(200, 180) === 255 && masks[0].at(265, 240) === 255 && masks[0].at(40, 40) === 0, 'the stroke is elsewhere');
    for (const other of masks.slice(1)) ensure(other.bytes.equals(masks[0].bytes), `${other.count} pixels against ${masks[0].count}`);
    await page.click('.zoom button:last-child');
  });

  await check('a rectangle is exact to the pixel, the eraser and the minus take away, the lasso fills what it goes round', async () => {
    await tool(page, BOX);
    await page.click('.zoom-value');
    await drag(page, [[200, 210], [260, 250], [300, 260]]);
    const box = await saved(page);
    const [[left, top], [right, bottom]] = [[200, 210], [300, 260]];
    equal([box.count, box.at(left, top), box.at(right - 1, bottom - 1), box.at(left - 1, top), box.at(right, top), box.at(left, bottom)], [5000, 255, 255, 0, 0, 0], 'the rectangle');
    await page.click('.mask-signs button:last-child');
    await drag(page, [[250, 210], [320, 300]]);
    await page.click('.mask-signs button:first-child');
    equal((await saved(page)).count, 2500, 'half of it');
    await tool(page, ERASER);
    await drag(page, [[190, 235], [260, 235]]);
    const erased = await saved(page);
    ensure(erased.count < 2500 && erased.at(220, 235) === 0, 'nothing was erased');
    await reset(page);
    await tool(page, LASSO);
    await drag(page, [[200, 200], [300, 200], [300, 300]]);
    const lasso = await saved(page);
    ensure(Math.abs(lasso.count - 5000) < 120 && lasso.at(280, 230) === 255 && lasso.at(210, 290) === 0, `the lasso has ${lasso.count}`);
    await shot(page, 'mask-lasso-zh');
  });

  await check('strokes are undone and redone, inverting twice changes nothing, clear can be undone', async () => {
    const before = await saved(page);
    await page.keyboard.press('Control+z');
    equal((await saved(page)).count, 0, 'after undo');
    await page.keyboard.press('Control+Shift+z');
    ensure((await saved(page)).bytes.equals(before.bytes), 'redo brought something else');
    await page.click('.mask-whole button:first-child');
    const inverted = await saved(page);
    ensure(inverted.values.every((v, i) => v === 255 - before.values[i]), 'not the inverse');
    await page.click('.mask-whole button:first-child');
    await reset(page);
    equal((await saved(page)).count, 0, 'after clear');
    await page.keyboard.press('Control+z');
    ensure((await saved(page)).bytes.equals(before.bytes), 'clear was not undone');
  });

  await check('the wheel zooms, with Alt it changes the brush, the space bar moves the picture', async () => {
    await tool(page, BRUSH);
    const figures = () => page.evaluate(() => [document.querySelector('.zoom-value').textContent, document.querySelector('.mask-px').textContent, document.querySelector('.sheet').style.transform]);
    const before = await saved(page);
    const [zoom, px] = await figures();
    const [[x, y]] = await places(page, [[256, 256]]);
    await page.mouse.move(x, y);
    await page.mouse.wheel(0, -120);
    await page.waitForFunction((old) => document.querySelector('.zoom-value').textContent !== old, zoom);
    equal((await figures())[1], px, 'the brush');
    await page.keyboard.down('Alt');
    await page.mouse.wheel(0, -120);
    await page.keyboard.up('Alt');
    await page.waitForFunction((old) => document.querySelector('.mask-px').textContent !== old, px);
    const [, , place] = await figures();
    await page.keyboard.down(' ');
    await page.mouse.down();
    await page.mouse.move(x + 40, y + 30);
    await page.mouse.up();
    await page.keyboard.up(' ');
    ensure((await figures())[2] !== place, 'the picture did not move');
    ensure((await saved(page)).bytes.equals(before.bytes), 'something was painted');
    await page.click('.zoom button:last-child');
  });
}

async function files({ check }, page) {
  await check('a downloaded mask comes back identical, another shape is refused and said', async () => {
    await tool(page, BRUSH);
    await drag(page, [[300, 100], [380, 160]]);
    const first = await saved(page);
    await reset(page);
    await page.setInputFiles('.mask-bar input[type=file]', { name: 'mask.png', mimeType: 'image/png', buffer: first.bytes });
    await page.waitForFunction(() => document.querySelector('.mask-chip:not([hidden])'));
    // values up to 8 of 255 count as noise, on the page as on the server
    const back = await saved(page);
    ensure(back.values.every((v, i) => v === (first.values[i] <= 8 ? 0 : first.values[i])), 'the mask changed on the way');
    await page.setInputFiles('.mask-bar input[type=file]', path.join(ROOT, 'static/samples/chelsea.jpg'));
    await page.waitForSelector('.toast');
    ensure((await saved(page)).bytes.equals(back.bytes), 'a mask of another shape was taken');
    await page.setInputFiles('.mask-bar input[type=file]', { name: 'mask.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await page.waitForFunction(() => document.querySelector('#alarm').textContent.includes('蒙版'));
    ensure((await saved(page)).bytes.equals(back.bytes), 'a broken file changed the mask');
  });
}

const snapshot = ({ server }, session) => server.api('GET', `/sessions/${session}`);
const ended = (page) => page.waitForFunction(() => document.querySelector('#stop').hidden && !document.querySelector('.from-user.sending'), null, { timeout: JOB_MS });

async function versionAfter(kit, page, session, count, act) {
  await act();
  await page.waitForFunction((n) => document.querySelectorAll('.version').length >= n, count, { timeout: JOB_MS });
  await ended(page);
  return (await snapshot(kit, session)).versions.at(-1);
}

async function sending(kit, page, session) {
  const { check, server, shot } = kit;

  await check('Escape leaves the tool and keeps the mask, the chip says so and drops it', async () => {
    await page.locator('.stage').focus();
    await page.keyboard.press('Escape');
    await page.waitForSelector('.mask-bar', { state: 'detached' });
    ensure(await page.locator('.mask-chip').isVisible() && await page.locator('.mask-overlay').isVisible(), 'nothing shows that a mask waits');
    await shot(page, 'mask-waiting-zh');
    await page.click('.mask-chip .icon-button');
    ensure(await page.locator('.mask-chip').isHidden() && await page.locator('.mask-overlay').count() === 0, 'the mask was not dropped');
  });

  await check('a mask that is drawn is the mask that the server works with, and the same file sent by a script gives the same picture', async () => {
    await startMarking(page);
    await tool(page, BOX);
    await drag(page, [[150, 20], [350, 300]]);
    await tool(page, BRUSH);
    await drag(page, [[150, 320], [380, 420]]);
    const drawn = await saved(page);
    const { versions } = await snapshot(kit, session);
    const made = await versionAfter(kit, page, session, versions.length + 1, async () => { await page.fill('#instruction', '抠图'); await page.press('#instruction', 'Enter'); });
    const sent = (await snapshot(kit, session)).messages.findLast((m) => m.role === 'user');
    ensure(sent.mask && sent.mask.width === 512, 'no mask was sent');
    ensure(await page.locator('.mask-chip').isHidden() && await page.locator('.mask-bar').count() === 0, 'the mask still waits');
    const form = new FormData();
    form.append('text', '抠图');
    form.append('mask', new Blob([drawn.bytes], { type: 'image/png' }), 'mask.png');
    form.append('from_version', '1');
    const byScript = await (await fetch(`${server.url}/api/v1/sessions/${session}/messages?wait=true`, { method: 'POST', body: form })).json();
    const theirs = (await snapshot(kit, session)).versions.find((v) => v.number === byScript.job.version);
    const [a, b] = [await decode(page, made.image.url), await decode(page, theirs.image.url)];
    equal(a.hash, b.hash, 'the pictures');
    const [mine, resolved] = [await decode(page, drawn.bytes), await decode(page, made.mask.url)];
    ensure(mine.small.every((v, i) => Math.abs(v - resolved.small[i]) <= 8), 'the server worked with another mask');
  });

  await check('retrying an edit with a mask takes the mask along', async () => {
    const { versions } = await snapshot(kit, session);
    const last = versions.at(-1);
    const again = await versionAfter(kit, page, session, versions.length + 1, () => page.locator('article.card').last().getByText('再做一次').click());
    equal([again.parent, again.mask?.width], [last.parent, 512], 'the parent and the mask');
    equal((await decode(page, again.image.url)).hash, (await decode(page, last.image.url)).hash, 'the pictures');
  });

  await check('a mask is dropped, and that is said, when the picture changes its size', async () => {
    await page.waitForFunction(() => !document.querySelector('.button.mark').hidden);
    await startMarking(page);
    await drag(page, [[200, 200], [300, 300]]);
    await page.keyboard.press('Escape');
    await page.waitForSelector('.mask-chip:not([hidden])');
    await server.api('POST', `/sessions/${session}/messages?wait=true`, { text: '裁成3:4' });
    await page.waitForFunction(() => document.querySelector('#alarm').textContent.includes('标出的区域已取消'));
    ensure(await page.locator('.mask-chip').isHidden(), 'the chip is still there');
  });
}

async function correcting(kit, page, session) {
  const { check, shot, server } = kit;

  // what the hint says of the marked part, whether the operation's own mask is the other part, and what becomes of a pixel that is taken out
  const edits = [
    { text: '抠图', role: '保留', inverted: false, becomes: [0, 0, 0, 0] },
    { text: '背景换成红色', role: '保留', inverted: true, becomes: [255, 0, 0, 255] },
    { text: '把主体打马赛克', role: '修改', inverted: false, becomes: null },
    { text: '选中主体', role: '选区', inverted: false, becomes: null },
  ];
  for (const { text, role, inverted, becomes } of edits) {
    await check(`the mask of “${text}” can be corrected and the edit run again with it`, async () => {
      await server.api('POST', `/sessions/${session}/versions/1/checkout`);
      await page.waitForFunction(() => document.querySelector('.version[aria-current="true"]')?.dataset.number === '1');
      const cards = await page.locator('article.card').count();
      await page.fill('#instruction', text);
      await page.press('#instruction', 'Enter');
      await page.waitForFunction((n) => document.querySelectorAll('article.card[data-state="succeeded"]').length > n && document.querySelector('#stop').hidden, cards, { timeout: JOB_MS });
      const first = (await snapshot(kit, session)).jobs.at(-1);
      equal([first.target?.step, first.target?.version], [0, 1], 'step and version of the mask');
      await page.locator('article.card').last().getByText('修正选区').click();
      await page.waitForSelector('.mask-bar');
      ensure((await page.locator('.mask-hint').innerText()).includes(role), 'the hint does not say what is marked');
      const offered = await saved(page);
      const found = await decode(page, first.target.mask.url, 'image/png', [[256, 200], [5, 5]]);
      for (const [i, [x, y]] of [[256, 200], [5, 5]].entries()) equal(offered.at(x, y), inverted ? 255 - found.at[i][0] : found.at[i][0], 'the mask that is offered');
      await tool(page, ERASER);
      await setSize(page, 60);
      await drag(page, [[200, 300], [300, 300]]);
      const corrected = await saved(page);
      ensure(corrected.count < offered.count && corrected.at(250, 300) === 0, 'nothing was erased');
      await shot(page, `mask-correct-${first.plan.steps[0].op}-zh`);
      await page.click('.mask-out .primary');
      await page.waitForFunction((n) => document.querySelectorAll('article.card[data-state="succeeded"]').length > n && document.querySelector('#stop').hidden, cards + 1, { timeout: JOB_MS });
      const again = (await snapshot(kit, session)).jobs.at(-1);
      equal(again.plan.steps[0].op, first.plan.steps[0].op, 'the operation');
      const resolved = await decode(page, again.target.mask.url, 'image/png', [[250, 300], [256, 200]]);
      equal(resolved.at[0][0], inverted ? 255 : 0, 'what was erased');
      const version = again.version && (await snapshot(kit, session)).versions.find((v) => v.number === again.version);
      if (version) {
        equal(version.parent, 1, 'the parent');
        const [{ at: [pixel] }, { at: [original] }] = [await decode(page, version.image.url, 'image/png', [[250, 300]]), await decode(page, (await snapshot(kit, session)).versions[0].image.url, 'image/png', [[250, 300]])];
        equal(pixel, becomes ?? original, 'the pixel that was taken out');
      }
    });
  }
}

async function asked(kit, page, session) {
  const { check, server } = kit;
  await check('an option that works on a marked area opens the tool, and the mask goes with the answer', async () => {
    let [text, at] = [null, -1];
    for (const candidate of ['去掉鞋子', '去掉裙子', '把裙子换成红色', '擦掉这里']) {
      const { question } = await server.api('POST', '/plan', { instruction: candidate, context: { attached: 0, versions: 2 } });
      at = (question?.options ?? []).findIndex((option) => JSON.stringify(option.plan).includes('"mask":"upload"'));
      if (at >= 0) { text = candidate; break; }
    }
    ensure(text, 'the planner offers to paint for none of the instructions');
    await server.api('POST', `/sessions/${session}/versions/1/checkout`);
    await page.waitForFunction(() => document.querySelector('.version[aria-current="true"]')?.dataset.number === '1');
    await page.fill('#instruction', text);
    await page.press('#instruction', 'Enter');
    await page.waitForSelector('.question .option:not([disabled])');
    await page.locator('.message').last().locator('.option').nth(at).click();
    await page.waitForSelector('.mask-bar');
    ensure(await page.locator('.mask-out .primary').isDisabled(), 'an empty mask can be sent');
    await tool(page, BRUSH);
    await drag(page, [[200, 400], [300, 420]]);
    await page.waitForSelector('.mask-out .primary:not([disabled])');
    const [response] = await Promise.all([page.waitForResponse((r) => r.request().method() === 'POST' && r.url().endsWith('/messages')), page.locator('.mask-out .primary').click()]);
    const body = response.request().postDataJSON();
    equal([typeof body.mask, body.answer.option], ['string', at], 'the answer');
    equal((await snapshot(kit, session)).messages.findLast((m) => m.role === 'user').mask.width, 512, 'the mask of the message');
  });
}

async function clicking(kit) {
  const { check, open, shot, complaints } = kit;
  await check('a click on a person selects the person, on the real server', async () => {
    const session = await withPicture(kit, fs.readFileSync(path.join(ROOT, 'tests/fixtures/photos/astronaut.png')), 'astronaut.png');
    const page = await open('click-person', `/s/${session}`);
    await page.waitForSelector('.version');
    await startMarking(page);
    await tool(page, CLICK);
    const [face] = await places(page, [[224, 120]]);
    await page.mouse.click(...face);
    await page.waitForFunction(() => document.querySelectorAll('.mask-draft g').length === 1 && document.querySelector('.stage').getAttribute('aria-busy') === 'false', null, { timeout: 60_000 });
    const mask = await saved(page);
    equal([mask.at(224, 120), mask.at(200, 400), mask.at(30, 100), mask.at(480, 60)], [255, 255, 0, 0], 'face, suit, flag, shuttle');
    await shot(page, 'mask-click-person');
    await page.context().close();
  });
  await check('clicks ask for a mask, the quick answer gives way to the full-size one, undo takes the point back, what was painted stays', async () => {
    const session = await withPicture(kit, fs.readFileSync(path.join(ROOT, 'static/samples/alps.jpg')), 'alps.jpg');
    const asked = [];
    const page = await open('clicks', `/s/${session}`, { prepare: (p) => p.route(/\/images\/[^/]+\/mask$/, async (route) => {
      const body = route.request().postDataJSON();
      if (!body.target.points) { await route.fulfill({ contentType: 'image/png', body: disc(64, 64, 32, 32, 5) }); return; }
      asked.push(body);
      if (body.target.points.length === 3) { await route.fulfill({ status: 422, contentType: 'application/json', body: JSON.stringify({ error: { code: 'mask_empty', message: '这里没有找到可选的东西。' } }) }); return; }
      const { width, height } = (await snapshot(kit, session)).versions[0].image;
      const scale = body.max_side ? Math.min(1, body.max_side / Math.max(width, height)) : 1;
      const [x, y] = body.target.points[0];
      await route.fulfill({ contentType: 'image/png', body: disc(Math.round(width * scale), Math.round(height * scale), x * scale, y * scale, (body.max_side ? 100 : 120) * scale) });
    }) });
    await page.waitForSelector('.version');
    const { image } = (await snapshot(kit, session)).versions[0];
    await startMarking(page);
    await tool(page, BOX);
    await drag(page, [[10, 10], [60, 60]]);
    await tool(page, CLICK);
    const spot = [Math.round(image.width / 2), Math.round(image.height / 2)];
    const [place] = await places(page, [spot]);
    await page.mouse.click(...place);
    await page.waitForFunction(() => document.querySelectorAll('.mask-draft g').length === 1 && document.querySelector('.stage').getAttribute('aria-busy') === 'false');
    equal(asked.map((body) => body.max_side), [1280, undefined], 'the quick request and the full one');
    equal([asked[0].target.kind, asked[0].max_side, asked[0].target.points[0][2]], ['region', 1280, 1], 'the request');
    ensure(Math.hypot(asked[0].target.points[0][0] - spot[0], asked[0].target.points[0][1] - spot[1]) < 4, 'the point is elsewhere');
    const one = await saved(page);
    ensure(one.at(30, 30) === 255 && one.at(...spot) === 255, 'the answer or what was painted is missing');
    equal(one.at(spot[0] + 110, spot[1]), 255, 'the full-size answer');
    await page.mouse.click(place[0] + 20, place[1], { button: 'right' });
    await page.waitForFunction(() => document.querySelectorAll('.mask-draft g.outside').length === 1 && document.querySelector('.stage').getAttribute('aria-busy') === 'false');
    equal(asked.at(-1).target.points.map((p) => p[2]), [1, 0], 'inside and outside');
    await shot(page, 'mask-clicks-zh');
    await complaints.allow(/clicks: .*422/, async () => {
      await page.mouse.click(place[0] - 30, place[1]);
      await page.waitForFunction(() => document.querySelector('#alarm').textContent.includes('没有找到'));
    });
    equal(await page.locator('.mask-draft g').count(), 2, 'points after a refusal');
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
    equal(await page.locator('.mask-draft g').count(), 0, 'points after undo');
    const undone = await saved(page);
    ensure(undone.at(30, 30) === 255 && undone.at(...spot) === 0, 'undo left something');
    await page.context().close();
  });
}

async function otherHands(kit, session) {
  const { check, open, shot, server, checks } = kit;

  await check('every tool works by keys alone', async () => {
    await server.api('POST', `/sessions/${session}/versions/1/checkout`);
    const page = await open('mask keys', `/s/${session}`, { lang: 'en-US', dark: true });
    await page.waitForSelector('.version');
    await page.focus('.button.mark');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.mask-bar');
    ensure(await page.evaluate(() => document.activeElement.classList.contains('stage')), 'the picture has not the focus');
    const px = await page.locator('.mask-px').innerText();
    await page.keyboard.press(']');
    ensure(await page.locator('.mask-px').innerText() !== px, 'the size stays');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    for (let i = 0; i < 6; i += 1) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    const brushed = await saved(page);
    ensure(brushed.count > 1000, 'nothing was painted');
    await page.locator('.stage').focus();
    await page.keyboard.press('r');
    await page.keyboard.press('Enter');
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowLeft']) await page.keyboard.press(`Shift+${key}`);
    await page.keyboard.press('Enter');
    ensure((await saved(page)).count > brushed.count, 'no rectangle');
    const mixed = await page.evaluate(() => [...document.querySelectorAll('.canvas [aria-label], .canvas [title]')].flatMap((e) => [e.getAttribute('aria-label'), e.title]).concat(document.querySelector('.canvas').innerText).join(' ').match(/\p{Script=Han}+/gu) ?? []);
    equal(mixed, [], 'Chinese in the English tool');
    const nameless = await page.evaluate(() => [...document.querySelectorAll('.mask-bar button, .mask-bar input:not([type=file])')].filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim())).length);
    equal(nameless, 0, 'controls without a name');
    await page.keyboard.press('b');
    await shot(page, 'mask-keys-dark-en');
    await page.evaluate(() => document.querySelector('[data-lang="zh"]').click());
    await page.waitForFunction(() => document.querySelector('.mask-out .button')?.textContent === '完成');
    const english = await page.evaluate(() => document.querySelector('.mask-bar').innerText.match(/[A-Za-z]{3,}/g) ?? []);
    equal(english.filter((word) => word !== 'Alt'), [], 'English in the Chinese tool');
    equal((await saved(page)).count > brushed.count, true, 'the mask after a change of language');
    await page.context().close();
  });

  await check('on a phone one finger paints, two fingers zoom without painting, and everything is large enough', async () => {
    const page = await open('mask phone', `/s/${session}`, { width: 390, height: 844, touch: true, lang: 'en-US' });
    await page.tap('[data-view-choice="canvas"]');
    await page.waitForSelector('.button.mark:visible');
    await shot(page, 'mask-button-390-en');
    await page.tap('.button.mark');
    await page.waitForSelector('.mask-bar');
    const line = await page.context().newCDPSession(page);
    const touch = (type, points) => line.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
    const [[x, y]] = await places(page, [[256, 256]]);
    await touch('touchStart', [[x - 60, y]]);
    for (let i = 1; i <= 10; i += 1) await touch('touchMove', [[x - 60 + i * 10, y]]);
    await touch('touchEnd', []);
    await page.waitForSelector('.mask-chip:not([hidden])');
    const painted = await saved(page);
    ensure(painted.at(256, 256) === 255, 'the finger painted elsewhere');
    const zoom = await page.locator('.zoom-value').textContent();
    await touch('touchStart', [[x - 30, y + 40]]);
    await touch('touchMove', [[x - 34, y + 40]]);
    await touch('touchStart', [[x - 34, y + 40], [x + 30, y + 40]]);
    for (let i = 1; i <= 8; i += 1) await touch('touchMove', [[x - 34 - i * 5, y + 40], [x + 30 + i * 5, y + 40]]);
    await touch('touchEnd', []);
    ensure(await page.locator('.zoom-value').textContent() !== zoom, 'two fingers did not zoom');
    ensure((await saved(page)).bytes.equals(painted.bytes), 'two fingers painted');
    ensure(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page scrolls sideways');
    const small = await page.evaluate(() => [...document.querySelectorAll('.mask-bar button, .mask-chip button')].filter((e) => e.offsetParent).map((e) => e.getBoundingClientRect()).filter((r) => r.height < 44 || r.width < 44).length);
    equal(small, 0, 'touch targets below 44 px');
    ensure((await page.locator('.stage').boundingBox()).height > 300, 'hardly anything of the picture is left');
    await shot(page, 'mask-390-en');
    await page.context().close();
    checks.current = null;
  });
}

async function large(kit) {
  const { check, open, shot } = kit;
  await check('a picture of 12 megapixels is marked as one draws', async () => {
    const page = await open('mask large', '/', { lang: 'en-US' });
    const bytes = await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(4000, 3000);
      const context = canvas.getContext('2d');
      const sky = context.createLinearGradient(0, 0, 4000, 3000);
      sky.addColorStop(0, '#9fc4e8');
      sky.addColorStop(1, '#e8b48a');
      context.fillStyle = sky;
      context.fillRect(0, 0, 4000, 3000);
      return Array.from(new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.8 })).arrayBuffer()));
    });
    const session = await withPicture(kit, Buffer.from(bytes), 'large.jpg');
    await page.goto(`${kit.server.url}/s/${session}`);
    await page.waitForSelector('.version');
    await startMarking(page);
    await setSize(page, 400);
    // every move must have been drawn before the next frame but one: the page stays alive while one paints
    await page.evaluate(() => { window.frames = 0; const count = () => { window.frames += 1; requestAnimationFrame(count); }; count(); });
    const before = await page.evaluate(() => window.frames);
    await drag(page, Array.from({ length: 60 }, (_, i) => [600 + i * 45, 1500 + 500 * Math.sin(i / 6)]));
    ensure(await page.evaluate(() => window.frames) - before > 10, 'the page stood still');
    const mask = await saved(page);
    equal([mask.width, mask.height, mask.at(600, 1500), mask.at(100, 100)], [4000, 3000, 255, 0], 'the mask');
    await shot(page, 'mask-large-en');
    await page.context().close();
  });
}
