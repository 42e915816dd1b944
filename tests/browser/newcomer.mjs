// What somebody needs who has read nothing: something to press at every turn, answers that do not claim what was not done, no way that leads nowhere.
import path from 'node:path';
import { ROOT, ensure, equal } from './harness.mjs';

const PHOTO = path.join(ROOT, 'tests/fixtures/photos/coffee.png');
const CUBE = { name: 'Night.cube', mimeType: '', buffer: Buffer.from('LUT_1D_SIZE 2\n1 1 1\n0 0 0\n') };
const JOB_MS = 60_000;

/** `kit`: `check`, `open`, `server`, `shot`, `complaints`. */
export async function newcomer({ check, open, server, shot, complaints }) {
  const page = await open('newcomer', '/', { lang: 'en-US' });
  const write = async (text) => { await page.fill('#instruction', text); await page.press('#instruction', 'Enter'); };
  const ready = () => page.waitForFunction(() => [...document.querySelectorAll('.tile')].every((tile) => tile.dataset.state !== 'uploading'));
  const session = () => server.api('GET', `/sessions/${new URL(page.url()).pathname.slice(3)}`);

  await check('how to add a picture is written where one writes, and is an answer away where one is missing', async () => {
    equal(await page.locator('#choose').innerText(), 'Choose pictures', 'the button');
    await write('hello');
    const chooser = page.waitForEvent('filechooser');
    await page.locator('.from-portico .suggestions button').click();
    await (await chooser).setFiles(PHOTO);
    await ready();
  });

  await check('a picture without words is answered with wishes to press, and one of them runs', async () => {
    await page.click('#send');
    await page.waitForSelector('.from-portico .chip');
    equal(await page.locator('.chip').count(), 4, 'wishes');
    ensure(await page.locator('#choose span').isHidden(), 'the button keeps its words where there is a picture');
    await shot(page, 'newcomer-en');
    await page.locator('.chip', { hasText: 'Black and white' }).click();
    await page.waitForSelector('article.card[data-state="succeeded"]', { timeout: JOB_MS });
    ensure(!(await page.locator('.chip').allInnerTexts()).some((text) => /saturation/i.test(text)), 'more colour is suggested for what is grey');
  });

  await check('what was left as it was has no check', async () => {
    await write('straighten it');
    await page.waitForSelector('.done-word.unchanged', { timeout: JOB_MS });
    const card = page.locator('article.card').last();
    equal(await card.locator('.done-word use').getAttribute('href').then((href) => href.split('#')[1]), 'minus', 'the mark');
    ensure((await card.getAttribute('aria-label')).startsWith('Nothing changed'), 'a screen reader hears that it is done');
  });

  await check('what this build cannot do offers what it can, and what will fail again is not offered again', async () => {
    await write('add the text “Kestrel” bottom left');
    await page.locator('.question .option').last().click();
    await page.waitForFunction(() => document.querySelectorAll('.version').length === 3, null, { timeout: JOB_MS });
    await write('make a poster');
    const failure = page.locator('.failure[data-code="operation_unavailable"]');
    await failure.waitFor();
    equal(await failure.locator('button', { hasText: 'Try again' }).count(), 0, 'tries again');
  });

  await check('a .cube file that is dropped in waits beside the words, goes with them, and is tried again with them', async () => {
    await page.setInputFiles('#file-input', CUBE);
    await page.waitForSelector('#lut-chip:not([hidden])');
    equal(await page.locator('#lut-chip').innerText(), 'LUT Night', 'the chip');
    equal(await page.locator('.tile').count(), 0, 'it is taken for a picture');
    await page.waitForTimeout(300);
    const hidden = await page.evaluate(() => { const s = document.querySelector('#scroller'); return s.scrollHeight - s.scrollTop - s.clientHeight; });
    ensure(hidden < 4, `the box that grew covers ${hidden} px of the end`);
    await page.setInputFiles('#file-input', { ...CUBE, name: 'notes.cube', buffer: Buffer.from('milk, eggs') });
    await page.waitForFunction(() => document.querySelector('#toasts').innerText.includes('notes.cube'));
    const before = (await session()).versions.length;
    await write('apply this LUT at 50%');
    await page.waitForFunction((n) => document.querySelectorAll('.version').length === n, before + 1, { timeout: JOB_MS });
    ensure(await page.locator('#lut-chip').isHidden(), 'the table still waits');
    await page.locator('article.card').last().getByText('LUT filter “Night” 50%').first().waitFor();
    await page.locator('article.card').last().locator('.actions button', { hasText: 'Retry' }).click();
    await page.waitForFunction((n) => document.querySelectorAll('.version').length === n, before + 2, { timeout: JOB_MS });
    await page.setInputFiles('#file-input', CUBE);
    await page.waitForSelector('#lut-chip:not([hidden])');
    await page.click('#lut-chip .icon-button');
    ensure(await page.locator('#lut-chip').isHidden(), 'it cannot be taken away');
  });

  await check('a job that runs is never said to wait again, in whatever order its news arrives', async () => {
    const seen = await page.evaluate(async () => {
      const { Store } = await import('/static/js/store.js');
      const store = new Store();
      store.addJob({ id: 'a', state: 'running', position: null });
      store.addJob({ id: 'a', state: 'queued', position: 1, words: ['x'] });
      return store.jobs.get('a');
    });
    equal([seen.state, seen.position, seen.words], ['running', null, ['x']], 'the job');
  });

  await check('of several files each notice says which it is about, and a new session begins without those that failed', async () => {
    const gif = animation();
    await complaints.allow(/415/, async () => {
      await page.setInputFiles('#file-input', [{ name: 'moving.gif', mimeType: 'image/gif', buffer: gif }, { name: 'notes.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('not a picture') }]);
      await ready();
      await page.waitForSelector('#tray .failure');
    });
    ensure((await page.locator('#tray .warning').innerText()).startsWith('moving.gif '), 'the notice does not name its file');
    await page.click('#new-session');
    equal(await page.locator('.tile').count(), 1, 'files');
    equal(await page.locator('#tray .failure').count(), 0, 'failures');
  });

  await page.context().close();
}

/** Two frames of one pixel. */
function animation() {
  const frame = [0x21, 0xf9, 4, 0, 10, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
  return Buffer.from([...Buffer.from('GIF89a'), 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, ...frame, ...frame, 0x3b]);
}
