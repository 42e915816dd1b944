// The list of sessions: find, open, rename, delete; other tabs are told when it changed.
import * as api from './api.js';
import { at } from './base.js';
import { byId, h, icon, iconButton } from './dom.js';
import { dayGroup, onLanguage, t } from './i18n.js';
import { menuItem, showMenu } from './menu.js';
import { say, toast } from './announce.js';

const SEARCH_FROM = 6;
const SEARCH_MS = 200;

export class Sessions {
  /** `actions`: `open(id)`, `fresh()`. */
  constructor(store, actions) {
    Object.assign(this, { store, actions, all: [], query: '', found: null });
    this.list = byId('session-list');
    this.channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('portico') : null;
    this.channel?.addEventListener('message', () => this.refresh());
    addEventListener('focus', () => this.refresh());
    store.on('session', () => this.patch(store.session));
    store.on('job', () => this.draw());
    byId('session-search').addEventListener('input', (event) => this.search(event.target.value.trim()));
    onLanguage(() => this.draw());
  }

  async refresh() {
    try {
      this.all = await api.sessions();
      this.draw();
      if (this.query) this.ask(this.query);
    } catch { /* the banner already says that the server is away; the old list stays */ }
  }

  /** Titles are searched at once, what was said in the sessions by the server a moment later. */
  search(query) {
    clearTimeout(this.asking);
    Object.assign(this, { query, found: null });
    this.draw();
    if (query) this.asking = setTimeout(() => this.ask(query), SEARCH_MS);
  }

  async ask(query) {
    try {
      const found = await api.sessions(query);
      if (query !== this.query) return;
      this.found = new Set(found.map((session) => session.id));
      this.draw();
      say(t('sessions.found', { n: this.found.size }));
    } catch (error) { toast(error.message); }
  }

  /** Whether a session is to be listed. */
  matches(session) {
    return !this.query || this.found?.has(session.id) || titleOf(session).toLowerCase().includes(this.query.toLowerCase());
  }

  tell() { this.channel?.postMessage('changed'); }

  patch(session) {
    if (!session) { this.draw(); return; }
    const known = this.all.findIndex((s) => s.id === session.id);
    if (known < 0) { this.all.unshift(session); this.tell(); }
    else {
      const changed = this.all[known].title !== session.title;
      this.all[known] = session;
      if (changed) this.tell();
    }
    this.draw();
  }

  draw() {
    byId('session-search-box').hidden = this.all.length < SEARCH_FROM && !this.query;
    const shown = this.all.filter((s) => this.matches(s)).sort((a, b) => b.updated_at.localeCompare(a.updated_at));
    const groups = Map.groupBy ? Map.groupBy(shown, (s) => dayGroup(s.updated_at)) : group(shown);
    const children = [];
    for (const [key, list] of groups) children.push(h('h2.session-group', {}, t(key)), h('ul', {}, list.map((s) => this.row(s))));
    if (!shown.length) children.push(h('p.session-none', {}, this.query ? t('sessions.nothing', { query: this.query }) : t('sessions.none')));
    const focused = document.activeElement?.closest?.('#session-list a')?.getAttribute('href');
    this.list.replaceChildren(...children);
    if (focused) this.list.querySelector(`a[href="${focused}"]`)?.focus();
  }

  row(session) {
    const title = titleOf(session);
    const current = session.id === this.store.session?.id;
    const running = current ? Boolean(this.store.runningJob) : session.running;
    const link = h('a.session-link', { href: at(`/s/${session.id}`), 'aria-current': current ? 'page' : null, onclick: (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      this.actions.open(session.id);
    } }, thumbnail(session), h('span.session-name', {}, title), running && h('span.session-running', { role: 'img', 'aria-label': t('sessions.running') }));
    const more = iconButton('more', t('sessions.more', { title }), { 'aria-haspopup': 'menu', 'aria-expanded': 'false' });
    more.addEventListener('click', () => showMenu(more, [
      menuItem('button', { type: 'button', onclick: () => this.rename(session) }, icon('pencil'), h('span.grow', {}, t('sessions.rename'))),
      menuItem('a', { href: api.exportUrl(session.id), download: '' }, icon('download'), h('span.grow', {}, t('sessions.export'))),
      menuItem('button', { type: 'button', className: 'menu-item danger', onclick: () => this.remove(session) }, icon('trash'), h('span.grow', {}, t('sessions.delete'))),
    ], t('sessions.more', { title })));
    return h('li.session', { dataset: { current: String(current), session: session.id } }, link, more);
  }

  async rename(session) {
    const { ask } = await import('./dialog.js');
    const title = await ask(t('sessions.name'), session.title ?? '', t('sessions.save'));
    if (!title) return;
    try {
      const renamed = await api.renameSession(session.id, title);
      if (this.store.session?.id === renamed.id) this.store.setSession({ ...this.store.session, title: renamed.title });
      else this.patch(renamed);
      this.tell();
    } catch (error) { toast(error.message); }
  }

  async remove(session) {
    const { confirm } = await import('./dialog.js');
    if (!(await confirm(t('sessions.deleteTitle'), t('sessions.deleteText', { title: titleOf(session) }), t('sessions.delete')))) return;
    try {
      await api.deleteSession(session.id);
      this.all = this.all.filter((s) => s.id !== session.id);
      if (this.store.session?.id === session.id) this.actions.fresh();
      else byId('new-session').focus();
      this.draw();
      this.tell();
    } catch (error) { toast(error.message); }
  }
}

export const titleOf = (session) => session?.title || t('sessions.untitled');

function thumbnail(session) {
  if (!session.thumbnail_url) return h('span.session-thumb.none', {}, icon('image', 'icon small'));
  const url = session.thumbnail_url.includes('?') ? session.thumbnail_url : `${session.thumbnail_url}?side=96`;
  return h('img.session-thumb', { src: url, alt: '', width: 36, height: 36, loading: 'lazy' });
}

function group(sessions) {
  const groups = new Map();
  for (const session of sessions) {
    const key = dayGroup(session.updated_at);
    groups.set(key, [...(groups.get(key) ?? []), session]);
  }
  return groups;
}
