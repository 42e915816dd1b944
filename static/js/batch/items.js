// The items of a batch as the page knows them: fetched a page at a time where they come into sight, kept current by events, in order of their numbers.
import { gate } from '../api.js';
import * as calls from './calls.js';

const PAGE = 200;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/** Emits `batch`, `items`, `connection` (detail: `open` or `lost`), `gone`. */
export class Items extends EventTarget {
  constructor(batch) {
    super();
    Object.assign(this, { batch, known: new Map(), pages: new Map(), filter: null, filtered: [], next: null, wait: FIRST_WAIT_MS, closed: false, after: batch.seq });
    this.wake = () => {
      // a browser has few connections to one host; a page that nobody sees needs none
      if (document.visibilityState === 'hidden') { this.source?.close(); this.source = null; clearTimeout(this.timer); } else if (this.source?.readyState !== EventSource.OPEN) this.again();
    };
    this.sleep = () => this.lost();
    addEventListener('online', this.wake);
    addEventListener('offline', this.sleep);
    addEventListener('visibilitychange', this.wake);
    gate.addEventListener('back', this.wake);
  }

  emit(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }

  /** How many there are to be seen. */
  get length() { return this.filter ? this.filtered.length + (this.next === null ? 0 : 1) : this.batch.counts.total; }

  /** The item at a place, or undefined while it is on its way. */
  at(index) {
    if (!this.filter) {
      if (!this.known.has(index + 1)) this.fetchPage(Math.floor(index / PAGE));
      return this.known.get(index + 1);
    }
    if (index >= this.filtered.length) this.fetchMore();
    return this.known.get(this.filtered[index]);
  }

  placeOf(n) { return this.filter ? this.filtered.indexOf(n) : n - 1; }

  async fetchPage(page) {
    if (this.pages.has(page)) return;
    this.pages.set(page, true);
    try {
      const { items } = await calls.items(this.batch.id, { after: page * PAGE, limit: PAGE });
      items.forEach((item) => this.put(item));
      // those that came since may be on the same page
      if (items.length < PAGE) this.pages.delete(page);
      this.emit('items');
    } catch { setTimeout(() => { this.pages.delete(page); this.emit('items'); }, this.wait); }
  }

  /** Shows only items of a state, or all. */
  async only(state) {
    Object.assign(this, { filter: state, filtered: [], next: state ? 0 : null });
    this.emit('items');
    if (state) await this.fetchMore();
  }

  async fetchMore() {
    const { filter, next } = this;
    if (!filter || next === null || this.fetching === filter) return;
    this.fetching = filter;
    try {
      const page = await calls.items(this.batch.id, { after: next, limit: PAGE, state: filter });
      if (this.filter !== filter) return;
      page.items.forEach((item) => this.put(item));
      this.filtered.push(...page.items.map((item) => item.n).filter((n) => !this.filtered.includes(n)));
      this.next = page.next;
      this.emit('items');
    } catch { setTimeout(() => this.emit('items'), this.wait); } finally { if (this.fetching === filter) this.fetching = null; }
  }

  /** The first failed ones, with their reasons. */
  async failures(count) {
    const { items } = await calls.items(this.batch.id, { limit: count, state: 'failed' });
    items.forEach((item) => this.put(item));
    return items;
  }

  /** Takes what is newer. */
  put(item) {
    const old = this.known.get(item.n);
    if (old && old.seq > item.seq) return;
    this.known.set(item.n, item);
    if (!this.filter) return;
    const there = this.filtered.indexOf(item.n);
    if (item.state === this.filter && there < 0 && (this.next === null || item.n <= this.next)) {
      this.filtered.push(item.n);
      this.filtered.sort((a, b) => a - b);
    } else if (item.state !== this.filter && there >= 0) this.filtered.splice(there, 1);
  }

  take(batch) {
    if (batch.seq < this.batch.seq) return;
    this.batch = batch;
    this.emit('batch');
  }

  // events

  connect() {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.source?.close();
    const source = new EventSource(calls.eventsUrl(this.batch.id, this.after));
    this.source = source;
    source.onopen = () => { this.wait = FIRST_WAIT_MS; this.emit('connection', 'open'); };
    source.addEventListener('item', (event) => { const item = JSON.parse(event.data); this.after = Math.max(this.after, item.seq); this.put(item); this.emit('items'); });
    source.addEventListener('batch', (event) => { const batch = JSON.parse(event.data); this.after = Math.max(this.after, batch.seq); this.take(batch); });
    source.onerror = () => { if (this.source === source) this.lost(); };
  }

  /** The browser says only that it broke; what the server says of the batch tells what to do. */
  lost() {
    this.source?.close();
    this.source = null;
    clearTimeout(this.timer);
    if (!this.closed) this.timer = setTimeout(() => this.again(), this.wait * (0.75 + Math.random() / 2));
  }

  async again() {
    try {
      this.take(await calls.batch(this.batch.id));
      this.connect();
    } catch (error) {
      if (error.status === 404) { this.emit('gone'); return; }
      this.emit('connection', 'lost');
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
      // once somebody has signed in, the page connects anew
      if (error.status !== 401) this.lost();
    }
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.source?.close();
    removeEventListener('online', this.wake);
    removeEventListener('offline', this.sleep);
    removeEventListener('visibilitychange', this.wake);
    gate.removeEventListener('back', this.wake);
  }
}
