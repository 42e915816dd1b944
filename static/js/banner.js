// The line above the conversation that says when the server is away, the sign-in has ended or an address leads nowhere, and what can be done about it.
import { button, byId, h, icon } from './dom.js';
import { onLanguage, t } from './i18n.js';
import { toast } from './announce.js';

const PATIENCE_MS = 800;

export class ConnectionBanner {
  /** `retry()` reconnects at once. A drop that mends itself quickly is never shown. */
  constructor(store, retry) {
    Object.assign(this, { store, retry, timer: 0, kind: null, draw: null });
    this.element = byId('banner');
    store.on('connection', () => this.changed());
    onLanguage(() => this.draw?.());
    for (const type of ['online', 'offline']) addEventListener(type, () => { if (this.kind === 'lost') this.draw(); });
  }

  changed() {
    clearTimeout(this.timer);
    if (this.store.connection === 'lost') {
      this.timer = setTimeout(() => this.show('lost', 'warn', () => t(navigator.onLine ? 'connection.lost' : 'connection.offline'), 'connection.retry', this.retry), PATIENCE_MS);
    } else if (this.kind === 'lost') {
      if (this.store.connection === 'open') toast(t('connection.back'));
      this.hide();
    }
  }

  /** The session could not be opened at all. */
  failed(error, retry) {
    this.show('failed', 'error', () => error.message, 'failed.retry', () => { this.hide(); retry(); });
  }

  /** The sign-in has ended; what is in the page stays. */
  ended(signIn) {
    clearTimeout(this.timer);
    this.show('ended', 'lock', () => t('connection.ended'), 'connection.signIn', signIn);
  }

  /** An address of somebody else's conversation, or of one that is gone. */
  notHere() {
    this.show('notHere', 'info', () => t('sessions.notHere'), 'dismiss', () => this.hide());
  }

  show(kind, iconName, words, action, onclick) {
    this.kind = kind;
    this.draw = () => this.element.replaceChildren(icon(iconName), h('span', {}, words()), button(t(action), { onclick }));
    this.draw();
    this.element.hidden = false;
  }

  /** Another session is opened: what was said of the last one goes. */
  leave() {
    if (this.kind === 'failed' || this.kind === 'notHere') this.hide();
  }

  hide() {
    this.kind = null;
    this.draw = null;
    this.element.hidden = true;
  }
}
