// Recipes and batches below the sessions: how many there are; the lists themselves, and everything that is done with them, come with their first use.
import * as api from './api.js';
import { byId } from './dom.js';
import { onLanguage } from './i18n.js';
import { toast } from './announce.js';

const LISTS = {
  recipes: { fetch: () => api.call('GET', '/recipes').then((answer) => answer.recipes), draw: () => import('./recipe/list.js') },
  batches: { fetch: () => api.call('GET', '/batches').then((answer) => answer.batches), draw: () => import('./batch/list.js') },
};

export class Shelf {
  /** `host`: what the parts may do with the page, see main.js. */
  constructor(host) {
    Object.assign(this, { host, all: {} });
    for (const name of Object.keys(LISTS)) this.section(name).addEventListener('toggle', () => { this.draw(name); this.refresh(); });
    this.channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('portico-shelf') : null;
    this.channel?.addEventListener('message', () => this.refresh());
    addEventListener('focus', () => this.refresh());
    onLanguage(() => this.refresh());
  }

  section(name) { return byId(`shelf-${name}`); }

  /** Fetches the lists anew; `told`: other tabs learn of it. */
  async refresh(told = false) {
    if (told) this.channel?.postMessage('changed');
    await Promise.all(Object.keys(LISTS).map((name) => LISTS[name].fetch().then((all) => { this.all[name] = all; return this.draw(name); }, () => { /* the old list stays */ })));
  }

  async draw(name) {
    const section = this.section(name);
    const all = this.all[name] ?? [];
    section.querySelector('.count').textContent = all.length || '';
    if (!section.open) return;
    try {
      const part = await LISTS[name].draw();
      await part.drawList(section.querySelector('.shelf-body'), all, this.host);
    } catch (error) { toast(error.message); }
  }
}
