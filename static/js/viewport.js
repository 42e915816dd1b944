// Zoom and pan of one sheet in a stage: wheel, pinch, drag, keys; the sheet is laid out in the picture's own pixels.
import { clamp } from './dom.js';

const MARGIN_PX = 24;
const KEY_PAN_PX = 48;
const LARGEST_ZOOM = 16;

export class Viewport {
  /** `changed()` after every move; `skip(event)` says which pointers are for someone else. */
  constructor(stage, sheet, { changed, skip }) {
    Object.assign(this, { stage, sheet, changed, skip, width: 1, height: 1, scale: 1, x: 0, y: 0, fitted: true, pointers: new Map() });
    stage.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    stage.addEventListener('pointerdown', (event) => this.down(event));
    stage.addEventListener('pointermove', (event) => this.move(event));
    for (const type of ['pointerup', 'pointercancel']) stage.addEventListener(type, (event) => this.pointers.delete(event.pointerId));
    stage.addEventListener('dblclick', (event) => { if (!this.skip(event)) this.toggleFit(event); });
    stage.addEventListener('keydown', (event) => this.key(event));
    new ResizeObserver(() => { if (this.fitted) this.fit(); else this.apply(); }).observe(stage);
  }

  /** The picture's size in its own pixels; the view is kept where the size stays. */
  setSize(width, height) {
    const same = width === this.width && height === this.height;
    Object.assign(this, { width, height });
    this.sheet.style.width = `${width}px`;
    this.sheet.style.height = `${height}px`;
    if (same && !this.fitted) this.apply();
    else this.fit();
  }

  get fitScale() {
    const { clientWidth, clientHeight } = this.stage;
    return Math.max(1e-4, Math.min((clientWidth - 2 * MARGIN_PX) / this.width, (clientHeight - 2 * MARGIN_PX) / this.height));
  }

  fit() {
    this.fitted = true;
    // small pictures are shown larger, but not so much that they turn to blocks
    this.scale = Math.min(this.fitScale, 2);
    this.x = (this.stage.clientWidth - this.width * this.scale) / 2;
    this.y = (this.stage.clientHeight - this.height * this.scale) / 2;
    this.apply();
  }

  toggleFit(event) {
    if (this.fitted) { const at = this.local(event); this.zoomAt(Math.max(1, this.scale * 2), at.x, at.y); } else this.fit();
  }

  zoomTo(scale) {
    this.zoomAt(scale, this.stage.clientWidth / 2, this.stage.clientHeight / 2);
  }

  zoomBy(factor) { this.zoomTo(this.scale * factor); }

  zoomAt(scale, x, y) {
    const next = clamp(scale, Math.min(this.fitScale, 1) / 4, LARGEST_ZOOM);
    const ratio = next / this.scale;
    this.x = x - (x - this.x) * ratio;
    this.y = y - (y - this.y) * ratio;
    this.scale = next;
    this.fitted = false;
    this.apply();
  }

  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.fitted = false;
    this.apply();
  }

  /** Keeps some of the picture in sight, then shows it. */
  apply() {
    const { clientWidth, clientHeight } = this.stage;
    const keep = 48;
    this.x = clamp(this.x, keep - this.width * this.scale, clientWidth - keep);
    this.y = clamp(this.y, keep - this.height * this.scale, clientHeight - keep);
    this.sheet.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    this.sheet.style.setProperty('--k', this.scale);
    this.changed();
  }

  local(event) {
    const at = this.stage.getBoundingClientRect();
    return { x: event.clientX - at.left, y: event.clientY - at.top };
  }

  wheel(event) {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? this.stage.clientHeight : 1;
    const { x, y } = this.local(event);
    this.zoomAt(this.scale * Math.exp(-clamp(event.deltaY * unit, -240, 240) * (event.ctrlKey ? 0.01 : 0.002)), x, y);
  }

  down(event) {
    if (event.button !== 0 || this.skip(event)) return;
    this.take(event);
  }

  /** Lets a pointer that is down move the picture; a second one pinches it. */
  take(event) {
    this.stage.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.local(event));
  }

  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = this.local(event);
    if (this.pointers.size === 1) {
      this.pan(now.x - before.x, now.y - before.y);
    } else if (this.pointers.size === 2) {
      const other = [...this.pointers.entries()].find(([id]) => id !== event.pointerId)[1];
      const ratio = Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
      this.zoomAt(this.scale * ratio, (now.x + other.x) / 2, (now.y + other.y) / 2);
      this.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    }
    this.pointers.set(event.pointerId, now);
  }

  key(event) {
    if (event.target !== this.stage || event.metaKey || event.ctrlKey || event.altKey) return;
    const pan = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (pan) this.pan(pan[0] * KEY_PAN_PX, pan[1] * KEY_PAN_PX);
    else if (event.key === '+' || event.key === '=') this.zoomBy(1.25);
    else if (event.key === '-') this.zoomBy(0.8);
    else if (event.key === '0') this.fit();
    else if (event.key === '1') this.zoomTo(1);
    else return;
    event.preventDefault();
  }
}
