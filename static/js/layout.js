// Which parts are in sight: the start screen or the session, chat or canvas on a phone, the drawer with the sessions.
import { byId } from './dom.js';
import { onLanguage, t } from './i18n.js';
import { titleOf } from './sessions.js';

export function startLayout(store) {
  const app = byId('app');
  const opener = byId('drawer-open');
  let loading = false;

  const draw = () => {
    const started = Boolean(store.session && (store.messages.length || store.versions.length)) || store.pending.length > 0;
    app.dataset.empty = String(store.versions.length === 0);
    byId('start').hidden = started || loading;
    const title = store.session && started ? titleOf(store.session) : 'Portico';
    byId('topbar-title').textContent = title;
    document.title = title === 'Portico' ? `Portico · ${t('app.line')}` : `${title} · Portico`;
    if (store.versions.length === 0 && app.dataset.view === 'canvas') show('chat');
  };
  const show = (view) => {
    app.dataset.view = view;
    for (const button of byId('view-switch').children) button.setAttribute('aria-pressed', String(button.dataset.viewChoice === view));
  };
  const drawer = (open) => {
    app.dataset.drawer = open ? 'open' : 'closed';
    byId('scrim').hidden = !open;
    opener.setAttribute('aria-expanded', String(open));
    for (const part of app.children) if (part.id !== 'sidebar' && part.id !== 'scrim') part.inert = open;
    (open ? byId('drawer-close') : opener).focus();
  };
  const closeDrawer = () => { if (app.dataset.drawer === 'open') drawer(false); };

  byId('view-switch').addEventListener('click', (event) => { const view = event.target.closest('[data-view-choice]')?.dataset.viewChoice; if (view) show(view); });
  opener.addEventListener('click', () => drawer(true));
  byId('drawer-close').addEventListener('click', closeDrawer);
  byId('scrim').addEventListener('click', closeDrawer);
  byId('sidebar').addEventListener('keydown', (event) => { if (event.key === 'Escape') closeDrawer(); });
  store.on('session messages versions', draw);
  onLanguage(draw);
  show('chat');
  draw();
  return {
    show,
    closeDrawer,
    /** A session is on its way: neither the start screen nor an empty conversation is true yet. */
    loading(value) { loading = value; draw(); },
    sent() { show('chat'); },
  };
}
