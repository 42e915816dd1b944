// Several people on one server: coming in, working side by side without seeing each other, keys, a sign-in that ends, limits.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT, Server, ensure, equal } from './harness.mjs';
import { JOB_MS, PASSWORDS, as, atWork, browse, comeIn, edit, inviteLink, photo, setupLink, signIn } from './people.mjs';
import { underAPath, overTheNetwork } from './elsewhere.mjs';
import { screens } from './screens.mjs';

const REFUSED = /status of (401|404) /;

/** `kit`: `check`, `shot`, `complaints`, `checks`, `browser()`. */
export async function accounts(kit) {
  const server = new Server({ args: ['--accounts', '--bind', '0.0.0.0'] });
  try {
    await server.start();
    const crew = await comingIn(kit, server);
    // without three people there is nothing to try
    if (!crew.Omar) return;
    await sideBySide(kit, server, crew);
    await keys(kit, server, crew.Ana);
    await endedSignIn(kit, server, crew.Omar);
    await limits(kit, server, crew);
    await managing(kit, server, crew);
    await screens(kit, server);
    await overTheNetwork(kit, server);
    for (const page of Object.values(crew)) await page.context().close();
  } finally {
    await server.close();
  }
  await underAPath(kit);
}

async function comingIn(kit, server) {
  const { check, shot, complaints } = kit;
  let ana;
  await check('whoever is not signed in is led to the sign-in, and the set-up link makes the first account', async () => {
    ana = await browse(kit, 'Ana', `${server.url}/`);
    await ana.waitForURL(/\/login\?next=/);
    await ana.waitForFunction(() => document.querySelector('#login-send').textContent);
    await ana.goto(server.url + await setupLink(server));
    await ana.waitForSelector('#welcome input');
    equal([new URL(ana.url()).hash, await ana.evaluate(() => history.length > 0 && location.href.includes('#'))], ['', false], 'the token in the address');
    equal(await ana.locator('#welcome input[name="password"]').getAttribute('autocomplete'), 'new-password', 'what a password manager is told');
    await shot(ana, 'welcome-setup-zh');
    await ana.fill('#welcome input[name="username"]', 'Ana');
    await ana.fill('#welcome input[name="password"]', 'short');
    await ana.click('#welcome button[type="submit"]');
    equal(await ana.evaluate(() => document.querySelector('#welcome input[name="password"]').matches(':invalid') || !document.querySelectorAll('.field-fault')[1].hidden), true, 'a short password');
    await comeIn(ana, 'Ana');
    ensure((await ana.locator('.who-name').innerText()) === 'Ana', 'the page does not say who is signed in');
  });

  await check('the first edit follows, and the link is good once', async () => {
    await edit(ana, 'coffee', '裁成1:1');
    const again = await browse(kit, 'late', server.url + await setupLink(server));
    await complaints.allow(REFUSED, () => again.waitForSelector('#welcome .failure'));
    ensure(!(await again.locator('#welcome form').count()), 'a used link still asks for a name');
    await shot(again, 'welcome-used-zh');
    await again.context().close();
    kit.checks.current = ana;
  });

  const crew = { Ana: ana };
  await check('an invitation made on the account page brings in a second and a third person', async () => {
    for (const [name, look] of [['小梅', {}], ['Omar', { lang: 'en-US', dark: true }]]) {
      const link = await inviteLink(ana, server.url);
      ensure(link.includes('/welcome#'), link);
      // whatever name the server knows itself by, it is the same place
      crew[name] = await browse(kit, name, `${server.url}/welcome${new URL(link).hash}`, look);
      await crew[name].waitForSelector('#welcome .lede');
      await shot(crew[name], `welcome-invite-${look.lang ? 'dark-en' : 'zh'}`);
      await comeIn(crew[name], name);
    }
    equal((await as(ana, '/users')).body.map((user) => [user.name, user.role]), [['Ana', 'owner'], ['小梅', 'member'], ['Omar', 'member']], 'who is here');
    await complaints.allow(/status of 403 /, async () => equal((await as(crew['小梅'], '/users')).status, 403, 'the list of people for a member'));
    await ana.goto(server.url);
    await atWork(ana);
  });
  return crew;
}

/** Three people at once; then each is asked for everything of the others. */
async function sideBySide(kit, server, crew) {
  const { check, complaints } = kit;
  const work = [['Ana', 'coffee', '裁成3:4', '咖啡'], ['小梅', 'chelsea', '去掉背景，换成白色', '小猫'], ['Omar', 'rocket', 'rotate 90 degrees', 'launch']];
  let made;

  await check('three people work at once: each uploads, edits, lists and searches, and finds only what is theirs', async () => {
    made = Object.fromEntries(await Promise.all(work.map(async ([name, sample, text, title]) => {
      const page = crew[name];
      await page.click('#new-session');
      const session = await edit(page, sample, text);
      equal((await as(page, `/sessions/${session}`, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ title }) })).status, 200, 'renaming');
      return [name, { session, title }];
    })));
    for (const [name, , , title] of work) {
      const page = crew[name];
      const { body } = await as(page, '/sessions');
      ensure(body.sessions.some((session) => session.title === title), `${name} does not see what is theirs`);
      for (const [other, , , theirs] of work) {
        if (other === name) continue;
        ensure(!body.sessions.some((session) => session.title === theirs), `${name} sees a session of ${other}`);
        equal((await as(page, `/sessions?q=${encodeURIComponent(theirs)}`)).body.sessions, [], `what ${name} finds of ${other}`);
      }
      await page.reload();
      await page.waitForSelector('.session');
      equal(await page.locator('.session').count(), body.sessions.length, `rows of ${name}`);
    }
  });

  await check('nobody is given anything of somebody else’s: sessions, pictures, previews, masks, events, archives', async () => {
    await complaints.allow(/status of 40[34] |WebSocket/, async () => {
      for (const [owner, { session }] of Object.entries(made)) {
        const { body: snapshot } = await as(crew[owner], `/sessions/${session}`);
        const image = snapshot.versions.at(-1).image;
        const own = await as(crew[owner], image.url);
        equal(own.status, 200, `the picture for ${owner}`);
        const routes = [`/sessions/${session}`, `/sessions/${session}/messages`, `/sessions/${session}/versions`, `/sessions/${session}/versions/1`, `/sessions/${session}/events`, `/sessions/${session}/export`,
          `/sessions/${session}/versions.zip?n=1`, `/jobs/${snapshot.jobs[0].id}`, `/images/${image.id}`, image.url, image.preview_url, `${image.preview_url}?side=128`];
        for (const [name, page] of Object.entries(crew)) {
          if (name === owner) continue;
          for (const route of routes) equal((await as(page, route)).status, 404, `${route} for ${name}`);
          const json = { method: 'POST', headers: { 'Content-Type': 'application/json' } };
          equal((await as(page, `/images/${image.id}/mask`, { ...json, body: JSON.stringify({ target: { kind: 'subject' } }) })).status, 404, `a mask for ${name}`);
          equal((await as(page, `/sessions/${session}/messages`, { ...json, body: JSON.stringify({ text: '裁成1:1' }) })).status, 404, `a message of ${name}`);
          equal((await as(page, `/run`, { ...json, body: JSON.stringify({ images: [image.id], plan: { version: 1, steps: [{ op: 'flip', params: { axis: 'horizontal' } }] } }) })).status, 404, `a run by ${name}`);
          equal((await as(page, `/sessions/${session}`, { method: 'DELETE' })).status, 404, `deleting by ${name}`);
          const heard = await page.evaluate((id) => new Promise((resolve) => {
            const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/api/v1/sessions/${id}/ws?after=0`);
            socket.onmessage = () => resolve('something');
            socket.onclose = () => resolve('nothing');
          }), session);
          equal(heard, 'nothing', `what ${name} hears`);
        }
      }
    });
  });

  await check('a copied address of somebody else’s conversation says that there is nothing', async () => {
    const page = crew['小梅'];
    await complaints.allow(REFUSED, async () => {
      await page.goto(`${server.url}/s/${made.Ana.session}`);
      await page.waitForSelector('#banner:not([hidden])');
    });
    ensure((await page.locator('#banner').innerText()).includes('没有内容'), 'the page does not say so');
    await page.waitForSelector('.example:visible');
    equal([new URL(page.url()).pathname, await page.locator('.message').count()], ['/', 0], 'where it is');
    await kit.shot(page, 'not-here-zh');
  });
}

async function keys(kit, server, page) {
  const { check, shot } = kit;
  const curl = (key, ...rest) => execFileSync('curl', ['-s', '-o', '/dev/null', '-w', '%{http_code}', '-H', `Authorization: Bearer ${key}`, ...rest], { encoding: 'utf8' });
  const call = (key) => curl(key, '-F', `image=@${path.join(ROOT, 'static/samples/coffee.jpg')}`, '-F', 'instruction=crop to 1:1', `${server.url}/api/v1/edit`);
  let key;

  await check('a key is made, shown once with a call to copy, and works from a shell', async () => {
    kit.checks.current = page;
    await page.goto(`${server.url}/account#keys`);
    await page.waitForSelector('#key-list .empty');
    await page.click('#key-start');
    ensure(await page.evaluate(() => document.activeElement.closest('#key-place form')), 'the form did not take the focus');
    await page.keyboard.type('夜间批处理');
    await shot(page, 'key-form-zh');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#made-key');
    key = await page.inputValue('#made-key');
    ensure(key.startsWith('ptc_'), key);
    ensure((await page.locator('.secret pre').innerText()).includes(`${server.url}/api/v1/edit`), 'the example does not name this server');
    await shot(page, 'key-made-zh');
    equal(call(key), '200', 'an edit with the key');
    await page.locator('.made .primary').click();
    await page.reload();
    await page.waitForSelector('[data-key]');
    ensure(!(await page.content()).includes(key), 'the key is shown a second time');
    ensure(key.startsWith((await page.locator('[data-key] code').innerText()).replace('…', '')), 'the hint is not its beginning');
    await shot(page, 'key-list-zh');
  });

  await check('a key that reads changes nothing; a revoked one is refused', async () => {
    const { body: reader } = await as(page, '/keys', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name: 'reader', scopes: ['read'] }) });
    equal([curl(reader.key, `${server.url}/api/v1/sessions`), call(reader.key)], ['200', '403'], 'reading and editing');
    await page.reload();
    const row = page.locator('[data-key]', { hasText: '夜间批处理' });
    await row.locator('button').click();
    await page.click('dialog .danger');
    await row.waitFor({ state: 'detached' });
    ensure(await page.evaluate(() => document.activeElement.id === 'keys-title'), 'the focus is lost');
    equal([call(key), curl(reader.key, `${server.url}/api/v1/sessions`)], ['401', '200'], 'the revoked key and the other');
    await page.goto(server.url);
    await atWork(page);
  });
}

async function endedSignIn(kit, server, page) {
  const { check, complaints, shot } = kit;
  await check('a sign-in that ends while the page is open is said in place, keeps words and pictures, and goes on after', async () => {
    kit.checks.current = page;
    await page.click('.session-link');
    await page.waitForSelector('.version');
    await page.fill('#instruction', 'crop to 1:1');
    await page.setInputFiles('#file-input', photo('coffee'));
    await page.waitForSelector('.tile[data-state="ready"]');
    const other = await page.context().newPage();
    await kit.complaints.watch(other, 'Omar, a second tab');
    await other.goto(server.url);
    await other.waitForSelector('.who-button');
    await complaints.allow(/status of 401 |WebSocket/, async () => {
      await other.click('.who-button');
      await other.locator('.menu .menu-item').last().click();
      await other.waitForURL(/\/login/);
      await page.waitForSelector('#banner:not([hidden])');
      equal([await page.inputValue('#instruction'), await page.locator('.tile').count()], ['crop to 1:1', 1], 'what was written and added');
      await page.press('#instruction', 'Enter');
      await page.waitForSelector('#composer-note .failure');
      equal([await page.inputValue('#instruction'), await page.locator('.tile').count()], ['crop to 1:1', 1], 'what was written and added, after sending');
      await page.setInputFiles('#file-input', photo('rocket'));
      await page.waitForSelector('.tile[data-state="failed"]');
      await shot(page, 'ended-dark-en');
      await page.locator('#banner button').click();
      await page.waitForSelector('dialog.signin input[type="password"]:focus');
      equal(await page.inputValue('dialog.signin input[name="username"]'), 'Omar', 'the name in the dialog');
      await page.keyboard.type('not the password');
      await page.keyboard.press('Enter');
      await page.waitForSelector('dialog.signin .field-fault:not([hidden])');
      ensure(await page.evaluate(() => document.activeElement.type === 'password'), 'the focus is not where one writes again');
      await shot(page, 'ended-dialog-dark-en');
      await page.fill('dialog.signin input[type="password"]', PASSWORDS.Omar);
      await page.keyboard.press('Enter');
      await page.waitForSelector('dialog', { state: 'detached' });
    });
    await page.waitForSelector('#banner', { state: 'hidden' });
    await page.waitForFunction(() => document.querySelectorAll('.tile[data-state="ready"]').length === 2);
    await page.locator('.tile .remove').last().click();
    const before = await page.locator('article.card').count();
    await page.press('#instruction', 'Enter');
    await page.waitForFunction((n) => document.querySelectorAll('article.card[data-state="succeeded"]').length > n && document.querySelector('#stop').hidden, before, { timeout: JOB_MS });
    await other.close();
  });

  await check('signing in leads to where one wanted to go, and to no other site', async () => {
    const session = new URL(page.url()).pathname;
    const fresh = await browse(kit, 'next', server.url + session, { lang: 'en-US' });
    await fresh.waitForURL(/\/login\?next=/);
    await complaints.allow(/status of 401 /, async () => {
      await fresh.fill('#login-name', 'omar');
      await fresh.fill('#login-password', 'wrong');
      await fresh.press('#login-password', 'Enter');
      await fresh.waitForSelector('#login-fault .failure');
    });
    ensure(await fresh.evaluate(() => document.activeElement.id === 'login-password'), 'the focus is not where one writes again');
    await shot(fresh, 'login-wrong-en');
    await signIn(fresh, 'Omar');
    await fresh.waitForURL(server.url + session);
    await fresh.waitForSelector('.version');
    await fresh.context().close();
    for (const next of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '/login']) {
      const lured = await browse(kit, 'lured', `${server.url}/login?next=${encodeURIComponent(next)}`);
      await signIn(lured, 'Omar');
      await lured.waitForURL(`${server.url}/`);
      await lured.context().close();
    }
    kit.checks.current = page;
  });

  await check('what is written is still there after a look at the account; devices are listed, and one is ended from there', async () => {
    await page.fill('#instruction', 'make it warmer');
    await page.setInputFiles('#file-input', photo('alps'));
    await page.waitForSelector('.tile[data-state="ready"]');
    await page.click('.who-button');
    await page.locator('.menu .menu-item').first().click();
    await page.waitForURL(/\/account$/);
    await page.waitForSelector('[data-login]');
    const elsewhere = await browse(kit, 'elsewhere', `${server.url}/login`, { lang: 'en-US' });
    await signIn(elsewhere, 'Omar');
    await atWork(elsewhere);
    await page.reload();
    await page.waitForFunction(() => document.querySelectorAll('[data-login]').length > 1);
    const count = await page.locator('[data-login]').count();
    await shot(page, 'account-you-dark-en');
    await page.locator('[data-login][data-current="false"] button').first().click();
    await page.click('dialog .danger');
    await page.waitForFunction((n) => document.querySelectorAll('[data-login]').length === n - 1, count);
    await page.goBack();
    await page.waitForFunction(() => document.querySelector('#instruction')?.value === 'make it warmer' && document.querySelectorAll('.tile[data-state="ready"]').length === 1);
    await elsewhere.context().close();
    kit.checks.current = page;
  });
}

async function limits(kit, server, { Ana: ana, Omar: page }) {
  const { check, complaints, shot } = kit;
  const put = (limit) => as(ana, '/users').then(({ body }) => as(ana, `/users/${body.find((user) => user.name === 'Omar').id}`, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ limits: limit }) }));
  await check('storage that runs low is a calm line; when it is full the picture waits with its reason and a way on', async () => {
    kit.checks.current = page;
    const used = (await as(page, '/me')).body.usage.storage_bytes;
    equal((await put({ storage_bytes: used + 10_000 })).status, 200, 'setting a limit');
    await page.reload();
    await page.waitForSelector('.who-warning');
    await shot(page, 'storage-dark-en');
    await page.fill('#instruction', 'crop to 3:4');
    await complaints.allow(/status of 507 /, async () => {
      await page.setInputFiles('#file-input', photo('astronaut'));
      await page.waitForSelector('.tile[data-state="failed"]');
    });
    equal(await page.locator('.tray .failure').getAttribute('data-code'), 'quota_exceeded', 'the code');
    equal(await page.inputValue('#instruction'), 'crop to 3:4', 'what was written');
    await shot(page, 'quota-dark-en');
    equal((await put({ storage_bytes: 0 })).status, 200, 'taking the limit away');
    await page.locator('.tray .failure .button').click();
    await page.waitForFunction(() => ![...document.querySelectorAll('.tile')].some((tile) => tile.dataset.state !== 'ready'));
    while (await page.locator('.tile').count()) await page.locator('.tile .remove').first().click();
  });

  await check('too many jobs at once is said in words, with the instruction still in the box', async () => {
    await put({ jobs_at_once: 1 });
    const { body: session } = await as(page, '/sessions', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' });
    const source = (await as(page, `/sessions/${new URL(page.url()).pathname.split('/s/')[1]}`)).body.versions[0].image.id;
    await complaints.allow(/status of 429 /, async () => {
      // a long one elsewhere, then one here
      const long = { plan: { version: 1, steps: [{ op: 'upscale', params: { scale: 4 } }] }, images: [source] };
      equal((await as(page, `/sessions/${session.id}/messages`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(long) })).status < 300, true, 'the long job');
      await page.fill('#instruction', 'crop to 1:1');
      await page.press('#instruction', 'Enter');
      await page.waitForSelector('#composer-note .failure');
    });
    equal(await page.locator('#composer-note .failure').getAttribute('data-code'), 'too_many_jobs', 'the code');
    equal(await page.inputValue('#instruction'), 'crop to 1:1', 'what was written');
    await shot(page, 'too-many-jobs-dark-en');
    await put({ jobs_at_once: null });
    const { body: snapshot } = await as(page, `/sessions/${session.id}`);
    for (const job of snapshot.jobs) await as(page, `/jobs/${job.id}/cancel`, { method: 'POST' });
    await page.locator('#composer-note .failure .button').last().click();
    await page.fill('#instruction', '');
  });
}

async function managing(kit, server, { Ana: ana, '小梅': mei, Omar: omar }) {
  const { check, complaints, shot } = kit;
  await complaints.allow(/小梅: .*(status of 401 |WebSocket)/, () => check('an owner disables, enables and removes an account from its menu, and the log says so', async () => {
    kit.checks.current = ana;
    await ana.goto(`${server.url}/account#people`);
    const row = ana.locator('[data-user]', { hasText: '小梅' });
    const choose = async (words) => { await row.locator('.icon-button').click(); await ana.locator('.menu .menu-item', { hasText: words }).click(); };
    await row.waitFor();
    await shot(ana, 'people-zh');
    await choose('停用');
    await ana.click('dialog .danger');
    await ana.waitForSelector('[data-user][data-disabled="true"]');
    equal((await as(mei, '/sessions')).status, 401, 'a disabled account');
    await choose('启用');
    await ana.waitForFunction(() => !document.querySelector('[data-user][data-disabled="true"]'));
    await choose('重设密码');
    await ana.waitForSelector('#reset-place .secret input');
    const link = new URL(await ana.inputValue('#reset-place .secret input')).hash;
    await mei.goto(`${server.url}/welcome${link}`);
    await mei.waitForSelector('#welcome input[name="password"]');
    equal(await mei.inputValue('#welcome input[name="username"]'), '小梅', 'whose password it is');
    await mei.fill('#welcome input[name="password"]', 'a new one entirely');
    await mei.click('#welcome button[type="submit"]');
    await atWork(mei);
    await choose('移除');
    const words = await ana.locator('dialog p').innerText();
    ensure(words.includes('图片') && words.includes('小梅'), words);
    await shot(ana, 'remove-user-zh');
    await ana.click('dialog .danger');
    await row.waitFor({ state: 'detached' });
    equal((await as(mei, '/sessions')).status, 401, 'a removed account');
    await ana.goto(`${server.url}/account#log`);
    await ana.waitForSelector('.log tbody tr');
    const log = await ana.locator('.log').innerText();
    ensure(log.includes('小梅') && !/[a-z]+_[a-z]+|user\./.test(await ana.locator('.log tbody').innerText()), log);
    await shot(ana, 'log-zh');
    await mei.context().close();
  }));

  await check('the last owner stays, and that is said in words', async () => {
    await ana.goto(`${server.url}/account#people`);
    const row = ana.locator('[data-user]', { hasText: 'Ana' });
    await row.locator('.icon-button').click();
    await complaints.allow(/status of 409 /, async () => {
      // The browser's own note of the refusal may come a moment after the words.
      const noted = ana.waitForEvent('console', (message) => / 409 /.test(message.text()));
      await ana.locator('.menu .menu-item').first().click();
      await ana.waitForSelector('.toast');
      await noted;
    });
    ensure(/\p{Script=Han}/u.test(await ana.locator('.toast').innerText()), 'the message is not in Chinese');
    equal((await as(ana, '/users')).body.find((user) => user.name === 'Ana').role, 'owner', 'the role');
    ensure(omar.url().startsWith(server.url), 'the third page is elsewhere');
  });
}
