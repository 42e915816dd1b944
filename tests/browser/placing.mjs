// Moving by hand what an edit put into the picture: by mouse, touch, keys and numbers; applied, it is a sibling with the same plan at another place.
import { disc, drag, places, withPicture } from './hands.mjs';
import { decode, ensure, equal } from './harness.mjs';

const JOB_MS = 60_000;
/** The logo is 100×60 in a clear border of 10: red on its left, blue on its right. */
const LOGO = { width: 120, height: 80 };
const RED = [220, 30, 40, 255];
const BLUE = [30, 60, 220, 255];

/** `kit`: `check`, `open`, `server`, `shot`, `complaints`, `checks`. */
export async function placing(kit) {
  const { open } = kit;
  const page = await open('placing', '/');
  const pictures = await drawn(page);
  const session = await withLogo(kit, pictures);
  await page.goto(`${kit.server.url}/s/${session}`);
  await page.waitForSelector('.version');
  await numbers(kit, page);
  await moving(kit, page, session);
  await applying(kit, page, session);
  await painted(kit, page, pictures);
  await several(kit, pictures);
  await otherHands(kit, session);
  await page.context().close();
}

/** A scene of soft colours, and the logo with alpha. */
const drawn = (page) => page.evaluate(async ({ width, height, red, blue }) => {
  const png = async (canvas) => Array.from(new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer()));
  const scene = new OffscreenCanvas(600, 400);
  const ground = scene.getContext('2d');
  const sky = ground.createLinearGradient(0, 0, 600, 400);
  sky.addColorStop(0, '#d9e6dc');
  sky.addColorStop(1, '#b9a88c');
  ground.fillStyle = sky;
  ground.fillRect(0, 0, 600, 400);
  const logo = new OffscreenCanvas(width, height);
  const paint = logo.getContext('2d');
  for (const [colour, x] of [[red, 10], [blue, width / 2]]) { paint.fillStyle = `rgb(${colour.slice(0, 3)})`; paint.fillRect(x, 10, width / 2 - 10, height - 20); }
  return { scene: await png(scene), logo: await png(logo) };
}, { ...LOGO, red: RED, blue: BLUE });

async function upload({ server }, bytes, name) {
  const form = new FormData();
  form.append('image', new Blob([Buffer.from(bytes)]), name);
  return (await (await fetch(`${server.url}/api/v1/images`, { method: 'POST', body: form })).json()).id;
}

/** A session in which the logo lies on the scene, its centre at 150, 120. */
async function withLogo(kit, { scene, logo }) {
  const images = [await upload(kit, scene, 'scene.png'), await upload(kit, logo, 'logo.png')];
  const { id } = await kit.server.api('POST', '/sessions', {});
  const params = { image: 'image:2', position: 'top-left', x: 150, y: 120, width: 100, shadow: 'none', match_light: false };
  await kit.server.api('POST', `/sessions/${id}/messages?wait=true`, { plan: { version: 1, steps: [{ op: 'place', params }] }, images });
  return id;
}

const snapshot = ({ server }, session) => server.api('GET', `/sessions/${session}`);
const pixels = async (page, url, at) => (await decode(page, url, 'image/png', at)).at;

/** Where the chosen thing is, by the bar's numbers: x, y, width, angle. */
const reading = (page) => page.evaluate(() => [...document.querySelectorAll('.placing-field input')].map((input) => Number(input.value)));

async function start(page) {
  await page.locator('.button.mark', { hasText: /调整位置|Move it/ }).click();
  await page.waitForSelector('.placing-bar');
  await page.waitForFunction(() => [...document.querySelectorAll('.placing-layer img')].every((image) => image.complete && image.naturalWidth > 0));
}

const left = (page) => page.waitForSelector('.placing-bar', { state: 'detached' });

/** The colours that are on the screen at some pixels of the picture. */
async function onScreen(page, points) {
  // a bar that came or went moves the picture with the next frame
  await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
  const at = (await places(page, points)).map((place) => place.map(Math.round));
  return (await decode(page, await page.screenshot(), 'image/png', at)).at;
}

const near = (a, b, off = 12) => a.every((value, i) => Math.abs(value - b[i]) <= off);

async function numbers({ check }, page) {
  await check('a corner keeps the opposite one where it is, two fingers keep what is under them, nothing leaves the picture', async () => {
    const faults = await page.evaluate(async () => {
      const g = await import('/static/js/placing/geometry.js');
      const faults = [];
      const expect = (ok, what) => { if (!ok) faults.push(what); };
      const corner = (at, sx, sy) => { const [dx, dy] = g.turned([(sx * at.width) / 2, (sy * at.height) / 2], at.rotate); return [at.x + dx, at.y + dy]; };
      for (const rotate of [0, 30, -135]) {
        const at = { x: 200, y: 150, width: 100, height: 60, rotate };
        const [fixed, from] = [corner(at, -1, -1), corner(at, 1, 1)];
        const to = [from[0] + (from[0] - fixed[0]) * 0.5, from[1] + (from[1] - fixed[1]) * 0.5];
        const larger = g.pulled(at, [1, 1], from, to);
        const still = corner(larger, -1, -1);
        expect(Math.hypot(still[0] - fixed[0], still[1] - fixed[1]) < 1e-6, `the corner at ${rotate} went to ${still}`);
        expect(Math.abs(larger.width - 150) < 1e-6 && Math.abs(larger.height - 90) < 1e-6, `the size at ${rotate}: ${larger.width}×${larger.height}`);
        expect(g.contains(at, [200, 150]) && g.contains(at, corner(at, 0.9, 0.9)) && !g.contains(at, corner(at, 1.2, 0)), `inside at ${rotate}`);
      }
      const held = { x: 200, y: 150, width: 100, height: 60, rotate: 10 };
      const two = g.pinched(held, [[180, 150], [220, 150]], [[200, 110], [200, 190]]);
      expect(Math.abs(two.x - 200) < 1e-6 && Math.abs(two.y - 150) < 1e-6 && Math.abs(two.width - 200) < 1e-6 && two.rotate === 100, `two fingers: ${JSON.stringify(two)}`);
      expect(g.swung({ ...held, rotate: 0 }, [300, 150], [200, 250]).rotate === 90 && g.swung({ ...held, rotate: 0 }, [300, 150], [300, 151]).rotate === 0, 'turning');
      const away = g.kept({ ...held, x: -4000, y: 9000, width: 1e9, height: 6e8 }, { width: 600, height: 400 });
      const [w, h] = g.room(away);
      expect(away.x + w / 2 > 0 && away.y - h / 2 < 400 && away.width <= 2400 && Math.abs(away.height / away.width - 0.6) < 1e-9, `out of sight: ${JSON.stringify(away)}`);
      expect(g.angle(-180) === 180 && g.angle(725.04) === 5 && g.angle(-0.04) === 0, 'angles');
      return faults;
    });
    equal(faults, [], 'faults');
  });
}

async function moving(kit, page, session) {
  const { check, shot } = kit;

  await check('what was put in can be moved: the scene without it, and it where it is', async () => {
    const [job] = (await snapshot(kit, session)).jobs;
    equal(job.artifacts.filter((a) => a.role === 'cutout').map((a) => [a.image.width, a.image.height]), [[100, 60]], 'the thing');
    ensure(await page.locator('article.card').getByText('修正选区').count() === 0, 'a mask can be corrected where there is no target');
    await page.locator('article.card').getByText('调整位置').click();
    await page.waitForSelector('.placing-bar');
    await page.waitForTimeout(300);
    equal(await reading(page), [150, 120, 100, 0], 'x, y, width, angle');
    const [red, blue, ground] = await onScreen(page, [[125, 120], [175, 120], [450, 250]]);
    ensure(near(red, RED) && near(blue, BLUE) && !near(ground, RED, 60), `on the screen: ${[red, blue, ground]}`);
    ensure(await page.locator('.placing-out .primary').isDisabled(), 'it can be applied although nothing was moved');
  });

  await check('the mouse drags it, scales it by a corner, turns it by the handle; each is one step back', async () => {
    await drag(page, [[140, 115], [200, 150], [290, 215]]);
    equal(await reading(page), [300, 220, 100, 0], 'after dragging');
    const [was, is] = await onScreen(page, [[125, 120], [275, 220]]);
    ensure(near(is, RED) && !near(was, RED, 60), 'the screen shows it elsewhere');
    await drag(page, [[350, 250], [380, 268], [400, 280]]);
    const scaled = await reading(page);
    equal(scaled, [325, 235, 150, 0], 'after scaling by the lower right corner');
    const [handle] = await page.evaluate(() => { const r = document.querySelector('.placing-handle.turn').getBoundingClientRect(); return [[r.left + r.width / 2, r.top + r.height / 2]]; });
    const [[cx, cy]] = await places(page, [[325, 235]]);
    const arm = Math.hypot(handle[0] - cx, handle[1] - cy);
    await page.mouse.move(...handle);
    await page.mouse.down();
    for (let i = 1; i <= 6; i += 1) await page.mouse.move(cx + arm * Math.sin((i * Math.PI) / 36), cy - arm * Math.cos((i * Math.PI) / 36));
    await page.mouse.up();
    equal(await reading(page), [325, 235, 150, 30], 'after turning');
    // near the corners of the frame, in the thing's own pixels
    const within = [[-54, -25], [-54, 25], [54, -25], [54, 25]].map(([a, b]) => [325 + a * Math.cos(Math.PI / 6) - b * Math.sin(Math.PI / 6), 235 + a * Math.sin(Math.PI / 6) + b * Math.cos(Math.PI / 6)]);
    const corners = await onScreen(page, within);
    ensure(corners.every((colour, i) => near(colour, i < 2 ? RED : BLUE)), `it does not fill its frame: ${corners}`);
    await page.waitForTimeout(200);
    await shot(page, 'placing-zh');
    for (const wanted of [scaled, [300, 220, 100, 0], [150, 120, 100, 0]]) { await page.keyboard.press('Control+z'); equal(await reading(page), wanted, 'after undo'); }
    await page.keyboard.press('Control+Shift+z');
    equal(await reading(page), [300, 220, 100, 0], 'after redo');
  });

  await check('the keys move, scale and turn it, numbers can be typed, reset brings it back', async () => {
    for (const key of ['ArrowRight', 'Shift+ArrowRight', 'ArrowUp', 'Shift+ArrowDown', ']', ']', ']', '[', '+', '+', '-']) await page.keyboard.press(key);
    equal(await reading(page), [311, 229, 102, 2], 'after the keys');
    await page.locator('.placing-field input').nth(3).fill('-45');
    await page.locator('.placing-field input').nth(2).fill('80');
    await page.keyboard.press('Enter');
    equal(await reading(page), [311, 229, 80, -45], 'after typing');
    ensure(await page.evaluate(() => document.activeElement.classList.contains('placing-frame')), 'the focus is not back on the thing');
    await page.getByRole('button', { name: '还原' }).click();
    equal(await reading(page), [150, 120, 100, 0], 'after reset');
    await page.keyboard.press('Control+z');
    equal(await reading(page), [311, 229, 80, -45], 'reset is a step too');
    await page.locator('.placing-frame').focus();
    for (let i = 0; i < 70; i += 1) await page.keyboard.press('Shift+ArrowLeft');
    ensure((await reading(page))[0] > -60, 'it left the picture');
  });

  await check('Escape leaves everything as it was', async () => {
    const before = await snapshot(kit, session);
    await page.keyboard.press('Escape');
    await left(page);
    equal(await page.locator('.placing-layer, .placing-frame').count(), 0, 'rests of the tool');
    ensure(await page.evaluate(() => document.activeElement.textContent === '调整位置'), 'the focus is lost');
    const [red] = await onScreen(page, [[125, 120]]);
    ensure(near(red, RED), 'the version does not show');
    const after = await snapshot(kit, session);
    equal([after.messages.length, after.versions.length, after.session.current], [before.messages.length, before.versions.length, before.session.current], 'messages, versions, current');
    await start(page);
    equal(await reading(page), [150, 120, 100, 0], 'opened again');
    await page.keyboard.press('Escape');
    await left(page);
  });
}

/** Applies, and gives the version that came of it. */
async function applied(kit, page, session, act) {
  const { versions } = await snapshot(kit, session);
  await act();
  await page.waitForFunction((n) => document.querySelectorAll('.version').length > n && document.querySelector('#stop').hidden, versions.length, { timeout: JOB_MS });
  return (await snapshot(kit, session)).versions.at(-1);
}

async function applying(kit, page, session) {
  const { check } = kit;

  await check('applied, it is a sibling with the same plan at another place, and its pixels are there', async () => {
    const before = (await snapshot(kit, session)).versions.at(-1);
    await start(page);
    await drag(page, [[150, 120], [380, 290]]);
    await page.keyboard.press(']');
    await page.keyboard.press('[');
    const made = await applied(kit, page, session, () => page.keyboard.press('Enter'));
    await left(page);
    equal([made.parent, before.parent], [1, 1], 'the parents');
    const [ran, meant] = [made.resolved_plan.steps[0], before.resolved_plan.steps[0]];
    equal([ran.op, ran.params.x, ran.params.y, ran.params.width, ran.params.rotate], ['place', 380, 290, 100, 0], 'where it is');
    equal([ran.params.shadow, ran.params.match_light, ran.params.cutout], [meant.params.shadow, meant.params.match_light, meant.params.cutout], 'all else');
    ensure(!('position' in made.plan.steps[0].params), 'the plan still names the corner');
    const [red, blue, was] = await pixels(page, made.image.url, [[350, 290], [410, 290], [150, 120]]);
    const [ground] = await pixels(page, (await snapshot(kit, session)).versions[0].image.url, [[150, 120]]);
    equal([red, blue, was], [RED, BLUE, ground], 'the pixels');
    const { messages } = await snapshot(kit, session);
    equal(await page.locator('.from-user').count(), messages.filter((m) => m.role === 'user').length, 'bubbles');
  });

  await check('after a reload it can be moved again, scaled and turned, from where it is', async () => {
    await page.reload();
    await page.waitForSelector('.version');
    await start(page);
    equal(await reading(page), [380, 290, 100, 0], 'where it is');
    await page.locator('.placing-field input').nth(3).fill('90');
    await page.locator('.placing-field input').nth(2).fill('150');
    await page.locator('.placing-field input').nth(0).fill('200');
    const made = await applied(kit, page, session, () => page.locator('.placing-out .primary').click());
    equal(made.parent, 1, 'the parent');
    const { params } = made.resolved_plan.steps[0];
    equal([params.x, params.y, params.width, params.height, params.rotate], [200, 290, 150, 90, 90], 'where it is');
    const [above, below] = await pixels(page, made.image.url, [[200, 240], [200, 340]]);
    ensure(near(above, RED, 2) && near(below, BLUE, 2), `clockwise: ${above} above, ${below} below`);
    const again = await applied(kit, page, session, () => page.locator('article.card').last().getByText('再做一次').click());
    equal([again.parent, again.resolved_plan.steps[0].params], [1, params], 'where it is when that is done again');
    await page.waitForFunction(() => [...document.querySelectorAll('.button.mark')].some((b) => b.textContent === '调整位置' && !b.hidden));
    await start(page);
    const [up, down] = await onScreen(page, [[200, 240], [200, 340]]);
    ensure(near(up, RED) && near(down, BLUE), 'what is turned already is turned twice on the canvas');
    await page.keyboard.press('Escape');
  });
}

async function painted(kit, page, { scene, logo }) {
  const { check, server } = kit;
  await check('what was swapped in moves with its painted mask, and what can be corrected is what was removed', async () => {
    const session = await withPicture(kit, Buffer.from(scene), 'scene.png');
    const mask = await upload(kit, disc(600, 400, 300, 200, 60), 'mask.png');
    const params = { target: { kind: 'mask', mask: 'upload' }, with: 'image:1' };
    await server.api('POST', `/sessions/${session}/messages?wait=true`, { plan: { version: 1, steps: [{ op: 'flip', params: { axis: 'horizontal' } }, { op: 'swap', params }] }, images: [await upload(kit, logo, 'logo.png')], mask });
    await page.goto(`${server.url}/s/${session}`);
    await page.waitForSelector('.version');
    const before = (await snapshot(kit, session)).versions.at(-1);
    await start(page);
    const [x, y, width] = await reading(page);
    await drag(page, [[x, y], [x - 150, y + 60]]);
    const made = await applied(kit, page, session, () => page.keyboard.press('Enter'));
    equal([made.parent, made.plan.steps.map((s) => s.op)], [before.parent, ['flip', 'swap']], 'parent and steps');
    const ran = made.resolved_plan.steps[1].params;
    ensure(Math.abs(ran.x - (x - 150)) <= 1 && Math.abs(ran.y - (y + 60)) <= 1 && ran.width === width && ran.with === 'version:2', JSON.stringify(ran));
    const { messages, jobs } = await snapshot(kit, session);
    equal([messages.findLast((m) => m.role === 'user').mask?.id, jobs.at(-1).state], [mask, 'succeeded'], 'mask and state');
    const hole = jobs.at(-1).artifacts.find((a) => a.step === 1 && a.role === 'hole').image;
    const [inside, thing] = await pixels(page, hole.url, [[300, 200], [Math.round(x - 150), Math.round(y + 60)]]);
    equal([inside[0], thing[0]], [255, 0], 'what was removed');

    const single = { version: 1, steps: [{ op: 'swap', params: { ...params, with: 'version:2' } }] };
    const { job } = await server.api('POST', `/sessions/${session}/messages?wait=true`, { plan: single, mask, from_version: 1 });
    equal(job.target.mask.id, job.artifacts.find((a) => a.role === 'hole').image.id, 'what can be corrected');
  });
}

async function several(kit, { logo }) {
  const { check, open, server, shot } = kit;
  await check('of several things each is chosen by a click or by Tab, the nearer one lies over the farther one, and all their places are sent', async () => {
    const images = [await upload(kit, logo, 'one.png'), await upload(kit, logo, 'two.png')];
    const { id } = await server.api('POST', '/sessions', {});
    const place = (x, y) => ({ x, y, width: 100, height: 60, rotate: 0 });
    const params = { images: ['image:1', 'image:2'], size: '600x400', shadow: 'none', placements: [place(150, 120), place(400, 250)] };
    await server.api('POST', `/sessions/${id}/messages?wait=true`, { plan: { version: 1, steps: [{ op: 'compose', params }] }, images });
    const before = (await snapshot(kit, id)).versions.at(-1);
    let refuse = true;
    const page = await open('several', `/s/${id}`, { prepare: (p) => p.route(/\/messages$/, (route) => (refuse ? route.fulfill({ status: 400, contentType: 'application/json', body: JSON.stringify({ error: { code: 'invalid_plan', message: '不行' } }) }) : route.continue())) });
    await page.waitForSelector('.version');
    await start(page);
    equal([await page.locator('.placing-frame').count(), await reading(page)], [2, [150, 120, 100, 0]], 'frames, and the first one');
    const [[x, y]] = await places(page, [[400, 250]]);
    await page.mouse.click(x, y);
    equal(await reading(page), [400, 250, 100, 0], 'the one that was clicked');
    await page.keyboard.press('Shift+Tab');
    equal(await reading(page), [150, 120, 100, 0], 'the one before');
    await page.keyboard.press('Tab');
    equal(await reading(page), [400, 250, 100, 0], 'the next one');
    ensure((await page.locator('.placing-hint').innerText()).includes('第 2 个，共 2 个'), 'the hint does not say which');
    // its red half over the blue half of the first, once as the nearer one and once as the farther one
    await drag(page, [[400, 250], [200, 130]]);
    const [nearer] = await onScreen(page, [[175, 130]]);
    for (let i = 0; i < 2; i += 1) await page.keyboard.press('Shift+ArrowUp');
    const [farther] = await onScreen(page, [[175, 125]]);
    ensure(near(nearer, RED) && near(farther, BLUE), `${nearer} nearer, ${farther} farther`);
    await shot(page, 'placing-several-zh');
    await kit.complaints.allow(/several: .*400/, async () => {
      await page.keyboard.press('Enter');
      await page.waitForSelector('.toast');
    });
    equal(await reading(page), [200, 110, 100, 0], 'where it is after a refusal');
    refuse = false;
    const made = await applied(kit, page, id, () => page.locator('.placing-frame[data-chosen]').press('Enter'));
    equal([made.parent, made.resolved_plan.steps[0].params.placements.map((p) => [p.x, p.y])], [before.parent, [[150, 120], [200, 110]]], 'the parent and the places');
    const [over, white] = await pixels(page, made.image.url, [[175, 125], [400, 250]]);
    equal([over, white], [BLUE, [255, 255, 255, 255]], 'the pixels');
    await page.context().close();
  });
}

async function otherHands(kit, session) {
  const { check, open, shot, checks } = kit;

  await check('in the dark and in English every control has a name, and a change of language keeps what was moved', async () => {
    const page = await open('placing dark', `/s/${session}`, { lang: 'en-US', dark: true });
    await page.waitForSelector('.version');
    await start(page);
    await page.keyboard.press('Shift+ArrowRight');
    const [names, mixed] = await page.evaluate(() => {
      const all = [...document.querySelectorAll('.placing-bar button, .placing-bar input, .placing-frame')].map((e) => e.getAttribute('aria-label') || e.textContent.trim());
      return [all, (document.querySelector('.canvas').innerText + all.join(' ') + [...document.querySelectorAll('.placing-bar [title]')].map((e) => e.title).join(' ')).match(/\p{Script=Han}+/gu) ?? []];
    });
    ensure(names.length === 10 && names.every(Boolean), `names: ${names}`);
    ensure(names.at(-1).includes('x 210, y 290'), `the thing is called ${names.at(-1)}`);
    equal(mixed, [], 'Chinese in the English tool');
    await page.waitForFunction(() => /x 210, y 290/.test(document.querySelector('#announcer').textContent));
    await shot(page, 'placing-dark-en');
    await page.evaluate(() => document.querySelector('[data-lang="zh"]').click());
    await page.waitForFunction(() => document.querySelector('.placing-out .primary')?.textContent === '应用');
    equal((await reading(page))[0], 210, 'x after a change of language');
    const english = await page.evaluate(() => document.querySelector('.placing-bar').innerText.match(/[A-Za-z]{2,}/g) ?? []);
    equal(english, [], 'English in the Chinese tool');
    await page.context().close();
    checks.current = null;
  });

  await check('on a phone one finger moves it, two scale and turn it, beside it they move the picture, and everything is large enough', async () => {
    const page = await open('placing phone', `/s/${session}`, { width: 390, height: 844, touch: true, lang: 'en-US' });
    await page.waitForSelector('article.card');
    await page.locator('article.card').last().getByText('Move it').tap();
    await page.waitForSelector('.placing-bar');
    await page.waitForTimeout(400);
    const line = await page.context().newCDPSession(page);
    const touch = (type, points) => line.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
    const first = await reading(page);
    const [[x, y]] = await places(page, [first]);
    await touch('touchStart', [[x, y]]);
    for (let i = 1; i <= 10; i += 1) await touch('touchMove', [[x + i * 6, y - i * 5]]);
    await touch('touchEnd', []);
    const dragged = await reading(page);
    ensure(dragged[0] > first[0] + 60 && dragged[1] < first[1] - 50 && dragged[2] === first[2], `one finger: ${dragged} from ${first}`);
    const [[px, py]] = await places(page, [dragged]);
    await touch('touchStart', [[px, py - 10]]);
    await touch('touchStart', [[px, py - 10], [px, py + 60]]);
    for (let i = 1; i <= 8; i += 1) await touch('touchMove', [[px, py - 10 - i * 5], [px + i * 4, py + 60 + i * 4]]);
    await touch('touchEnd', []);
    const pinched = await reading(page);
    ensure(pinched[2] > first[2] * 1.3 && pinched[3] !== first[3], `two fingers: ${pinched}`);
    // it is turned clockwise by about a quarter: red lies above
    const [red, blue] = await onScreen(page, [[pinched[0], pinched[1] - pinched[2] * 0.35], [pinched[0], pinched[1] + pinched[2] * 0.35]]);
    ensure(near(red, RED) && near(blue, BLUE), `it does not lie under the fingers: ${red} over ${blue}`);
    const place = await page.evaluate(() => document.querySelector('.sheet').style.transform);
    const stage = await page.locator('.stage').boundingBox();
    const corner = [stage.x + 60, stage.y + stage.height - 90];
    await touch('touchStart', [corner]);
    for (let i = 1; i <= 6; i += 1) await touch('touchMove', [[corner[0] + i * 5, corner[1] - i * 5]]);
    await touch('touchEnd', []);
    ensure(await page.evaluate(() => document.querySelector('.sheet').style.transform) !== place, 'the picture did not move');
    equal(await reading(page), pinched, 'the thing while the picture is moved');
    ensure(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page scrolls sideways');
    const small = await page.evaluate(() => [...document.querySelectorAll('.placing-bar button, .placing-field, .placing-handle')].map((e) => [Math.min(e.offsetWidth, e.offsetHeight), e.className]).filter(([size]) => size < 44));
    equal(small, [], 'touch targets below 44 px');
    ensure(stage.height > 300, 'hardly anything of the picture is left');
    await page.waitForTimeout(200);
    await shot(page, 'placing-390-en');
    await page.context().close();
    checks.current = null;
  });
}
