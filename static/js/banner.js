// The line above the conversation that says when the server is away and what the page does about it.
import { button, byId, h, icon } from './dom.js';
import { onLanguage, t } from './i18n.js';
import { toast } from './announce.js';

const PATIENCE_MS = 800;

export class ConnectionBanner {
  /** `retry()` reconnects at once. A drop that mends itself quickly is never shown. */
  constructor(store, retry) {
    Object.assign(this, { store, retry, timer: 0, shown: false });
    this.element = byId('banner');
    store.on('connection', () => this.changed());
    onLanguage(() => { if (this.shown) this.draw(); });
    for (const type of ['online', 'offline']) addEventListener(type, () => { if (this.shown) this.draw(); });
  }

  changed() {
    clearTimeout(this.timer);
    if (this.store.connection === 'lost') {
      this.timer = setTimeout(() => this.draw(), PATIENCE_MS);
      return;
    }
    if (this.shown) toast(t('connection.back'));
    this.hide();
  }

  draw() {
    this.show('warn', t(navigator.onLine ? 'connection.lost' : 'connection.offline'), t('connection.retry'), this.retry);
  }

  /** The session could not be opened at all. */
  failed(error, retry) {
    this.show('error', error.message, t('failed.retry'), () => { this.hide(); retry(); });
  }

  show(iconName, words, action, onclick) {
    this.shown = true;
    this.element.replaceChildren(icon(iconName), h('span', {}, words), button(action, { onclick }));
    this.element.hidden = false;
  }

  hide() {
    this.shown = false;
    this.element.hidden = true;
  }
}
