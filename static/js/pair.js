// Two versions that are compared: they are picked one after the other in the tree and shown under the slider or side by side.
import { say } from './announce.js';
import { button, h, iconButton } from './dom.js';
import { t } from './i18n.js';
import { mapBetween } from './maps.js';
import { SideBySide } from './sides.js';

export class Pair {
  /** `changed()` whenever there is something else to show. */
  constructor(store, changed) {
    Object.assign(this, { store, changed, first: null, numbers: null, beside: false, sides: null });
  }

  get picking() { return this.first !== null; }
  /** The two versions, the older one first, or null. */
  get versions() {
    const both = this.numbers?.map((n) => this.store.version(n));
    return both?.every(Boolean) ? both : null;
  }

  /** The next version that is chosen is compared with this one. */
  pick(number) {
    Object.assign(this, { first: number, numbers: null });
    say(t('pair.pick', { n: number }));
    this.changed();
  }

  /** Takes the second version; false where none was asked for. */
  choose(number) {
    if (this.first === null) return false;
    if (number !== this.first) Object.assign(this, { numbers: [this.first, number].sort((a, b) => a - b), first: null, at: this.store.shown?.number });
    this.changed();
    return true;
  }

  /** Compares two versions at once. */
  show(a, b) {
    Object.assign(this, { numbers: [a, b].sort((x, y) => x - y), first: null, at: this.store.shown?.number });
    this.changed();
  }

  end() {
    if (this.first === null && !this.numbers) return;
    Object.assign(this, { first: null, numbers: null });
    this.changed();
  }

  /** Whether it still holds: both versions are there and nothing else came into sight. */
  settle() {
    if (this.first !== null && !this.store.version(this.first)) this.first = null;
    if (this.numbers && (!this.versions || this.store.shown?.number !== this.at)) this.numbers = null;
  }

  map([before, after]) { return mapBetween(this.store, after, before); }

  /** What the line over the picture says, or null. */
  note() {
    const close = (key) => iconButton('x', t(key), { onclick: () => this.end() });
    if (this.first !== null) return h('div', { role: 'status' }, h('span', {}, t('pair.pick', { n: this.first })), button(t('cancel'), { onclick: () => this.end() }));
    if (!this.numbers) return null;
    const [a, b] = this.numbers;
    const way = (name, beside) => h('button', { type: 'button', title: t(`pair.${name}`), 'aria-pressed': String(this.beside === beside), onclick: () => { this.beside = beside; this.changed(); } }, t(`pair.${name}`));
    return h('div.pair-note', { role: 'group', 'aria-label': t('pair.title', { a, b }) }, h('span', {}, t('pair.title', { a, b })), h('div.segmented', { role: 'group', 'aria-label': t('pair.how') }, way('slider', false), way('sides', true)), close('pair.end'));
  }

  /** Puts the two side by side onto the stage, or takes them off. */
  drawSides(stage, { changed, backdrop }) {
    const versions = this.beside ? this.versions : null;
    const key = versions && `${this.numbers} ${backdrop}`;
    if (this.sidesKey === key && (!key || this.sides.element.isConnected)) return;
    this.sides?.remove();
    this.sides = null;
    this.sidesKey = key;
    if (versions) this.sides = new SideBySide(stage, versions, { changed, backdrop });
  }
}
