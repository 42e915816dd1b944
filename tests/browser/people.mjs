// What tests with several people do: come in by a link, sign in, edit, read the account page.
import fs from 'node:fs';
import path from 'node:path';
import { ROOT, ensure } from './harness.mjs';

export const JOB_MS = 60_000;
export const PASSWORDS = { 'Ana': 'plain river stones', '小梅': '窗边的绿萝 42', 'Omar': 'seven quiet lamps' };
export const photo = (name) => ({ name: `${name}.jpg`, mimeType: 'image/jpeg', buffer: fs.readFileSync(path.join(ROOT, `static/samples/${name}.jpg`)) });

/** A browser of its own on `url`; `look` as in `open` of run.mjs. */
export async function browse(kit, name, url, { lang = 'zh-CN', width = 1440, height = 900, touch = false, dark = false } = {}) {
  const context = await kit.browser().newContext({ viewport: { width, height }, locale: lang, colorScheme: dark ? 'dark' : 'light', hasTouch: touch, isMobile: touch, acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await kit.complaints.watch(page, name);
  await page.goto(url);
  kit.checks.current = page;
  return page;
}

/** The workbench is there, with who is signed in. */
export const atWork = (page) => page.waitForSelector('#sidebar .who-button', { state: 'attached' });

export async function setupLink(server) {
  for (let i = 0; i < 100 && !server.setup; i += 1) await new Promise((resolve) => { setTimeout(resolve, 50); });
  ensure(server.setup, 'the server printed no link for the first account');
  return `/welcome#${server.setup}`;
}

/** Fills in the page of a link that makes an account. */
export async function comeIn(page, name) {
  await page.waitForSelector('#welcome input[name="username"]');
  await page.fill('#welcome input[name="username"]', name);
  await page.fill('#welcome input[name="password"]', PASSWORDS[name]);
  await page.click('#welcome button[type="submit"]');
  await atWork(page);
}

export async function signIn(page, name) {
  await page.fill('#login-name', name);
  await page.fill('#login-password', PASSWORDS[name]);
  await page.click('#login-send');
}

/** Uploads a sample and edits it; gives the session's id. */
export async function edit(page, sample, text) {
  await page.setInputFiles('#file-input', photo(sample));
  await page.waitForSelector('.tile[data-state="ready"]');
  await page.fill('#instruction', text);
  await page.press('#instruction', 'Enter');
  await page.waitForFunction(() => document.querySelector('article.card[data-state="succeeded"]') && document.querySelector('#stop').hidden, null, { timeout: JOB_MS });
  return new URL(page.url()).pathname.split('/s/')[1];
}

/** Calls the interface as the person whose page it is; gives the status and, of JSON, the body. */
export const as = (page, route, init = {}) => page.evaluate(async ([where, options]) => {
  const base = document.querySelector('script[src*="/static/"]').getAttribute('src').split('/static/')[0];
  const response = await fetch(where.startsWith('/api') ? where : `${base}/api/v1${where}`, options);
  const text = await response.text();
  let body = null;
  try { body = JSON.parse(text); } catch { /* a picture or an archive */ }
  return { status: response.status, type: response.headers.get('Content-Type'), body };
}, [route, init]);

/** An invitation made on the account page by an owner: the link. */
export async function inviteLink(page, url) {
  await page.goto(`${url}/account#people`);
  // a link that was made just now is still shown
  await page.reload();
  await page.click('#invite-place button[type="submit"]');
  await page.waitForSelector('#invite-place .secret input');
  return page.inputValue('#invite-place .secret input');
}
