// Formats that a browser cannot show are shown all the same, and what is written opens in a browser.
import path from 'node:path';
import { ROOT, ensure, equal } from './harness.mjs';

const JOB_MS = 90_000;

/** `kit`: `check`, `open`, `server`, `shot`. */
export async function formats({ check, open, server, shot }) {
  const page = await open('formats', '/');

  await check('a TIFF is seen before it is sent, and edited', async () => {
    await page.setInputFiles('#file-input', path.join(ROOT, 'tests/fixtures/tiff/rgb-16.tif'));
    await page.waitForSelector('.tile[data-state="ready"]');
    await page.waitForFunction(() => document.querySelector('.tile img')?.naturalWidth > 0);
    await page.fill('#instruction', '裁成1:1，导出AVIF');
    await page.press('#instruction', 'Enter');
    await page.waitForSelector('article.card[data-state="succeeded"] .file', { timeout: JOB_MS });
    await shot(page, 'tiff-zh');
  });

  await check('the AVIF that was exported opens in the browser, in its size and colours', async () => {
    const href = await page.locator('article.card .file').getAttribute('href');
    const { versions } = await server.api('GET', `/sessions/${new URL(page.url()).pathname.slice(3)}`);
    const seen = async (url) => page.evaluate(async (from) => {
      const bitmap = await createImageBitmap(await (await fetch(from)).blob());
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
      context.drawImage(bitmap, 0, 0);
      return { size: [bitmap.width, bitmap.height], pixel: [...context.getImageData(4, 4, 1, 1).data] };
    }, url);
    const [file, version] = [await seen(href), await seen(versions.at(-1).image.url)];
    equal(file.size, version.size, 'the size');
    ensure(file.pixel.every((v, i) => Math.abs(v - version.pixel[i]) <= 12), `${file.pixel} instead of ${version.pixel}`);
  });

  await page.context().close();
}
