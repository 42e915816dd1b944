// The place of batches on the page: a new one, or one that there is, instead of conversation and canvas.
import { byId, h } from '../dom.js';
import { onLanguage, t } from '../i18n.js';
import { usePart } from '../part.js';
import { failure } from '../failure.js';

let shown = null;
let turn = 0;

/** Shows the batch of that id, `new` for a new one, null for none. */
export async function show(host, id) {
  if (shown?.id === id && shown?.query === location.search) return;
  const mine = (turn += 1);
  leave();
  if (!id) return;
  shown = { id, query: location.search, host, element: h('main.screen', { id: 'screen', tabIndex: -1, 'aria-busy': 'true' }), view: null };
  byId('app').append(shown.element);
  skipTo('screen');
  try {
    await Promise.all([usePart('recipe'), usePart('batch')]);
    const [{ open }] = await Promise.all([id === 'new' ? import('./new.js') : import('./show.js')]);
    if (mine !== turn) return;
    const view = await open(host, shown.element, id);
    if (mine === turn) shown.view = view;
    else view?.close?.();
  } catch (error) {
    if (mine === turn) shown.element.replaceChildren(h('div.screen-body', {}, failure(error, { retry: error.status === 404 ? null : () => { const again = shown.id; shown.id = null; show(host, again); } })));
  } finally {
    if (mine === turn) shown?.element.setAttribute('aria-busy', 'false');
  }
}

/** What was dropped on the page while a screen is open. */
export async function take(entries) {
  while (shown && !shown.view) await new Promise((resolve) => { setTimeout(resolve, 50); });
  await shown?.view.take?.(entries);
}

export function title(words) {
  document.title = `${words} · Portico`;
  byId('topbar-title').textContent = words;
}

function leave() {
  if (!shown) return;
  shown.view?.close?.();
  shown.element.remove();
  shown = null;
  skipTo('instruction');
}

/** Where the first link of the page leads. */
function skipTo(id) {
  const link = document.querySelector('.skip');
  link.href = `#${id}`;
  link.dataset.t = id === 'instruction' ? 'skip' : 'skipMain';
  link.textContent = t(link.dataset.t);
}

onLanguage(() => shown?.view?.redraw?.());
