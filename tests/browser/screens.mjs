// Every screen about accounts in both languages, both themes and on a phone: kept open for everybody, nothing cut off, nothing mixed.
import path from 'node:path';
import { ROOT, ensure, equal } from './harness.mjs';
import { LOOKS, findings } from './looks.mjs';
import { atWork, browse, setupLink, signIn } from './people.mjs';

/** Chinese words on an English page; names of people and of their things are in any language. */
const mixed = (page) => page.evaluate(() => {
  const copy = document.body.cloneNode(true);
  copy.querySelectorAll('#lang-switch, noscript, .rows, .log tbody, #session-list').forEach((element) => element.remove());
  return copy.textContent.match(/\p{Script=Han}+/gu) ?? [];
});

export async function screens(kit, server) {
  const { check, shot, complaints } = kit;
  for (const look of LOOKS) {
    let page;
    const phone = Boolean(look.touch);
    const screen = (name, prepare) => check(`${look.name}: ${name} keeps nobody out and fits`, async () => {
      await prepare();
      await page.waitForTimeout(350);
      // a picture of the whole page changes the window, which closes a menu
      await page.screenshot({ path: path.join(ROOT, `tests/browser/output/accounts-${name.replaceAll(' ', '-')}-${look.name}.png`), fullPage: !(await page.locator('.menu, dialog').count()) });
      equal(await findings(page), [], 'findings');
      ensure(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it scrolls sideways');
      if (look.lang.startsWith('en')) equal(await mixed(page), [], 'Chinese on the English page');
      if (phone) {
        const small = await page.evaluate(() => [...document.querySelectorAll('button, a, select, input:not([type=radio]):not([type=checkbox])')].filter((e) => e.offsetParent && !e.closest('.failure')).map((e) => [e.getBoundingClientRect(), e.title || e.textContent.trim() || e.id]).filter(([r]) => r.width > 0 && r.height < 40).map(([r, name]) => `${name} ${Math.round(r.height)}`));
        equal(small, [], 'touch targets that are too small');
      }
    });
    await screen('the sign-in', async () => {
      page = await browse(kit, `screens ${look.name}`, `${server.url}/login`, look);
      await page.waitForFunction(() => document.querySelector('#login-send').textContent);
    });
    await screen('a used link', async () => {
      await page.goto('about:blank');
      await complaints.allow(/status of 404 /, async () => { await page.goto(server.url + await setupLink(server)); await page.waitForSelector('#welcome h1'); });
    });
    await screen('the account', async () => {
      await page.goto(`${server.url}/login?next=/account`);
      await page.waitForFunction(() => document.querySelector('#login-send').textContent);
      await signIn(page, 'Ana');
      await page.waitForSelector('[data-login]');
    });
    await screen('a password that is wrong', async () => {
      const [old, next] = [page.locator('.account-part input[type="password"]').nth(0), page.locator('.account-part input[type="password"]').nth(1)];
      await old.fill('not it at all');
      await next.fill('long enough for that');
      await complaints.allow(/status of 403 /, async () => { await next.press('Enter'); await page.waitForSelector('.field-fault:not([hidden])'); });
      ensure(await old.evaluate((input) => input === document.activeElement), 'the focus is not at the fault');
    });
    await screen('the keys', async () => { await page.locator('.account-nav a').nth(1).click(); await page.waitForSelector('[data-key]'); });
    await screen('the form of a key', async () => { await page.click('#key-start'); await page.locator('.more summary').click(); });
    await screen('a key that was made', async () => { await page.locator('#key-place input').first().fill(`from ${look.name}`); await page.keyboard.press('Enter'); await page.waitForSelector('#made-key'); });
    await screen('the question before a key goes', async () => {
      await page.locator('.made .primary').click();
      await page.locator('[data-key]', { hasText: `from ${look.name}` }).locator('button').click();
      await page.waitForSelector('dialog');
    });
    await screen('the people', async () => { await page.click('dialog .danger'); await page.waitForSelector('dialog', { state: 'detached' }); await page.locator('.account-nav a').nth(2).click(); await page.waitForSelector('[data-user]'); });
    await screen('the menu of a person', async () => { await page.locator('[data-user] .icon-button').last().click(); await page.waitForSelector('.menu'); });
    await screen('the limits of a person', async () => { await page.locator('.menu .menu-item').nth(1).click(); await page.waitForSelector('dialog'); });
    await screen('an invitation that was made', async () => { await page.keyboard.press('Escape'); await page.click('#invite-place button[type="submit"]'); await page.waitForSelector('#invite-place .secret'); });
    await screen('an invitation at its other end', async () => {
      const { hash } = new URL(await page.inputValue('#invite-place .secret input'));
      await page.goto('about:blank');
      await page.goto(`${server.url}/welcome${hash}`);
      await page.waitForSelector('#welcome input');
    });
    await screen('the log', async () => {
      await page.goto(`${server.url}/account#log`);
      await page.waitForSelector('.log tbody tr');
    });
    await screen('the menu of who is signed in', async () => {
      await page.goto(server.url);
      await atWork(page);
      if (phone) await page.tap('#drawer-open');
      await page.click('.who-button');
      await page.waitForSelector('.menu');
    });
    await page.context().close();
    kit.checks.current = null;
  }
  await check('every word about accounts is there in both languages, with the same gaps to fill', async () => {
    const page = await browse(kit, 'words', `${server.url}/login`);
    const words = await page.evaluate(async () => {
      const gaps = async (name) => Object.entries((await import(`${document.querySelector('script[type="module"]').src.replace(/account\/.*/, '')}i18n/${name}.js`)).default).map(([key, text]) => `${key} ${[...new Set(text.match(/\{\w+\}/g))].sort()}`).sort();
      return Promise.all(['signin', 'badge', 'account'].map(async (part) => [await gaps(`${part}.zh`), await gaps(`${part}.en`)]));
    });
    for (const [zh, en] of words) { ensure(zh.length > 5, 'no words'); equal(zh, en, 'words and gaps'); }
    await page.context().close();
  });
  await check('a page of one user on this machine has nothing of all this', async () => {
    const page = await browse(kit, 'alone', `${kit.server.url}/`);
    await page.waitForSelector('.example');
    equal(await page.locator('.who').count(), 0, 'who is signed in');
    ensure(!(await page.evaluate(() => performance.getEntriesByType('resource').some((entry) => /account|signin|badge/.test(entry.name)))), 'something of accounts was loaded');
    await page.goto(`${kit.server.url}/account`);
    await page.waitForSelector('.account-body .lede');
    await shot(page, 'account-none-zh');
    await page.context().close();
  });
}
