// One item of a batch, large: before and after, why it failed, its warnings, the values of its row, the report of a platform's rules, its files.
import { API } from '../api.js';
import { comparison } from '../compare.js';
import { button, h, icon } from '../dom.js';
import { failure, warnings } from '../failure.js';
import { bytes, language, seconds, t } from '../i18n.js';
import { openSheet } from '../sheet.js';
import { STATE_ICONS } from './grid.js';

/** In the order in which they are shown. */
const MARKS = { fail: 'x', check: 'eye', pass: 'check' };
const ORDER = Object.keys(MARKS);

/** Shows the item at the place of number `n`. */
export function openItem(items, n, { retry, closed }) {
  let at = items.placeOf(n);
  const sheet = openSheet({ title: '', className: 'batch-sheet', closed: () => { items.removeEventListener('items', redraw); closed(at); } });
  const step = (by) => { at += by; draw(); };
  const before = button(t('batch.previous'), { onclick: () => step(-1) });
  const next = button(t('batch.next'), { onclick: () => step(1) });
  let drawn = null;
  const draw = () => {
    // what is shown may go elsewhere while one looks, as a failed one does that is tried again
    at = Math.min(at, items.length - 1);
    if (at < 0) { sheet.close(); return; }
    const item = items.at(at);
    before.disabled = at <= 0;
    next.disabled = at >= items.length - 1;
    const signature = item ? `${item.n} ${item.seq}` : 'loading';
    if (signature === drawn) return;
    drawn = signature;
    sheet.title(item ? t('batch.itemTitle', { n: item.n, name: item.file.split('/').at(-1) }) : t('batch.loading'));
    sheet.body.replaceChildren(...(item ? content(item) : []));
    const files = (item?.results ?? []).map((file) => h('a.button.primary', { href: `${file.url}?download=true`, download: file.name }, icon('download'), h('span', {}, item.results.length > 1 ? file.name : t('done.download'))));
    const focus = sheet.foot.contains(document.activeElement) ? document.activeElement : null;
    sheet.foot.replaceChildren(before, next, h('span.spacer'), ...(item?.state === 'failed' && item.image && retry ? [button(t('batch.retry'), { onclick: retry }, 'retry')] : []), ...files);
    if (focus?.isConnected && !focus.disabled) focus.focus();
    else if (focus) sheet.dialog.querySelector('h2').focus();
  };
  const redraw = () => draw();
  items.addEventListener('items', redraw);
  draw();
}

function content(item) {
  const parts = [h('p.batch-state.large', { dataset: { state: item.state } }, icon(STATE_ICONS[item.state]), h('span', {}, t(`batch.state.${item.state}`)), item.ms ? h('span.note', {}, seconds(item.ms)) : null, item.file.includes('/') && h('span.note.grow', {}, item.file))];
  if (item.error) parts.push(failure(item.error, { note: item.image ? null : t('batch.notStored') }));
  parts.push(...warnings(item));
  const [result] = item.results;
  if (result) parts.push(comparison({ image: shown(result) }, item.image ? { image: shown(item.image) } : null, item.name || item.file));
  else if (item.image && !item.error?.code.startsWith('image_')) parts.push(comparison({ image: shown(item.image) }, null, item.file));
  const reports = reportsIn(item.report);
  parts.push(...reports.map(report));
  if (Object.keys(item.values).length) parts.push(h('section', {}, h('h3', {}, t('batch.values')), h('dl.batch-values', {}, Object.entries(item.values).flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, typeof value === 'object' ? JSON.stringify(value) : String(value))]))));
  if (item.results.length) parts.push(h('ul.batch-files', {}, item.results.map((file) => h('li.note', {}, `${file.name} · ${file.width}×${file.height} · ${bytes(file.bytes)}`))));
  return [h('div.batch-detail', {}, parts)];
}

/** A file as the comparison takes it. */
const shown = (file) => ({ ...file, preview_url: `${API}/images/${encodeURIComponent(file.id)}/preview`, alpha: file.format !== 'jpeg' });

/** What in an item's report lists rules, wherever it stands. */
function reportsIn(value) {
  if (typeof value !== 'object' || value === null) return [];
  return Array.isArray(value.rules) ? [value] : Object.values(value).flatMap(reportsIn);
}

/** A platform's rules: each with its result as a mark and in words. */
function report({ name, platform, rules }) {
  const said = (text) => (typeof text === 'object' && text !== null ? text[language()] ?? text.en ?? '' : String(text ?? ''));
  const lines = [...rules].sort((a, b) => ORDER.indexOf(a.result) - ORDER.indexOf(b.result)).map((rule) => h('li', { dataset: { result: rule.result } }, icon(MARKS[rule.result] ?? 'info', 'icon small'), h('span.grow', {}, said(rule.words) || rule.rule), h('b', {}, t(`batch.rule.${MARKS[rule.result] ? rule.result : 'check'}`))));
  return h('section', {}, h('h3', {}, t('batch.report', { name: said(name) || platform || '' })), h('ul.batch-rules', {}, lines));
}
