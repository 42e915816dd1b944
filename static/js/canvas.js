// The canvas: the picture that is current or looked at, by its preview; zoom, pan, backdrop, before/after, undo, download.
import { toast } from './announce.js';
import { beforeTransform, divider, dragDivider, pictureLayer } from './compare.js';
import { button, byId, clamp, h, iconButton } from './dom.js';
import { downloadMenu } from './download.js';
import { formatName, onLanguage, percent, seconds, t } from './i18n.js';
import { placingOf } from './placing.js';
import { Pair } from './pair.js';
import { versionMenu } from './versionmenu.js';
import { VersionTree } from './versions.js';
import { Viewport } from './viewport.js';

const CANVAS_SIDE = 1600;
const BACKDROPS = ['checker', 'grey', 'white', 'black'];

export class Canvas {
  /** `actions`: `checkout(number)`, `runMask(mask)`, `runPlacing(task, places)`, `editPlan(version)`, `saveRecipe(number)`, `remove(number) → Promise`. */
  constructor(store, actions) {
    Object.assign(this, { store, actions, comparing: false, backdrop: 'checker', shownKey: null, tool: null, overlay: null, placing: null });
    this.root = byId('canvas');
    this.pair = new Pair(store, () => this.draw());
    this.build();
    store.on('versions looking session', () => this.draw());
    store.on('job progress', () => this.drawBusy());
    store.on('job', () => this.drawTools(store.shown));
    store.on('mask', () => this.drawMask());
    setInterval(() => this.drawBusy(), 500);
    onLanguage(() => this.relabel());
    this.draw();
  }

  build() {
    const tool = (name, key, onclick, props = {}) => iconButton(name, t(key), { onclick, ...props });
    this.undo = tool('undo', 'canvas.noUndo', () => this.actions.checkout(this.store.current.parent));
    this.redo = tool('redo', 'canvas.noRedo', () => this.actions.checkout(this.store.redoTarget.number));
    this.title = h('h2.canvas-title');
    this.compareButton = tool('compare', 'canvas.compare', () => { this.comparing = !this.comparing; this.pair.end(); this.draw(); });
    this.backdrops = h('div.backdrops', { role: 'group', 'aria-label': t('canvas.backdrop') }, BACKDROPS.map((name) =>
      h('button.backdrop', { type: 'button', title: t(`canvas.${name}`), 'aria-label': t(`canvas.${name}`), dataset: { name }, onclick: () => { this.backdrop = name; this.draw(); } }, h(`i.${name}`))));
    this.zoomValue = h('button.zoom-value', { type: 'button', onclick: () => this.seen.zoomTo(1) });
    this.fit = tool('fit', 'canvas.fit', () => this.seen.fit());
    this.download = tool('download', 'canvas.download', () => downloadMenu(this.download, this.store.shown), { 'aria-haspopup': 'menu', 'aria-expanded': 'false' });
    this.sheet = h('div.sheet');
    this.note = h('div.stage-note', { hidden: true });
    this.busy = h('div.stage-busy', { hidden: true });
    this.markButton = button(t('canvas.mark'), { onclick: () => this.openMask() }, 'brush', 'button mark');
    this.moveButton = button(t('done.move'), { onclick: () => this.openPlacing(this.store.jobs.get(this.store.shown.job)) }, 'move', 'button mark');
    this.stage = h('div.stage', { tabIndex: 0, role: 'group', 'aria-label': t('canvas.stage') }, this.sheet, this.note, h('div.stage-foot', {}, this.markButton, this.moveButton, this.busy, h('span.spacer'), this.backdrops));
    const act = {
      look: (n) => { this.pair.end(); this.store.look(n); }, checkout: this.actions.checkout, pick: (n) => this.pickPair(n), editPlan: this.actions.editPlan, saveRecipe: this.actions.saveRecipe, remove: this.actions.remove, focus: (n) => this.tree.focus(n),
    };
    this.tree = new VersionTree(this.store, { choose: (n) => { if (!this.pair.choose(n)) act.look(n); }, menu: (version, anchor) => versionMenu(this.store, version, anchor, act), acts: act });
    this.toolSlot = h('div');
    this.root.replaceChildren(
      h('div.canvas-bar', {}, this.undo, this.redo, this.title, this.compareButton, h('span.bar-gap'), h('span.spacer'),
        h('div.zoom', {}, tool('minus', 'canvas.zoomOut', () => this.seen.zoomBy(0.8)), this.zoomValue, tool('plus', 'canvas.zoomIn', () => this.seen.zoomBy(1.25)), this.fit), h('span.bar-gap'), this.download),
      this.toolSlot, this.stage, this.tree.element);
    this.shownKey = null;
    this.slider = null;
    this.view = new Viewport(this.stage, this.sheet, { changed: () => this.moved(), skip: (event) => Boolean(event.target.closest('button, .divider, .backdrops, .stage-note > div, .sides')) });
    this.toShare = (clientX) => (clientX - this.stage.getBoundingClientRect().left - this.view.x) / (this.view.width * this.view.scale);
  }

  /** Draws everything again in the new language; a tool that is open stays so. */
  relabel() {
    const { tool, placing } = this;
    this.leaveMask();
    this.leavePlacing();
    this.build();
    this.draw();
    if (tool) this.openMask();
    if (placing) this.openPlacing(placing.task.job, placing.state);
  }

  /** The view that zooms: the stage's, or that of the pictures side by side. */
  get seen() { return this.pair.sides?.view ?? this.view; }

  pickPair(number) {
    this.leaveMask();
    this.leavePlacing();
    this.pair.pick(number);
    this.tree.focus(number);
  }

  /** Two versions under the slider, for who asked for it in words. */
  compare(a, b) {
    this.leaveMask();
    this.leavePlacing();
    this.pair.show(a, b);
  }

  draw() {
    if (this.of !== this.store.session?.id) { Object.assign(this, { of: this.store.session?.id, comparing: false }); this.pair.end(); }
    this.pair.settle();
    const version = this.pair.versions?.[1] ?? this.store.shown;
    this.root.dataset.pair = this.pair.versions ? 'shown' : this.pair.picking ? 'picking' : '';
    this.tree.draw(this.pair);
    this.pair.drawSides(this.stage, { backdrop: this.backdrop, changed: () => this.moved() });
    if (this.placing && this.placing.task.version.number !== version?.number) this.leavePlacing();
    this.drawNote();
    this.drawMask();
    if (!version) { this.sheet.replaceChildren(); this.shownKey = null; return; }
    const parent = this.pair.versions?.[0] ?? this.store.version(version.parent);
    const comparing = Boolean(parent) && (this.comparing || Boolean(this.pair.versions)) && !this.pair.sides;
    this.sheet.className = `sheet${version.image.alpha ? ` ${this.backdrop}` : ''}`;
    const key = `${version.number} ${version.image.id} ${comparing && parent.number}`;
    if (key === this.shownKey) return;
    this.shownKey = key;
    this.showing = this.show(version, comparing ? parent : null);
  }

  /** Shows a version once its preview is decoded, so that the stage never goes blank in between. */
  async show(version, parent) {
    const key = this.shownKey;
    const { image } = version;
    const layer = pictureLayer(image, CANVAS_SIDE, t('canvas.picture', { n: version.number, width: image.width, height: image.height }));
    layer.classList.add('arriving');
    const layers = [layer];
    if (parent) {
      const old = pictureLayer(parent.image, CANVAS_SIDE);
      old.style.transform = beforeTransform(version, parent, this.pair.map([parent, version]));
      layers.push(h(`div.layer.before${parent.image.alpha ? '.checker' : ''}`, {}, old));
    }
    await Promise.race([layer.decode().catch(() => {}), new Promise((resolve) => setTimeout(resolve, 1500))]);
    if (key !== this.shownKey) return;
    this.sheet.replaceChildren(...layers);
    this.view.setSize(image.width, image.height);
    this.slide(parent ? layers[1] : null, parent && this.pair.versions);
  }

  slide(before, pair = null) {
    const share = this.slider?.share ?? 0.5;
    this.slider?.handle.remove();
    this.slider = null;
    if (!before) return;
    this.slider = divider((value) => {
      before.style.clipPath = `inset(0 ${(1 - value) * 100}% 0 0)`;
      this.placeHandle(value);
    }, share);
    if (pair) this.slider.handle.setAttribute('aria-label', t('pair.label', { a: pair[0].number, b: pair[1].number }));
    this.stage.append(this.slider.handle);
    dragDivider(this.slider.handle, this.toShare, this.slider.set);
    this.slider.set(share);
  }

  placeHandle(share) {
    const handle = this.slider?.handle ?? this.stage.querySelector('.divider');
    if (!handle) return;
    const { x, y, width, height, scale } = this.view;
    const top = Math.max(0, y);
    Object.assign(handle.style, { left: `${clamp(x + share * width * scale, 0, this.stage.clientWidth)}px`, top: `${top}px`, bottom: 'auto', height: `${Math.max(44, Math.min(this.stage.clientHeight, y + height * scale) - top)}px` });
  }

  moved() {
    const words = percent(this.seen.scale);
    this.zoomValue.textContent = words;
    this.zoomValue.setAttribute('aria-label', t('canvas.actual', { percent: words }));
    this.zoomValue.title = t('canvas.actual', { percent: words });
    if (this.slider) this.placeHandle(this.slider.share);
    this.overlay?.moved();
    this.tool?.moved();
    this.placing?.moved();
  }

  drawTools(version) {
    const { current, redoTarget } = this.store;
    const name = (element, words) => { element.title = words; element.setAttribute('aria-label', words); };
    const busy = Boolean(this.store.runningJob);
    this.undo.disabled = !current?.parent || busy;
    name(this.undo, current?.parent ? t('canvas.undo', { n: current.parent }) : t('canvas.noUndo'));
    this.redo.disabled = !redoTarget || busy;
    if ([this.undo, this.redo].some((button) => button.disabled && button === document.activeElement)) this.stage.focus({ preventScroll: true });
    name(this.redo, redoTarget ? t('canvas.redo', { n: redoTarget.number }) : t('canvas.noRedo'));
    this.compareButton.disabled = !version?.parent;
    this.compareButton.setAttribute('aria-pressed', String(this.comparing && Boolean(version?.parent) && !this.pair.versions));
    const tool = this.tool ?? this.placing;
    const pair = Boolean(this.pair.versions);
    this.markButton.hidden = !version || Boolean(tool) || pair;
    this.moveButton.hidden = Boolean(tool) || pair || !placingOf(this.store, this.store.jobs.get(version?.job));
    this.markButton.querySelector('span').textContent = t(this.store.mask?.share && this.store.mask.fits(version?.image) ? 'canvas.markMore' : 'canvas.mark');
    this.backdrops.hidden = !version?.image.alpha;
    for (const element of this.backdrops.children) element.setAttribute('aria-pressed', String(element.dataset.name === this.backdrop));
    this.title.replaceChildren(...(version ? [h('b', {}, t('canvas.version', { n: version.number })), h('span', {}, ` · ${version.image.width}×${version.image.height} · ${formatName(version.image.format)}`)] : [t('canvas.empty')]));
  }

  /** As `mark`, and says so where the tool cannot be loaded. */
  openMask() {
    this.mark().catch(() => toast(t('error.network')));
  }

  /** Opens the mask tool on the picture in sight; its code is loaded on first use. `task`: what the mask is for, and with `url` a stored mask to start from. */
  async mark(task = null) {
    const image = this.store.shown?.image;
    if (!image) return;
    const [{ MaskTool, prepare }, { Marked }, { Overlay }] = await Promise.all([import('./mask/tool.js'), import('./mask/marked.js'), import('./mask/overlay.js')]);
    await prepare();
    const marked = task?.url ? await Marked.from(this.store, image, task) : Marked.for(this.store, image, task);
    this.leaveMask();
    this.leavePlacing();
    this.comparing = false;
    this.pair.end();
    this.draw();
    // what is drawn on must be there first: before, the stage does not know where its pixels are
    await this.showing;
    if (this.tool || this.placing || !marked.fits(this.store.shown?.image)) return;
    this.overlay?.remove();
    this.overlay = new Overlay(this, marked);
    this.tool = new MaskTool({ stage: this.stage, view: this.view, overlay: this.overlay, slot: this.toolSlot }, image, marked, {
      leave: () => { this.leaveMask(); this.markButton.focus(); }, run: this.actions.runMask, changed: () => { if (this.store.mask === marked) this.store.emit('mask'); },
    });
    this.root.dataset.masking = '';
    this.drawTools(this.store.shown);
    this.stage.focus({ preventScroll: true });
  }

  /** As `place`, and says so where the tool cannot be loaded. */
  openPlacing(job, kept = null) {
    this.place(job, kept).catch(() => toast(t('error.network')));
  }

  /** Opens the placing tool on what a job put into the version in sight; its code is loaded on first use. `kept`: the state of a tool that was open before. */
  async place(job, kept = null) {
    const task = placingOf(this.store, job);
    if (!task) return;
    const { PlacingTool, prepare } = await import('./placing/tool.js');
    await prepare(task);
    const elsewhere = () => this.store.shown?.image.id !== task.version.image.id;
    if (elsewhere()) return;
    this.leaveMask();
    this.leavePlacing();
    this.comparing = false;
    this.pair.end();
    this.draw();
    await this.showing;
    if (elsewhere() || this.tool || this.placing) return;
    this.root.dataset.placing = '';
    this.placing = new PlacingTool({ stage: this.stage, view: this.view, sheet: this.sheet, slot: this.toolSlot }, task, {
      leave: () => { this.leavePlacing(); this.moveButton.focus(); }, apply: async (places) => { if (await this.actions.runPlacing(task, places)) this.leavePlacing(); },
    }, kept);
    this.drawTools(this.store.shown);
  }

  /** Closes the placing tool; what was moved in it is as it was. */
  leavePlacing() {
    const { placing } = this;
    if (!placing) return;
    this.placing = null;
    const focused = this.toolSlot.contains(document.activeElement) || this.stage.contains(document.activeElement);
    placing.close();
    delete this.root.dataset.placing;
    if (focused) this.stage.focus({ preventScroll: true });
    this.drawTools(this.store.shown);
  }

  /** Shows what is marked as long as it waits for an instruction, over pictures that it fits. */
  drawMask() {
    const { mask, shown } = this.store;
    const fits = Boolean(mask?.fits(shown?.image));
    if (this.tool && (this.tool.marked !== mask || !fits)) this.leaveMask();
    if (this.tool) this.tool.clicks.imageId = shown.image.id;
    if (this.overlay && this.overlay.marked !== mask) { this.overlay.remove(); this.overlay = null; }
    if (this.overlay) this.overlay.hidden = !fits;
    this.drawTools(shown);
  }

  /** Closes the mask tool; what is marked stays for the next instruction. */
  leaveMask() {
    const { tool } = this;
    this.tool = null;
    // the focus is not lost with the bar
    if (this.toolSlot.contains(document.activeElement)) this.stage.focus({ preventScroll: true });
    tool?.close();
    delete this.root.dataset.masking;
    this.drawTools(this.store.shown);
  }

  drawNote() {
    const { looking, current } = this.store;
    const pair = this.pair.note();
    this.note.hidden = looking === null && !pair;
    if (pair) { this.note.replaceChildren(pair); return; }
    if (looking === null) return;
    this.note.replaceChildren(h('div', { role: 'status' }, h('span', {}, t('canvas.looking', { n: looking })),
      button(t('canvas.continue'), { onclick: () => this.actions.checkout(looking) }, null, 'button primary'),
      current && button(t('canvas.back', { n: current.number }), { onclick: () => this.store.look(null) })));
  }

  drawBusy() {
    const job = this.store.runningJob;
    const live = job && this.store.live.get(job.id);
    const hidden = !live || live.stopping;
    if (hidden !== this.busy.hidden) { this.busy.hidden = hidden; this.drawTools(this.store.shown); }
    if (hidden) return;
    const words = job.words?.[live.step ?? 0] ?? t('run.title');
    this.busy.textContent = job.state === 'queued' ? t('run.queued') : `${words} · ${seconds(performance.now() - live.started)}`;
  }
}

