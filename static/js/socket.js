// The live line to one session: JSON events in order, preview pictures paired with their event, back by itself after a drop.
import { API } from './api.js';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 8000;
const ID_BYTES = 16;
/** The server closes with it when the sign-in has ended. */
const SIGN_IN_ENDED = 4401;

export class LiveLine {
  /**
   * `hooks`: `resync()` fetches the state anew before a reconnect and gives the sequence number to go on from;
   * `event(e)`, `preview(e, blob)`, `state('open' | 'lost' | 'ended')`, the last where nothing is tried until `retryNow()`: the sign-in has ended.
   */
  constructor(sessionId, after, hooks) {
    Object.assign(this, { sessionId, hooks, delay: FIRST_DELAY_MS, closed: false, announced: null, timer: 0 });
    this.wake = () => this.retryNow();
    this.sleep = () => this.socket?.close();
    addEventListener('online', this.wake);
    addEventListener('offline', this.sleep);
    this.open(after);
  }

  open(after) {
    this.announced = null;
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(`${scheme}//${location.host}${API}/sessions/${encodeURIComponent(this.sessionId)}/ws?after=${after}`);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => { this.delay = FIRST_DELAY_MS; this.hooks.state('open'); };
    socket.onmessage = ({ data }) => { if (this.socket === socket && !this.closed) this.receive(data); };
    socket.onclose = ({ code }) => { if (this.socket === socket) this.lost(code === SIGN_IN_ENDED); };
    this.socket = socket;
  }

  receive(data) {
    if (typeof data === 'string') {
      const event = JSON.parse(data);
      if (event.type === 'step.preview') this.announced = event;
      else this.hooks.event(event);
      return;
    }
    const event = this.announced;
    this.announced = null;
    if (!event || data.byteLength <= ID_BYTES || hex(data.slice(0, ID_BYTES)) !== event.id) return;
    this.hooks.preview(event, new Blob([data.slice(ID_BYTES)], { type: event.mime }));
  }

  lost(ended = false, wait = 0) {
    if (this.closed) return;
    this.socket = null;
    clearTimeout(this.timer);
    this.hooks.state(ended ? 'ended' : 'lost');
    if (ended) return;
    this.timer = setTimeout(() => this.reconnect(), Math.max(wait * 1000, this.delay * (0.75 + Math.random() / 2)));
    this.delay = Math.min(this.delay * 2, LONGEST_DELAY_MS);
  }

  async reconnect() {
    if (this.closed || this.socket) return;
    let after;
    try {
      after = await this.hooks.resync();
    } catch (error) {
      if (!this.closed && !this.socket) this.lost(error.status === 401, error.wait ?? 0);
      return;
    }
    if (!this.closed && !this.socket) this.open(after);
  }

  /** Tries at once instead of when the delay is over. */
  retryNow() {
    if (this.closed || this.socket) return;
    clearTimeout(this.timer);
    this.delay = FIRST_DELAY_MS;
    this.reconnect();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    removeEventListener('online', this.wake);
    removeEventListener('offline', this.sleep);
    this.socket?.close();
  }
}

const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');
