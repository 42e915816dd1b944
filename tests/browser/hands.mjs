// What the mask tests do with their hands: upload, drag, tap the tool's controls, and read the masks that the page writes.
import fs from 'node:fs';
import zlib from 'node:zlib';
import { equal } from './harness.mjs';

export async function withPicture({ server }, bytes, name) {
  const form = new FormData();
  form.append('image', new Blob([bytes]), name);
  const image = await (await fetch(`${server.url}/api/v1/images`, { method: 'POST', body: form })).json();
  const { id } = await server.api('POST', '/sessions', {});
  await server.api('POST', `/sessions/${id}/messages`, { images: [image.id] });
  return id;
}

export async function startMarking(page) {
  await page.click('.button.mark');
  await page.waitForSelector('.mask-bar');
}

export const tool = (page, n) => page.click(`.mask-tools button:nth-child(${n})`);
export const [BRUSH, ERASER, BOX, LASSO, CLICK] = [1, 2, 3, 4, 5];

/** Where points of the picture are on the screen. */
export const places = (page, points) => page.evaluate((list) => {
  const stage = document.querySelector('.stage').getBoundingClientRect();
  const { a, e, f } = new DOMMatrix(getComputedStyle(document.querySelector('.sheet')).transform);
  return list.map(([x, y]) => [stage.left + e + x * a, stage.top + f + y * a]);
}, points);

export async function drag(page, points) {
  const [first, ...rest] = await places(page, points);
  await page.mouse.move(...first);
  await page.mouse.down();
  for (const place of rest) await page.mouse.move(...place);
  await page.mouse.up();
}

export async function setSize(page, px) {
  await page.evaluate((want) => {
    const slider = document.querySelector('.mask-size input');
    const most = Math.max(64, Math.round(Math.max(...document.querySelector('.canvas-title').textContent.match(/(\d+)×(\d+)/).slice(1).map(Number)) / 2));
    slider.value = Math.round((200 * Math.log(want)) / Math.log(most));
    slider.dispatchEvent(new Event('input'));
  }, px);
}

/** The downloaded mask: its bytes, its size and one value per pixel. */
export async function saved(page) {
  await page.click('.mask-bar [aria-haspopup="menu"]');
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.menu button').last().click()]);
  const bytes = fs.readFileSync(await download.path());
  return { bytes, ...readGrey(bytes) };
}

/** An 8-bit grey PNG with unfiltered rows, as the page writes it. */
function readGrey(bytes) {
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  equal([bytes[24], bytes[25]], [8, 0], 'bits and colour type');
  const data = [];
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT') data.push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const rows = zlib.inflateSync(Buffer.concat(data));
  const values = Buffer.concat(Array.from({ length: height }, (_, y) => rows.subarray(y * (width + 1) + 1, (y + 1) * (width + 1))));
  return { width, height, values, at: (x, y) => values[y * width + x], count: values.reduce((n, v) => n + (v >= 128 ? 1 : 0), 0) };
}

export const reset = (page) => page.click('.mask-whole button:last-child');

/** A grey PNG with a disc, as an answer to a click. */
export function disc(width, height, x, y, radius) {
  const rows = Buffer.alloc((width + 1) * height);
  for (let j = 0; j < height; j += 1) for (let i = 0; i < width; i += 1) if (Math.hypot(i + 0.5 - x, j + 0.5 - y) < radius) rows[j * (width + 1) + 1 + i] = 255;
  const chunk = (name, data) => {
    const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
    const [head, tail] = [Buffer.alloc(4), Buffer.alloc(4)];
    head.writeUInt32BE(data.length);
    tail.writeUInt32BE(zlib.crc32 ? zlib.crc32(body) : crc(body));
    return Buffer.concat([head, body, tail]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', header), chunk('IDAT', zlib.deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

function crc(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) {
    c ^= byte;
    for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  }
  return (c ^ 0xffffffff) >>> 0;
}
