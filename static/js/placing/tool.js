// The placing tool on the canvas: the scene without the things, the things over it; they are moved, scaled and turned by pointer, touch, keys and numbers.
import { previewUrl } from '../api.js';
import { say } from '../announce.js';
import { h, perFrame } from '../dom.js';
import { t } from '../i18n.js';
import { usePart } from '../part.js';
import { PlacingBar, shown } from './bar.js';
import * as geometry from './geometry.js';

const SIDE = 1600;
const ARRIVE_MS = 4000;
const SAY_MS = 600;
/** A press that moves less is a click. */
const SLOP_PX = { touch: 6, mouse: 3 };
const NEAR_PX = { touch: 12, mouse: 4 };
/** A frame is drawn at least this large, so that its handles leave room for the thing. */
const LEAST_FRAME_PX = { touch: 96, mouse: 52 };
const TURN_PX = 30;
const CORNERS = [[-1, -1], [1, -1], [1, 1], [-1, 1]];
const CURSORS = ['ew-resize', 'nwse-resize', 'ns-resize', 'nesw-resize'];
const SCALE_STEP = 1.02;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const outside = (event) => Boolean(event.target.closest('button, .backdrops, .stage-note > div'));
const kind = (event) => (event.pointerType === 'touch' ? 'touch' : 'mouse');

/** Loads what the tool needs beside its code, and the pictures of what is placed. */
export async function prepare({ scene, things }) {
  const pictures = [scene, ...things.map((thing) => thing.image)].map((image) => Object.assign(new Image(), { src: previewUrl(image, SIDE) }).decode().catch(() => {}));
  await Promise.all([usePart('placing'), Promise.race([Promise.all(pictures), new Promise((resolve) => setTimeout(resolve, ARRIVE_MS))])]);
}

export class PlacingTool {
  /**
   * `place`: `{ stage, view, sheet, slot }`, where `slot` takes the bar; `task`: see `placingOf`; `actions`: `leave()`, `apply(places) → Promise`.
   * `kept`: what `state` gave before, to go on from there.
   */
  constructor(place, task, actions, kept = null) {
    Object.assign(this, place, { task, actions, gesture: null, busy: false, chosen: 0, done: [], undone: [], ...kept });
    this.places ??= task.things.map((thing) => thing.at);
    this.build();
    this.listen();
    this.redraw();
    this.focus();
    say(`${t('placing.title')}. ${this.hint()}`);
  }

  get state() { return { places: this.places, chosen: this.chosen, done: this.done, undone: this.undone }; }
  get at() { return this.places[this.chosen]; }
  get changed() { return this.places.some((at, i) => !geometry.same(at, this.task.things[i].at)); }

  build() {
    const { scene, things } = this.task;
    const picture = (image, opacity = 1) => h('img', { src: previewUrl(image, SIDE), alt: '', draggable: false, style: { width: `${image.width}px`, height: `${image.height}px`, opacity } });
    this.pictures = things.map((thing) => picture(thing.image, thing.opacity));
    this.layer = h('div.placing-layer', {}, picture(scene), this.pictures);
    this.sheet.append(this.layer);
    this.sheet.dataset.placing = '';
    this.stage.dataset.placing = '';
    this.frames = things.map((_, i) => h('div.placing-frame', { tabIndex: 0, role: 'application', onfocus: () => this.choose(i), onkeydown: (event) => this.thingKey(event) }));
    this.handles = CORNERS.map((corner) => h('i.placing-handle', { 'aria-hidden': 'true', dataset: { corner: corner.join(' ') } }));
    this.turner = h('i.placing-handle.turn', { 'aria-hidden': 'true' });
    this.stage.append(...this.frames);
    this.stage.tabIndex = -1;
    this.bar = new PlacingBar({
      set: (name, value) => this.set(name, value), settle: () => this.commit(), undo: () => this.step('done', 'undone'), redo: () => this.step('undone', 'done'),
      reset: () => this.change(() => { this.places = things.map((thing) => thing.at); }), leave: () => this.actions.leave(), apply: () => this.apply(), back: () => this.focus(),
    });
    this.slot.replaceChildren(this.bar.element);
  }

  listen() {
    this.ends = new AbortController();
    const { signal } = this.ends;
    const on = (type, task) => this.stage.addEventListener(type, task, { capture: true, signal, passive: false });
    on('pointerdown', (event) => this.down(event));
    on('pointermove', (event) => this.move(event));
    for (const type of ['pointerup', 'pointercancel', 'lostpointercapture']) on(type, (event) => this.up(event));
    on('dblclick', (event) => { if (this.hit(event) !== null) event.stopImmediatePropagation(); });
    on('focus', (event) => { if (event.target === this.stage) this.focus(); });
    document.addEventListener('keydown', (event) => this.key(event), { signal });
    this.moved = perFrame(() => { if (!signal.aborted) this.drawFrames(); });
  }

  /** Takes the tool off the canvas. */
  close() {
    this.ends.abort();
    clearTimeout(this.speaking);
    for (const element of [this.layer, ...this.frames]) element.remove();
    this.slot.replaceChildren();
    delete this.sheet.dataset.placing;
    delete this.stage.dataset.placing;
    delete this.stage.dataset.over;
    this.stage.tabIndex = 0;
  }

  focus() { this.frames[this.chosen].focus({ preventScroll: true }); }

  // changes and their history

  begin() { this.before ??= this.places; }

  commit() {
    const { before } = this;
    this.before = null;
    if (before && before.some((at, i) => !geometry.same(at, this.places[i]))) {
      this.done.push(before);
      this.undone = [];
    }
    this.redraw();
  }

  /** Changes something in one step. */
  change(task) {
    this.begin();
    task();
    this.commit();
    this.speak();
  }

  put(at) {
    const fits = geometry.kept(at, this.task.scene);
    this.places = this.places.map((old, i) => (i === this.chosen ? fits : old));
    this.redraw();
  }

  step(from, to) {
    this.cancel();
    const places = this[from].pop();
    if (!places) return;
    this[to].push(this.places);
    const focused = document.activeElement;
    this.places = places;
    this.redraw();
    this.speak();
    // a button that is used up hands the focus on
    if (focused?.disabled) this.focus();
  }

  choose(i) {
    if (this.chosen === i) return;
    this.chosen = i;
    this.redraw();
  }

  /** A number that was typed. */
  set(name, value) {
    this.begin();
    const { at } = this;
    this.put(name === 'width' ? geometry.scaled(at, Math.max(1, value) / at.width) : { ...at, [name]: value });
  }

  async apply() {
    if (this.busy || !this.changed) return;
    this.busy = true;
    this.redraw();
    try {
      await this.actions.apply(this.places);
    } finally {
      this.busy = false;
      if (!this.ends.signal.aborted) this.redraw();
    }
  }

  // pointers

  pointOf(event) {
    const at = this.view.local(event);
    return [(at.x - this.view.x) / this.view.scale, (at.y - this.view.y) / this.view.scale];
  }

  /** The things from the back to the front: who stands lower in the picture is nearer. */
  get stack() {
    const lowest = ({ y, height }) => y + height / 2;
    return this.places.map((_, i) => i).sort((a, b) => lowest(this.places[a]) - lowest(this.places[b]));
  }

  /** The thing under the pointer: the chosen one where it is there, else the uppermost, else null. `uppermost`: whichever is chosen. */
  hit(event, uppermost = false) {
    const [point, slack] = [this.pointOf(event), NEAR_PX[kind(event)] / this.view.scale];
    const there = (i) => geometry.contains(this.places[i], point, slack);
    if (!uppermost && there(this.chosen)) return this.chosen;
    return this.stack.findLast(there) ?? null;
  }

  down(event) {
    if (outside(event)) return;
    if (this.gesture && event.pointerType === 'touch') { this.join(event); return; }
    // fingers that move the picture go on to do so
    if (event.button !== 0 || this.view.pointers.size > 0 || this.gesture) return;
    const handle = event.target.closest('.placing-handle');
    const thing = handle ? this.chosen : this.hit(event);
    if (thing === null) return;
    const uppermost = handle ? thing : this.hit(event, true);
    this.choose(thing);
    const does = !handle ? 'move' : handle === this.turner ? 'turn' : 'pull';
    this.take(event);
    this.begin();
    this.gesture = { does, corner: handle?.dataset.corner?.split(' ').map(Number), uppermost, live: false, at: this.at, points: new Map([[event.pointerId, { from: this.pointOf(event), to: this.pointOf(event) }]]) };
  }

  /** The second finger scales and turns what the first one holds. */
  join(event) {
    const { points } = this.gesture;
    this.take(event);
    if (points.size > 1) return;
    for (const point of points.values()) point.from = point.to;
    points.set(event.pointerId, { from: this.pointOf(event), to: this.pointOf(event) });
    Object.assign(this.gesture, { does: 'pinch', at: this.at, live: true });
  }

  take(event) {
    event.stopImmediatePropagation();
    // the focus is put where it belongs, not where the press was
    event.preventDefault();
    this.focus();
    this.stage.setPointerCapture(event.pointerId);
  }

  move(event) {
    const point = this.gesture?.points.get(event.pointerId);
    if (!point) { this.hover(event); return; }
    event.stopImmediatePropagation();
    point.to = this.pointOf(event);
    const { does, corner, at, points } = this.gesture;
    const [[dx, dy]] = [...points.values()].map(({ from, to }) => [to[0] - from[0], to[1] - from[1]]);
    if (!this.gesture.live && Math.hypot(dx, dy) * this.view.scale < SLOP_PX[kind(event)]) return;
    this.gesture.live = true;
    const { from, to } = point;
    if (does === 'move') this.put(geometry.moved(at, dx, dy));
    else if (does === 'pull') this.put(geometry.pulled(at, corner, from, to));
    else if (does === 'turn') this.put(geometry.swung(at, from, to, event.shiftKey ? 15 : undefined));
    else this.put(geometry.pinched(at, ...['from', 'to'].map((end) => [...points.values()].map((p) => p[end]))));
  }

  up(event) {
    const { gesture } = this;
    if (!gesture?.points.has(event.pointerId)) return;
    event.stopImmediatePropagation();
    gesture.points.delete(event.pointerId);
    if (event.type === 'pointercancel') { this.cancel(); return; }
    if (gesture.points.size) {
      // the finger that stays goes on to move it
      for (const point of gesture.points.values()) point.from = point.to;
      Object.assign(gesture, { does: 'move', at: this.at });
      return;
    }
    this.gesture = null;
    if (!gesture.live && gesture.does === 'move') { this.choose(gesture.uppermost); this.focus(); }
    this.commit();
    if (gesture.live) this.speak();
  }

  /** Takes back what is under way. */
  cancel() {
    this.gesture = null;
    if (this.before) this.places = this.before;
    this.before = null;
    this.redraw();
  }

  hover(event) {
    if (event.pointerType === 'touch') return;
    if (!outside(event) && this.hit(event) !== null) this.stage.dataset.over = '';
    else delete this.stage.dataset.over;
  }

  // keys

  /** Keys that count wherever the focus is, unless something is typed. */
  key(event) {
    if (event.defaultPrevented || event.isComposing || event.target.closest?.('textarea, input, dialog, .menu')) return;
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (command && key === 'z') this.step(...(event.shiftKey ? ['undone', 'done'] : ['done', 'undone']));
    else if (command && key === 'y') this.step('undone', 'done');
    else if (event.key === 'Escape' && !command) { if (this.gesture) this.cancel(); else this.actions.leave(); } else return;
    event.preventDefault();
  }

  thingKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { at } = this;
    const [dx, dy] = MOVES[event.key] ?? [0, 0];
    const px = event.shiftKey ? 10 : 1;
    if (dx || dy) this.nudge(event, geometry.moved(at, dx * px, dy * px));
    else if (event.key === '+' || event.key === '=') this.nudge(event, geometry.scaled(at, Math.max(SCALE_STEP, (at.width + 1) / at.width)));
    else if (event.key === '-' || event.key === '_') this.nudge(event, geometry.scaled(at, Math.min(1 / SCALE_STEP, (at.width - 1) / at.width)));
    else if (event.key === '[' || event.key === ']') this.nudge(event, { ...at, rotate: at.rotate + (event.key === ']' ? 1 : -1) });
    else if (event.key === 'Enter') this.apply();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** One press of a key; a key that is held down is one step of the history. */
  nudge(event, at) {
    if (event.repeat && this.done.length) { this.put(at); this.speak(); } else this.change(() => this.put(at));
  }

  // what one sees and hears

  words(at) {
    return t('placing.at', { x: shown('x', at.x), y: shown('y', at.y), width: shown('width', at.width), angle: shown('rotate', at.rotate) });
  }

  speak() {
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => say(this.words(this.at)), SAY_MS);
  }

  hint() {
    const coarse = matchMedia('(pointer: coarse)').matches;
    const total = this.places.length;
    return `${total > 1 ? t('placing.which', { n: this.chosen + 1, total }) : ''}${t(coarse ? 'placing.touch' : 'placing.hint')}`;
  }

  redraw() {
    this.stack.forEach((i, depth) => { this.pictures[i].style.zIndex = depth; });
    this.pictures.forEach((picture, i) => {
      const { image, at: was } = this.task.things[i];
      const at = this.places[i];
      picture.style.transform = `translate(${at.x - image.width / 2}px, ${at.y - image.height / 2}px) rotate(${at.rotate - was.rotate}deg) scale(${at.width / was.width})`;
    });
    this.drawFrames();
    this.bar.draw({ at: this.at, canUndo: this.done.length > 0, canRedo: this.undone.length > 0, changed: this.changed, busy: this.busy, hint: this.hint() });
  }

  drawFrames() {
    const { view, stage } = this;
    const least = LEAST_FRAME_PX[matchMedia('(pointer: coarse)').matches ? 'touch' : 'mouse'];
    this.frames.forEach((frame, i) => {
      const at = this.places[i];
      const size = [at.width, at.height].map((side) => Math.max(least, side * view.scale));
      const centre = [view.x + at.x * view.scale, view.y + at.y * view.scale];
      Object.assign(frame.style, { width: `${size[0]}px`, height: `${size[1]}px`, transform: `translate(${centre[0] - size[0] / 2}px, ${centre[1] - size[1] / 2}px) rotate(${at.rotate}deg)` });
      const total = this.places.length;
      frame.setAttribute('aria-label', `${total > 1 ? t('placing.thing', { n: i + 1, total }) : t('placing.one')} ${this.words(at)}. ${t('placing.keys')}`);
      frame.toggleAttribute('data-chosen', i === this.chosen);
      if (i !== this.chosen) return;
      if (this.turner.parentElement !== frame) frame.append(...this.handles, this.turner);
      this.handles.forEach((handle, k) => {
        const degrees = (Math.atan2(CORNERS[k][1], CORNERS[k][0]) * 180) / Math.PI + at.rotate;
        handle.style.cursor = CURSORS[((Math.round(degrees / 45) % 4) + 4) % 4];
      });
      // over the upper edge, or under the lower one where that is out of sight
      const [dx, dy] = geometry.turned([0, -size[1] / 2 - TURN_PX], at.rotate);
      const inSight = centre[0] + dx > 8 && centre[0] + dx < stage.clientWidth - 8 && centre[1] + dy > 8 && centre[1] + dy < stage.clientHeight - 8;
      frame.toggleAttribute('data-below', !inSight);
    });
  }
}
