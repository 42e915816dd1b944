// Where Portico stands elsewhere: under a path of somebody's host, and on a network, used from a phone.
import os from 'node:os';
import { places, startMarking } from './hands.mjs';
import { Server, ensure, equal } from './harness.mjs';
import { as, atWork, browse, comeIn, edit, inviteLink, setupLink, signIn } from './people.mjs';
import { Proxy } from './proxy.mjs';

/** An address of this machine that others in its network use, or null. */
const address = () => Object.values(os.networkInterfaces()).flat().find((one) => one.family === 'IPv4' && !one.internal)?.address ?? null;

export async function overTheNetwork(kit, server) {
  const { check, shot } = kit;
  const host = address();
  if (!host) { console.log('# SKIPPED the network: this machine has no address but loopback'); return; }
  const url = `http://${host}:${server.port}`;
  // what browsers say of every page without https that is not their own machine's
  await kit.complaints.allow(/Cross-Origin-Opener-Policy header has been ignored/, () => check('a phone in the network signs in, uploads, edits, and marks an area by touch', async () => {
    const phone = await browse(kit, 'phone', `${url}/`, { width: 390, height: 844, touch: true });
    await phone.waitForURL(/\/login/);
    await phone.waitForFunction(() => document.querySelector('#login-send').textContent);
    await shot(phone, 'login-390-zh');
    await signIn(phone, 'Ana');
    await atWork(phone);
    const session = await edit(phone, 'chelsea', '裁成1:1');
    await shot(phone, 'phone-done-zh');
    await phone.tap('[data-view-choice="canvas"]');
    await phone.waitForSelector('.stage:visible');
    await startMarking(phone);
    const line = await phone.context().newCDPSession(phone);
    const touch = (type, points) => line.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
    const [[x, y]] = await places(phone, [[120, 120]]);
    await touch('touchStart', [[x, y]]);
    for (let i = 1; i <= 8; i += 1) await touch('touchMove', [[x + i * 6, y + i * 2]]);
    await touch('touchEnd', []);
    await phone.tap('.mask-out .primary');
    await phone.tap('[data-view-choice="chat"]');
    await phone.waitForSelector('#mask-chip:not([hidden])');
    await phone.fill('#instruction', '变成黑白');
    await phone.tap('#send');
    await phone.waitForFunction(() => document.querySelectorAll('article.card[data-state="succeeded"]').length === 2 && document.querySelector('#stop').hidden, null, { timeout: 60_000 });
    const { body } = await as(phone, `/sessions/${session}`);
    ensure(body.messages.findLast((message) => message.role === 'user').mask, 'the mask did not go along');
    await phone.tap('#drawer-open');
    await phone.waitForTimeout(300);
    await shot(phone, 'phone-drawer-zh');
    await phone.tap('.who-button');
    await phone.waitForSelector('.menu');
    await phone.locator('.menu .menu-item').last().tap();
    await phone.waitForURL(/\/login/);
    await phone.context().close();
  }));
}

/** The same page below a path, with a proxy that passes the path on and one that takes it away. */
export async function underAPath(kit) {
  for (const strip of [false, true]) {
    const proxy = new Proxy('/tools/portico', { strip });
    await proxy.start();
    const server = new Server({ args: ['--accounts'], env: { PORTICO_PUBLIC_URL: proxy.url } });
    try {
      await server.start();
      proxy.target = server.port;
      await everythingUnder(kit, server, proxy);
    } finally {
      await server.close();
      await proxy.close();
    }
  }
}

async function everythingUnder(kit, server, proxy) {
  const { check, complaints, checks, shot } = kit;
  const how = proxy.strip ? 'that takes the path away' : 'that passes the path on';
  const { prefix, url } = proxy;
  let page;
  await check(`below a path, behind a proxy ${how}: from the set-up link to the first edit, events over the socket`, async () => {
    page = await browse(kit, 'under', `${url}/`);
    await page.waitForURL(`${url}/login?next=**`);
    ensure(decodeURIComponent(page.url()).includes(`next=${prefix}/`), page.url());
    await page.goto(url + await setupLink(server));
    await comeIn(page, 'Ana');
    equal(new URL(page.url()).pathname, `${prefix}/`, 'where it is after');
    await page.evaluate(() => { window.previews = 0; new MutationObserver(() => { if (document.querySelector('.run-preview img:not(.source)')) window.previews += 1; }).observe(document.querySelector('#messages'), { childList: true, subtree: true }); });
    const session = await edit(page, 'chelsea', '去掉背景');
    equal(new URL(page.url()).pathname, `${prefix}/s/${session}`, 'the address of the session');
    ensure(await page.evaluate(() => window.previews > 0), 'no preview came over the socket');
    await page.waitForFunction(() => document.querySelector('.sheet img')?.naturalWidth > 0 && [...document.querySelectorAll('.version img')].every((image) => image.naturalWidth > 0));
  });

  await check(`behind a proxy ${how}: reload, history, mask tool, plan, downloads, other pages, errors`, async () => {
    await page.reload();
    await page.waitForSelector('.version');
    await startMarking(page);
    await page.click('.mask-tools button:nth-child(5)');
    const [[x, y]] = await places(page, [[200, 150]]);
    await page.mouse.click(x, y);
    await page.waitForFunction(() => !document.querySelector('.mask-bar [aria-busy="true"]'));
    await page.keyboard.press('Escape');
    await page.locator('.edit-plan').first().click();
    await page.waitForSelector('.plan-editor');
    await page.keyboard.press('Escape');
    await page.click('#new-session');
    equal(new URL(page.url()).pathname, `${prefix}/`, 'a new session');
    await page.goBack();
    await page.waitForSelector('.version');
    const { body: snapshot } = await as(page, `/sessions/${new URL(page.url()).pathname.split('/s/')[1]}`);
    for (const address of [snapshot.versions[0].image.url, snapshot.versions[0].image.preview_url]) ensure(address.startsWith(`${prefix}/api/v1/`), address);
    const missing = await complaints.allow(/status of 404 /, () => as(page, '/sessions/ses_nothing'));
    ensure(missing.body.error.docs.startsWith(`${prefix}/docs/errors#`), missing.body.error.docs);
    await page.click('.session .session-link');
    await page.hover('.session');
    await page.locator('.session .icon-button').first().click();
    const archive = await page.locator('.menu a').getAttribute('href');
    equal(await page.evaluate(async (href) => (await fetch(href)).headers.get('Content-Type'), archive), 'application/zip', 'the archive');
    await page.keyboard.press('Escape');
    const link = await inviteLink(page, url);
    ensure(link.startsWith(`${url}/welcome#`), link);
    await page.goto(`${url}/api/docs`);
    await page.waitForSelector('.opblock');
    equal(await page.evaluate(async (where) => (await (await fetch(`${where}/api/openapi.json`)).json()).servers, prefix), [{ url: prefix }], 'where the document says that the interface is');
    const block = page.locator('.opblock-get', { hasText: '/api/v1/sessions' }).first();
    await block.locator('.opblock-summary-control').click();
    await block.locator('.try-out__btn').click();
    await block.locator('.execute').click();
    await block.locator('.live-responses-table', { hasText: '"sessions"' }).waitFor();
    await shot(page, `apidocs-under-${proxy.strip ? 'stripped' : 'passed'}`);
    await page.goto(`${url}/docs/errors`);
    await page.locator('main a').first().click();
    await atWork(page);
    equal(proxy.outside.filter((asked) => asked !== '/favicon.ico'), [], 'asked beside the path');
    await page.click('.who-button');
    await page.locator('.menu .menu-item').last().click();
    await page.waitForURL(`${url}/login`);
    await page.context().close();
    checks.current = null;
  });
}
