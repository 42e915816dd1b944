// The mask tool on the canvas: brush, eraser, box, lasso and clicks by pointer, touch and keys, drawn over the picture until it is sent or dropped.
import { alarm, say, toast } from '../announce.js';
import { clamp, h, perFrame } from '../dom.js';
import { t } from '../i18n.js';
import { usePart } from '../part.js';
import { MaskBar, TOOL_KEYS } from './bar.js';
import { Clicks } from './clicks.js';
import { Pen } from './pen.js';
import { decodeMask } from './png.js';

const SVG = 'http://www.w3.org/2000/svg';
const KEY_MOVE_PX = 10;
const CROSS_PX = 14;
/** Half and double size, give or take the rounding of a side, is the same shape. */
const sameShape = (a, b) => Math.abs(a.width * b.height - a.height * b.width) <= Math.max(b.width, b.height);

// kept while the page is open: whoever chose a tool wants it again
const chosen = { tool: 'brush', share: 0.05 };

/** Loads what the tool needs beside its code: its words and its style. */
export const prepare = () => usePart('mask');

export class MaskTool {
  /** `place`: `{ stage, view, overlay, slot }`, where `slot` takes the bar; `actions`: `leave()`, `run(marked)`, `changed()`. */
  constructor(place, image, marked, actions) {
    Object.assign(this, place, { image, marked, actions, minus: false, panning: false, touches: new Map(), cursor: null, pointer: null });
    this.long = Math.max(image.width, image.height);
    this.px = Math.max(1, Math.round(chosen.share * this.long));
    this.clicks = new Clicks(marked, image.id, { drawn: (rect) => { this.overlay.draw(rect); this.settled(); }, changed: () => this.redraw(), failed: (error) => { toast(error.message); alarm(error.message); } });
    this.pen = new Pen(marked, this.clicks, { drawn: (rect) => this.overlay.draw(rect), settled: () => this.settled(), drafted: () => this.drawDraft() });
    this.build();
    this.listen();
    this.redraw();
    say(`${t('mask.title')}. ${this.hint()}`);
  }

  build() {
    this.ring = h('div.mask-ring', { hidden: true });
    this.draft = document.createElementNS(SVG, 'svg');
    this.draft.setAttribute('class', 'mask-draft');
    this.draft.setAttribute('aria-hidden', 'true');
    this.layers = [this.draft, this.ring];
    this.overlay.canvas.after(...this.layers);
    const whole = (change) => () => { this.clicks.end(); this.marked.history.begin(); this.overlay.draw(change()); this.marked.history.commit(); this.settled(); };
    const { raster } = this.marked;
    this.bar = new MaskBar({
      choose: (tool, byPointer) => this.choose(tool, byPointer), minus: (minus) => { this.minus = minus; this.redraw(); }, size: (px) => this.setSize(px),
      undo: () => this.step('undo'), redo: () => this.step('redo'), invert: whole(() => raster.invert()), clear: whole(() => raster.clear()),
      load: (file) => this.load(file).catch((error) => { toast(t('mask.unreadable')); alarm(`${t('mask.unreadable')} ${error.message}`); }),
      save: () => this.save(), leave: () => this.actions.leave(), run: () => this.actions.run(this.marked),
    }, Math.max(64, Math.round(this.long / 2)), this.marked.task);
    this.slot.replaceChildren(this.bar.element);
    this.stage.dataset.masking = '';
    this.stage.setAttribute('aria-label', t('mask.stage'));
  }

  listen() {
    this.ends = new AbortController();
    const { signal } = this.ends;
    const on = (type, task) => this.stage.addEventListener(type, task, { capture: true, signal, passive: false });
    on('pointerdown', (event) => this.down(event));
    on('pointermove', (event) => this.move(event));
    for (const type of ['pointerup', 'pointercancel']) on(type, (event) => this.up(event));
    on('pointerleave', (event) => { if (event.target === this.stage) { this.pointer = null; this.drawRing(); } });
    on('dblclick', (event) => { if (!outside(event)) event.stopImmediatePropagation(); });
    on('contextmenu', (event) => { if (!outside(event)) event.preventDefault(); });
    on('wheel', (event) => this.wheel(event));
    on('keydown', (event) => this.stageKey(event));
    document.addEventListener('keydown', (event) => this.key(event), { signal });
    document.addEventListener('keyup', (event) => { if (event.key === ' ') this.setPanning(false); }, { signal });
    this.moved = perFrame(() => { if (!signal.aborted) { this.drawDraft(); this.drawRing(); } });
    this.counted = perFrame(() => { if (signal.aborted) return; this.marked.settle(); this.redraw(); this.actions.changed(); });
    this.moved();
  }

  /** Takes the tool off the canvas; the mask stays with the store. */
  close() {
    this.pen.cancel();
    this.clicks.leave();
    this.ends.abort();
    for (const layer of this.layers) layer.remove();
    this.slot.replaceChildren();
    delete this.stage.dataset.masking;
    delete this.stage.dataset.panning;
    this.stage.setAttribute('aria-label', t('canvas.stage'));
    this.stage.setAttribute('aria-busy', 'false');
    this.marked.settle();
    this.actions.changed();
  }

  // pointers

  toPicture(event) {
    const at = this.view.local(event);
    return { x: (at.x - this.view.x) / this.view.scale, y: (at.y - this.view.y) / this.view.scale };
  }

  down(event) {
    if (outside(event)) return;
    event.stopImmediatePropagation();
    if (event.pointerType === 'touch') {
      this.touches.set(event.pointerId, event);
      if (this.touches.size > 1) { this.pinch(); return; }
    }
    if (this.panning || event.button === 1) { event.preventDefault(); this.view.take(event); return; }
    const opposite = event.altKey || event.button === 2;
    if (event.button !== 0 && !(opposite && chosen.tool === 'click')) return;
    this.stage.setPointerCapture(event.pointerId);
    this.penId = event.pointerId;
    this.start(this.toPicture(event), opposite);
  }

  /** The second finger is no stroke: the first one's is taken back, and both move the picture. */
  pinch() {
    this.pen.cancel();
    this.penId = null;
    for (const touch of this.touches.values()) this.view.take(touch);
  }

  start(point, opposite) {
    const brush = chosen.tool === 'brush' || chosen.tool === 'eraser';
    this.pen.start(chosen.tool, point, { radius: this.px / 2, minus: opposite !== (this.minus && !brush) });
  }

  move(event) {
    this.pointer = this.view.local(event);
    this.cursor = null;
    if (this.touches.has(event.pointerId)) this.touches.set(event.pointerId, event);
    this.drawRing();
    if (event.pointerId !== this.penId || !this.pen.down) return;
    event.stopImmediatePropagation();
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const one of moves.length ? moves : [event]) this.pen.move(this.toPicture(one));
  }

  up(event) {
    this.touches.delete(event.pointerId);
    if (event.pointerType === 'touch') this.pointer = null;
    if (event.pointerId !== this.penId) return;
    this.penId = null;
    if (event.type === 'pointercancel') this.pen.cancel();
    else if (this.pen.down) this.pen.finish();
    this.drawRing();
  }

  /** The wheel zooms as always; with Alt it changes the brush. */
  wheel(event) {
    if (!event.altKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.bar.nudge((event.deltaY || event.deltaX) < 0 ? 4 : -4);
  }

  // keys

  key(event) {
    const { target } = event;
    if (event.defaultPrevented || event.isComposing || target.closest?.('textarea, input:not([type=range]), dialog, .menu')) return;
    // on its own it would open the browser's menu where it is let go
    if (event.key === 'Alt' && this.pointer) event.preventDefault();
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (command && key === 'z') this.step(event.shiftKey ? 'redo' : 'undo');
    else if (command && key === 'y') this.step('redo');
    else if (command || event.altKey) return;
    else if (event.key === 'Escape') { if (this.pen.down) { this.pen.cancel(); this.redraw(); } else this.actions.leave(); }
    else if (key === ' ' && (this.pointer || target === this.stage || target === document.body)) this.setPanning(true);
    else if (!this.toolKey(key, target)) return;
    event.preventDefault();
  }

  /** The keys of one letter count while the focus is on the canvas only: elsewhere they may mean something else. Whether it was one. */
  toolKey(key, target) {
    if (!this.stage.parentElement.contains(target)) return false;
    if (TOOL_KEYS[key]) this.choose(TOOL_KEYS[key], false);
    else if (key === '[' || key === ']') this.bar.nudge(key === ']' ? 6 : -6);
    else if (key === 'x') { this.minus = !this.minus; this.redraw(); }
    else return false;
    return true;
  }

  /** On the picture, arrows move the pen and Enter puts it down and takes it up: every tool works without a pointer. */
  stageKey(event) {
    if (event.target !== this.stage || event.ctrlKey || event.metaKey) return;
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (dx || dy) this.moveCursor(dx, dy, event.shiftKey ? 5 : 1);
    else if (event.key === 'Enter') this.putPen(event.altKey);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  moveCursor(dx, dy, times) {
    const { view, stage } = this;
    this.cursor ??= this.pointer ? this.pictureAt(this.pointer) : this.pictureAt({ x: stage.clientWidth / 2, y: stage.clientHeight / 2 });
    const by = (KEY_MOVE_PX * times) / view.scale;
    this.cursor = { x: clamp(this.cursor.x + dx * by, 0, view.width), y: clamp(this.cursor.y + dy * by, 0, view.height) };
    this.pointer = null;
    const at = this.onScreen(this.cursor);
    const off = (value, size) => (value < 0 ? -value : value > size ? size - value : 0);
    const [px, py] = [off(at.x, stage.clientWidth), off(at.y, stage.clientHeight)];
    if (px || py) view.pan(px, py);
    if (this.pen.down) this.pen.move(this.cursor);
    this.drawRing();
  }

  putPen(opposite) {
    if (!this.cursor) { this.moveCursor(0, 0, 0); if (chosen.tool !== 'click') return; }
    if (this.pen.down) this.pen.finish();
    else {
      this.start(this.cursor, opposite);
      if (chosen.tool === 'click') { this.pen.finish(); return; }
    }
    say(t(this.pen.down ? 'mask.penDown' : 'mask.penUp'));
    this.drawRing();
  }

  // what the controls do

  choose(tool, byPointer) {
    this.pen.cancel();
    chosen.tool = tool;
    // the space bar is for moving the picture now, not for pressing the button again
    if (byPointer) this.stage.focus({ preventScroll: true });
    this.redraw();
  }

  setSize(px) {
    this.px = px;
    chosen.share = px / this.long;
    this.redraw();
  }

  setPanning(value) {
    this.panning = value;
    if (value) this.stage.dataset.panning = '';
    else delete this.stage.dataset.panning;
    this.drawRing();
  }

  step(name) {
    this.pen.cancel();
    const focused = document.activeElement;
    const result = this.marked.history[name]();
    if (!result) return;
    if (result.note) this.clicks.restore(result.note);
    else this.clicks.leave();
    this.overlay.draw(result.rect);
    this.marked.settle();
    this.redraw();
    this.actions.changed();
    // a button that is used up hands the focus on
    if (focused?.disabled) this.stage.focus({ preventScroll: true });
  }

  /** Takes a mask from a file: of the picture's size, or of its shape and then scaled. */
  async load(file) {
    const { marked } = this;
    const { values, width, height } = await decodeMask(file, marked.width, marked.height);
    if (!sameShape({ width, height }, marked)) {
      const words = t('mask.otherShape', { width, height, w: marked.width, h: marked.height });
      toast(words);
      alarm(words);
      return;
    }
    this.clicks.end();
    marked.history.begin();
    this.overlay.draw(marked.raster.replace(values));
    marked.history.commit();
    this.settled();
    if (width !== marked.width) toast(t('mask.scaled', { width, height, w: marked.width, h: marked.height }));
  }

  async save() {
    const file = await this.marked.file(`mask-${this.marked.width}x${this.marked.height}.png`);
    const link = h('a', { href: URL.createObjectURL(file), download: file.name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  // what one sees

  settled() { this.counted(); }

  pictureAt({ x, y }) { return { x: (x - this.view.x) / this.view.scale, y: (y - this.view.y) / this.view.scale }; }
  onScreen({ x, y }) { return { x: this.view.x + x * this.view.scale, y: this.view.y + y * this.view.scale }; }

  hint() {
    if (this.clicks.waiting && !this.clicks.asking.laid) return t('mask.looking');
    const coarse = matchMedia('(pointer: coarse)').matches;
    const { task } = this.marked;
    return (task ? t(`mask.${task.role}`) : '') + t(coarse ? `mask.touch.${chosen.tool}` : `mask.hint.${chosen.tool}`);
  }

  redraw() {
    if (chosen.tool === 'click') this.clicks.warm();
    const { history } = this.marked;
    this.stage.dataset.tool = chosen.tool;
    this.stage.setAttribute('aria-busy', String(this.clicks.waiting));
    this.bar.draw({ tool: chosen.tool, minus: this.minus, px: this.px, canUndo: history.canUndo, canRedo: history.canRedo, empty: this.marked.share === 0, hint: this.hint() });
    this.drawDraft();
    this.drawRing();
  }

  /** The brush in its true size where the pointer is; for the keys, a small ring for the other tools as well. */
  drawRing() {
    const brush = chosen.tool === 'brush' || chosen.tool === 'eraser';
    const at = this.cursor ? this.onScreen(this.cursor) : brush && this.pointer;
    this.ring.hidden = !at || this.panning || this.touches.size > 1;
    if (this.ring.hidden) return;
    const size = brush ? Math.max(4, this.px * this.view.scale) : CROSS_PX;
    this.ring.dataset.down = String(this.pen.down);
    Object.assign(this.ring.style, { width: `${size}px`, height: `${size}px`, transform: `translate(${at.x - size / 2}px, ${at.y - size / 2}px)` });
  }

  /** The outline under way, and a mark at every clicked point. */
  drawDraft() {
    const line = this.pen.outline.map((p) => this.onScreen(p)).map((p) => `${p.x},${p.y}`).join(' ');
    const shapes = line ? [shape('polygon', { class: 'under', points: line }), shape('polygon', { class: 'dashed', points: line })] : [];
    const marks = this.clicks.points.map(([x, y, inside]) => {
      const at = this.onScreen({ x: x + 0.5, y: y + 0.5 });
      const mark = shape('g', { class: inside ? 'inside' : 'outside', transform: `translate(${at.x} ${at.y})` });
      mark.append(shape('circle', { r: 8 }), shape('path', { d: inside ? 'M-4 0H4M0-4V4' : 'M-4 0H4' }));
      return mark;
    });
    this.draft.replaceChildren(...shapes, ...marks);
  }
}

const outside = (event) => Boolean(event.target.closest('button, .divider, .backdrops, .stage-note > div'));

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
