// The pictures of a batch in rows, of which only those in sight are there, however many there are. One stop for the Tab key; arrows move in it.
import { clamp, h, icon, perFrame } from '../dom.js';
import { t } from '../i18n.js';
import { smallUrl } from './calls.js';

const GAP_PX = 12;
const WORDS_PX = 60;
/** Rows above and below what is in sight. */
const BEYOND = 2;

export const STATE_ICONS = { waiting: 'clock', queued: 'clock', running: 'auto', succeeded: 'check', failed: 'error', cancelled: 'x' };

export class Grid {
  /** `items`: an `Items`; `scroller`: what scrolls; `open(n)` shows an item. */
  constructor(items, scroller, open) {
    Object.assign(this, { items, scroller, open, tiles: new Map(), focused: 0 });
    this.element = h('ul.batch-grid', { 'aria-label': t('batch.items') });
    this.draw = perFrame(() => this.layout());
    scroller.addEventListener('scroll', this.draw, { passive: true });
    this.watch = new ResizeObserver(this.draw);
    this.watch.observe(this.element);
    this.element.addEventListener('keydown', (event) => this.key(event));
    this.element.addEventListener('focusin', (event) => { const at = event.target.closest('li')?.dataset.index; if (at !== undefined) this.focused = Number(at); });
  }

  close() { this.watch.disconnect(); this.scroller.removeEventListener('scroll', this.draw); }

  measure() {
    const width = this.element.clientWidth;
    const least = width < 480 ? 104 : 152;
    const columns = Math.max(2, Math.floor((width + GAP_PX) / (least + GAP_PX)));
    const side = (width - GAP_PX * (columns - 1)) / columns;
    return { columns, side, row: side + WORDS_PX + GAP_PX };
  }

  layout() {
    if (!this.element.isConnected || !this.element.clientWidth) return;
    const { items } = this;
    const total = items.length;
    const { columns, side, row } = this.measure();
    this.columns = columns;
    this.element.style.height = `${Math.max(0, Math.ceil(total / columns) * row - GAP_PX)}px`;
    const top = this.scroller.getBoundingClientRect().top - this.element.getBoundingClientRect().top;
    const first = clamp(Math.floor(top / row) - BEYOND, 0, Math.max(0, Math.ceil(total / columns) - 1)) * columns;
    const last = Math.min(total, (Math.ceil((top + this.scroller.clientHeight) / row) + BEYOND) * columns);
    this.focused = clamp(this.focused, 0, Math.max(0, total - 1));
    const wanted = new Set();
    for (let i = first; i < last; i += 1) wanted.add(i);
    // what has the focus stays, wherever it is
    if (total) wanted.add(this.focused);
    for (const [i, tile] of this.tiles) if (!wanted.has(i)) { tile.remove(); this.tiles.delete(i); }
    for (const i of [...wanted].sort((a, b) => a - b)) this.tile(i, total, { x: (i % columns) * (side + GAP_PX), y: Math.floor(i / columns) * row, side });
  }

  tile(i, total, { x, y, side }) {
    const item = this.items.at(i);
    let tile = this.tiles.get(i);
    if (!tile) {
      tile = h('li', { dataset: { index: i } }, h('button.batch-item', { type: 'button', onclick: () => { const now = this.items.at(Number(tile.dataset.index)); if (now) this.open(now.n); } }));
      this.tiles.set(i, tile);
      const after = [...this.tiles.keys()].filter((k) => k > i).sort((a, b) => a - b)[0];
      this.element.insertBefore(tile, after === undefined ? null : this.tiles.get(after));
    }
    tile.setAttribute('aria-posinset', i + 1);
    tile.setAttribute('aria-setsize', total);
    Object.assign(tile.style, { transform: `translate(${x}px, ${y}px)`, width: `${side}px`, height: `${side + WORDS_PX}px` });
    const button = tile.firstChild;
    button.tabIndex = i === this.focused ? 0 : -1;
    const signature = item ? `${item.n} ${item.seq}` : '';
    if (button.dataset.drawn === signature && button.childElementCount) return;
    button.dataset.drawn = signature;
    drawItem(button, item);
  }

  key(event) {
    const { columns } = this;
    const page = columns * Math.max(1, Math.floor(this.scroller.clientHeight / this.measure().row));
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity }[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.focus(clamp(this.focused + by, 0, this.items.length - 1));
  }

  focus(index) {
    this.focused = index;
    const { columns, row } = this.measure();
    const y = Math.floor(index / columns) * row;
    const top = this.scroller.getBoundingClientRect().top - this.element.getBoundingClientRect().top;
    if (y < top) this.scroller.scrollTop += y - top - GAP_PX;
    else if (y + row > top + this.scroller.clientHeight) this.scroller.scrollTop += y + row - top - this.scroller.clientHeight + GAP_PX;
    this.layout();
    this.tiles.get(index)?.firstChild.focus({ preventScroll: true });
  }
}

/** A tile: its picture, its name, its state as a mark and in words, the reason where it failed. */
function drawItem(button, item) {
  if (!item) {
    button.dataset.state = 'loading';
    button.replaceChildren(h('span.batch-thumb'), h('span.visually-hidden', {}, t('batch.loading')));
    return;
  }
  const { state } = item;
  // what could not be read cannot be shown either
  const picture = item.results[0] ?? (item.error?.code.startsWith('image_') ? null : item.image);
  const old = button.querySelector('img');
  const url = picture && smallUrl(picture);
  // a picture that stays is not loaded again
  const image = url && (old?.getAttribute('src') === url ? old : h('img', { src: url, alt: '', decoding: 'async', draggable: false, onerror: (event) => event.target.replaceWith(icon('file')) }));
  const words = state === 'failed' ? item.error?.message ?? t('batch.state.failed') : item.warnings.length && state === 'succeeded' ? t('batch.warned') : t(`batch.state.${state}`);
  button.dataset.state = state;
  button.title = item.file;
  button.replaceChildren(h(`span.batch-thumb${item.results[0] && item.results[0].format !== 'jpeg' ? '.checker' : ''}`, {}, image || icon(state === 'failed' ? 'file' : 'image')),
    h('span.batch-name', {}, item.file.split('/').at(-1)), ' ', h('span.batch-state', { dataset: { warned: String(state === 'succeeded' && item.warnings.length > 0) } }, icon(state === 'succeeded' && item.warnings.length ? 'warn' : STATE_ICONS[state], 'icon small'), h('span', {}, words)));
}
