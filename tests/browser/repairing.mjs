// Old photos on the page: scratches are found, their mask is corrected and the repair run again; a chat that goes on with colour, a brushed colour and size.
import fs from 'node:fs';
import path from 'node:path';
import { BRUSH, ERASER, drag, saved, setSize, startMarking, tool, withPicture } from './hands.mjs';
import { ROOT, decode, ensure, equal } from './harness.mjs';

const PHOTO = path.join(ROOT, 'tests/fixtures/photos/french-alpine-landscape.jpg');
const JOB_MS = 90_000;
const SCRATCHES = [[[120, 20], [260, 460]], [[700, 10], [640, 470]]];

/** `kit`: `check`, `open`, `server`, `shot`. */
export async function repairing(kit) {
  const { check, open, shot } = kit;
  const page = await open('repair', '/');
  const session = await withPicture(kit, await scratched(page), 'old.png');
  await page.goto(`${kit.server.url}/s/${session}`);
  await page.waitForSelector('.version');

  await check('scratches go, the photo beside them stays, and what was taken for one can be given back', async () => {
    const first = await say(kit, page, session, '修复划痕');
    equal([first.plan.steps[0].op, first.target?.version], ['restore', 1], 'operation and version of its mask');
    const onScratch = [209, 300];
    const found = await decode(page, first.target.mask.url, 'image/png', [onScratch]);
    equal(found.at[0][0], 255, 'the scratch in the mask');
    await page.locator('article.card').last().getByText('修正选区').click();
    await page.waitForSelector('.mask-bar');
    await shot(page, 'repair-mask-zh');
    const offered = await saved(page);
    await tool(page, ERASER);
    await setSize(page, 60);
    await drag(page, SCRATCHES[1]);
    const corrected = await saved(page);
    ensure(corrected.count < offered.count, 'nothing was taken out of the mask');
    const cards = await page.locator('article.card[data-state="succeeded"]').count();
    await page.click('.mask-out .primary');
    await finished(page, cards);
    const versions = (await snapshot(kit, session)).versions;
    const [damaged, kept] = [await decode(page, versions[0].image.url, 'image/png', [[670, 240], onScratch]), await decode(page, versions.at(-1).image.url, 'image/png', [[670, 240], onScratch])];
    equal(versions.at(-1).parent, 1, 'the parent');
    ensure(Math.abs(kept.at[1][0] - damaged.at[1][0]) > 40, 'the scratch that was left in the mask is still there');
  });

  await check('colours are guessed, and a brushed part gets the colour that is said', async () => {
    const tinted = await say(kit, page, session, '上色');
    equal(tinted.plan.steps[0].op, 'colorize', 'the operation');
    await startMarking(page);
    await tool(page, BRUSH);
    await setSize(page, 40);
    await drag(page, [[300, 30], [600, 30]]);
    await shot(page, 'repair-colour-brush-zh');
    const hinted = await say(kit, page, session, '重新上色，涂过的位置改为橙色');
    const { color } = hinted.plan.steps[0].params.hints[0];
    ensure(/^#ff|orange/.test(color), `the colour is ${color}`);
    const versions = (await snapshot(kit, session)).versions;
    const { at: [[r, , b]] } = await decode(page, versions.at(-1).image.url, 'image/png', [[450, 30]]);
    ensure(r > b + 25, 'the brushed sky is not orange');
  });

  await check('enlarging shows its progress and what it gives is twice as large', async () => {
    const large = await say(kit, page, session, '放大2倍');
    equal(large.plan.steps[0].op, 'upscale', 'the operation');
    const { image } = (await snapshot(kit, session)).versions.at(-1);
    equal([image.width, image.height], [2048, 968], 'the size');
    await page.waitForTimeout(300);
    await shot(page, 'repair-done-zh');
  });
  await page.context().close();
}

const snapshot = (kit, session) => kit.server.api('GET', `/sessions/${session}`);
const finished = (page, cards) => page.waitForFunction((n) => document.querySelectorAll('article.card[data-state="succeeded"]').length > n && document.querySelector('#stop').hidden, cards, { timeout: JOB_MS });

/** Sends an instruction as a person would; gives the job that it made. */
async function say(kit, page, session, text) {
  const cards = await page.locator('article.card[data-state="succeeded"]').count();
  await page.fill('#instruction', text);
  await page.press('#instruction', 'Enter');
  await finished(page, cards);
  return (await snapshot(kit, session)).jobs.at(-1);
}

/** The photograph with white scratches drawn on it, as PNG. */
async function scratched(page) {
  const source = `data:image/jpeg;base64,${fs.readFileSync(PHOTO).toString('base64')}`;
  const data = await page.evaluate(async ({ source: url, lines }) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.naturalWidth, height: image.naturalHeight });
    const pen = canvas.getContext('2d');
    pen.drawImage(image, 0, 0);
    Object.assign(pen, { strokeStyle: '#f4f2ec', lineWidth: 2.2, lineCap: 'round' });
    for (const [[x0, y0], [x1, y1]] of lines) {
      pen.beginPath();
      pen.moveTo(x0, y0);
      pen.lineTo(x1, y1);
      pen.stroke();
    }
    return canvas.toDataURL('image/png').split(',')[1];
  }, { source, lines: SCRATCHES });
  return Buffer.from(data, 'base64');
}
