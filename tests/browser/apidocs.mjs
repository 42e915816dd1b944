// The API documentation in the browser: complete, tried out from the page, and nothing asked of anybody else.
import { ensure, equal } from './harness.mjs';

/** `kit`: `check`, `server`, `browser`, `complaints`, `checks`, `shot`. */
export async function apidocs(kit) {
  const { check, server, complaints, checks, shot } = kit;
  const context = await kit.browser().newContext({ viewport: { width: 1280, height: 900 }, locale: 'zh-CN' });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await complaints.watch(page, 'apidocs');
  checks.current = page;
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`${server.url}/api/docs`);

  await check('the API page lists every route, and nothing comes from elsewhere', async () => {
    await page.waitForSelector('.opblock');
    const document = await (await fetch(`${server.url}/api/openapi.json`)).json();
    const routes = Object.values(document.paths).flatMap((methods) => Object.keys(methods)).length;
    equal(await page.locator('.opblock').count(), routes, 'routes on the page');
    ensure((await page.locator('.docs-head').innerText()).includes('错误代码'), 'the links are not in Chinese');
    equal(asked.filter((url) => !url.startsWith(server.url) && !url.startsWith('data:')), [], 'asked elsewhere');
    await shot(page, 'apidocs');
  });

  await check('a call can be tried from the page', async () => {
    const block = page.locator('.opblock-get', { hasText: '/api/v1/sessions' }).first();
    await block.locator('.opblock-summary-control').click();
    await block.locator('.try-out__btn').click();
    await block.locator('.execute').click();
    await block.locator('.live-responses-table .response-col_status').first().waitFor();
    ensure((await block.locator('.live-responses-table').innerText()).includes('sessions'), 'no answer on the page');
    await shot(page, 'apidocs-tried');
  });
  await context.close();
}
