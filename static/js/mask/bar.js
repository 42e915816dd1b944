// The bar of the mask tool: which tool, add or subtract, size, undo, invert, clear, files, and the way out.
import { button, h, iconButton } from '../dom.js';
import { t } from '../i18n.js';
import { menuItem, showMenu } from '../menu.js';

export const TOOLS = ['brush', 'eraser', 'box', 'lasso', 'click'];
export const TOOL_KEYS = { b: 'brush', e: 'eraser', r: 'box', l: 'lasso', c: 'click' };
const keyOf = (tool) => Object.keys(TOOL_KEYS).find((key) => TOOL_KEYS[key] === tool).toUpperCase();
const STEPS = 200;

export class MaskBar {
  /** `actions`: `choose(tool)`, `minus(bool)`, `size(px)`, `undo()`, `redo()`, `invert()`, `clear()`, `load(file)`, `save()`, `leave()`, `run()`. */
  constructor(actions, largest, task) {
    Object.assign(this, { actions, largest });
    const act = (name, key, onclick) => iconButton(name, t(key), { onclick });
    this.tools = h('div.segmented.icons.mask-tools', { role: 'group', 'aria-label': t('mask.tools') }, TOOLS.map((tool) =>
      Object.assign(iconButton(tool, t('mask.key', { name: t(`mask.${tool}`), key: keyOf(tool) }), { onclick: (event) => actions.choose(tool, event.detail > 0) }), { className: '' })));
    this.signs = h('div.segmented.mask-signs', { role: 'group', 'aria-label': t('mask.signs') }, ['plus', 'minus'].map((sign) =>
      Object.assign(iconButton(sign, t(`mask.${sign}`), { onclick: () => actions.minus(sign === 'minus') }), { className: '' })));
    this.slider = h('input', { type: 'range', min: 0, max: STEPS, step: 1, 'aria-label': t('mask.size'), oninput: () => actions.size(this.sizeAt(Number(this.slider.value))) });
    this.number = h('output.mask-px');
    this.size = h('label.mask-size', { title: t('mask.sizeHow') }, this.slider, this.number);
    this.size.addEventListener('wheel', (event) => { event.preventDefault(); this.nudge(event.deltaY < 0 ? 4 : -4); }, { passive: false });
    this.undo = act('undo', 'mask.undo', actions.undo);
    this.redo = act('redo', 'mask.redo', actions.redo);
    this.file = h('input', { type: 'file', accept: 'image/png,image/jpeg,image/webp,image/bmp,image/gif', hidden: true, tabIndex: -1, 'aria-hidden': 'true', onchange: () => { const [file] = this.file.files; this.file.value = ''; if (file) actions.load(file); } });
    this.more = iconButton('more', t('mask.more'), { 'aria-haspopup': 'menu', 'aria-expanded': 'false', onclick: () => this.openMore() });
    this.leave = task ? iconButton('x', t('mask.close'), { onclick: actions.leave }) : button(t('mask.leave'), { onclick: actions.leave }, null, 'button primary');
    this.run = task && button(t(task.url && !task.use ? 'mask.rerun' : 'mask.run'), { onclick: actions.run }, task.url && !task.use ? 'retry' : 'check', 'button primary');
    this.hint = h('p.mask-hint', { role: 'status' });
    this.element = h('div.mask-bar', { role: 'group', 'aria-label': t('mask.title') },
      this.tools, this.undo, this.redo, h('span.mask-whole', {}, act('auto', 'mask.invert', actions.invert), act('trash', 'mask.clear', actions.clear)), this.more,
      h('span.spacer'), h('span.mask-out', {}, this.run, this.leave), h('i.mask-break'), this.size, this.signs, this.hint, this.file);
  }

  openMore() {
    showMenu(this.more, [
      menuItem('button', { type: 'button', onclick: () => this.file.click() }, t('mask.load')),
      menuItem('button', { type: 'button', onclick: this.actions.save }, t('mask.save')),
    ], t('mask.more'));
  }

  // small brushes need finer steps than large ones
  sizeAt(step) { return Math.max(1, Math.round(this.largest ** (step / STEPS))); }
  stepOf(px) { return Math.round((STEPS * Math.log(px)) / Math.log(this.largest)); }

  /** Makes the brush larger or smaller by steps of the slider, by one pixel at least. */
  nudge(steps) {
    const now = this.px;
    const next = this.sizeAt(Math.min(STEPS, Math.max(0, this.stepOf(now) + steps)));
    this.actions.size(next === now ? Math.min(this.largest, Math.max(1, now + Math.sign(steps))) : next);
  }

  /** `state`: `{ tool, minus, px, canUndo, canRedo, empty, hint }`. */
  draw({ tool, minus, px, canUndo, canRedo, empty, hint }) {
    this.px = px;
    TOOLS.forEach((name, i) => this.tools.children[i].setAttribute('aria-pressed', String(name === tool)));
    [false, true].forEach((value, i) => this.signs.children[i].setAttribute('aria-pressed', String(value === minus)));
    const brush = tool === 'brush' || tool === 'eraser';
    this.size.hidden = !brush;
    this.signs.hidden = brush;
    this.slider.value = this.stepOf(px);
    this.slider.setAttribute('aria-valuetext', t('mask.px', { n: px }));
    this.number.textContent = t('mask.px', { n: px });
    this.undo.disabled = !canUndo;
    this.redo.disabled = !canRedo;
    if (this.run) this.run.disabled = empty;
    if (this.hint.textContent !== hint) this.hint.textContent = hint;
  }
}
