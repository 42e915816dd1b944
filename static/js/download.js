// A version as a file: the menu of formats with their sizes, and the clipboard.
import { contentLength, contentUrl } from './api.js';
import { h } from './dom.js';
import { bytes, formatName, t } from './i18n.js';
import { menuItem, showMenu } from './menu.js';
import { toast } from './announce.js';

const FORMATS = ['png', 'jpeg', 'webp', 'tiff'];
/** These are made of the whole way to a version, so they are work for the queue, and arrive in the conversation. */
const LAYERED = ['psd', 'ora'];

/** Opens the menu at `anchor`; sizes arrive as the server knows them. */
export function downloadMenu(anchor, version, files = []) {
  const items = [];
  if (files.length) {
    items.push(h('div.menu-title', {}, t('download.exported')));
    for (const file of files) items.push(link(`${file.url}${file.url.includes('?') ? '&' : '?'}download=true`, file.name, h('span.note', {}, bytes(file.bytes))));
    items.push(h('hr'), h('div.menu-title', {}, t('download.plain')));
  }
  const sizes = FORMATS.map((format) => [format, h('span.note', {}, '…')]);
  for (const [format, size] of sizes) {
    const flat = format === 'jpeg' && version.image.alpha;
    items.push(link(contentUrl(version.image, format, true), formatName(format) + (flat ? ` (${t('download.flat')})` : ''), size));
  }
  items.push(h('hr'), h('div.menu-title', {}, t('download.layers')));
  for (const format of LAYERED) {
    const ask = () => document.dispatchEvent(new CustomEvent('export-layers', { detail: { version: version.number, format } }));
    items.push(menuItem('button', { type: 'button', dataset: { layered: format }, onclick: ask }, h('span.grow', {}, formatName(format)), h('span.note', {}, t(`download.${format}`))));
  }
  if (!showMenu(anchor, items, t('download.title', { n: version.number }))) return;
  for (const [format, size] of sizes) {
    contentLength(contentUrl(version.image, format)).then((length) => { size.textContent = length === null ? '' : bytes(length); });
  }
}

const link = (href, label, note) => menuItem('a', { href, download: '' }, h('span.grow', {}, label), note);

/** Puts the picture itself on the clipboard, as PNG (the one format every browser takes). */
export async function copyPicture(image) {
  try {
    const png = fetch(contentUrl(image, 'png')).then((response) => { if (!response.ok) throw new Error(); return response.blob(); });
    // the promise goes in as it is: Safari wants the write to start within the click
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
    toast(t('done.copied'));
  } catch {
    toast(t('done.copyFailed'));
  }
}
copyPicture.possible = Boolean(globalThis.ClipboardItem && navigator.clipboard?.write);
