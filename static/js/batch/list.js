// The batches in the left column: the newest first, how far each is, and the way to a new one.
import { at, here } from '../base.js';
import { h, icon } from '../dom.js';
import { t } from '../i18n.js';
import { usePart } from '../part.js';
import { progressWords } from './progress.js';

const LOOK_AGAIN_MS = 10_000;
let timer = 0;

export async function drawList(place, batches, host) {
  await Promise.all([usePart('recipe'), usePart('batch')]);
  const newest = [...batches].sort((a, b) => b.created_at.localeCompare(a.created_at));
  const focused = place.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
  const go = (path) => (event) => { if (event.metaKey || event.ctrlKey || event.shiftKey) return; event.preventDefault(); host.go(path); mark(place); };
  place.replaceChildren(h('ul', {}, h('li', {}, h('a.shelf-line', { href: at('/b/new'), onclick: go('/b/new') }, icon('plus', 'icon small'), h('span', {}, t('batch.new')))),
    newest.map((batch) => h('li', {}, line(batch, go(`/b/${batch.id}`))))));
  mark(place);
  if (focused) place.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
  clearTimeout(timer);
  if (newest.some(moving)) timer = setTimeout(() => { if (document.visibilityState === 'visible') host.refresh(false); }, LOOK_AGAIN_MS);
}

const moving = ({ state, counts }) => state === 'running' && counts.queued + counts.running > 0;

/** Which of them is open. */
function mark(place) {
  for (const link of place.querySelectorAll('a')) if (link.getAttribute('href') === at(here())) link.setAttribute('aria-current', 'page'); else link.removeAttribute('aria-current');
}

function line(batch, onclick) {
  const { counts } = batch;
  const name = counts.failed ? 'warn' : moving(batch) ? 'auto' : batch.state === 'paused' ? 'pause' : batch.state === 'cancelled' ? 'x' : 'check';
  return h('a.shelf-line', { href: at(`/b/${batch.id}`), onclick }, icon(name, 'icon small'), h('span.grow', {}, h('span.name', {}, batch.name), h('span.note', {}, progressWords(batch))));
}
