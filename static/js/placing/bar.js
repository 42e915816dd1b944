// The bar of the placing tool: where the chosen thing is, in numbers that can be typed, undo, and the ways out.
import { button, h, iconButton } from '../dom.js';
import { t } from '../i18n.js';

const FIELDS = ['x', 'y', 'width', 'rotate'];

export class PlacingBar {
  /** `actions`: `set(name, value)`, `settle()`, `undo()`, `redo()`, `reset()`, `leave()`, `apply()`, `back()`. */
  constructor(actions) {
    this.fields = new Map(FIELDS.map((name) => [name, this.field(name, actions)]));
    this.undo = iconButton('undo', t('placing.undo'), { onclick: actions.undo });
    this.redo = iconButton('redo', t('placing.redo'), { onclick: actions.redo });
    this.reset = button(t('placing.reset'), { onclick: actions.reset });
    this.apply = button(t('placing.apply'), { onclick: actions.apply }, 'check', 'button primary');
    this.hint = h('p.placing-hint', { role: 'status' });
    this.element = h('div.placing-bar', { role: 'group', 'aria-label': t('placing.title') },
      h('div.placing-fields', { role: 'group', 'aria-label': t('placing.where') }, [...this.fields.values()].map((input) => input.parentElement)),
      h('span.placing-steps', {}, this.undo, this.redo), this.hint,
      h('span.placing-out', {}, this.reset, button(t('placing.cancel'), { onclick: actions.leave }), this.apply));
  }

  field(name, actions) {
    const input = h('input', { type: 'number', step: 'any', inputMode: 'decimal', autocomplete: 'off', 'aria-label': t(`placing.${name}Name`), title: t(`placing.${name}Name`) });
    input.addEventListener('input', () => { if (Number.isFinite(input.valueAsNumber)) actions.set(name, input.valueAsNumber); });
    input.addEventListener('change', actions.settle);
    input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
      actions.back();
    });
    h('label.placing-field', {}, h('span', { 'aria-hidden': 'true' }, t(`placing.${name}`)), input);
    return input;
  }

  /** `state`: `{ at, canUndo, canRedo, changed, busy, hint }`. A number that is being typed is left alone. */
  draw({ at, canUndo, canRedo, changed, busy, hint }) {
    for (const [name, input] of this.fields) if (input !== document.activeElement) input.value = shown(name, at[name]);
    this.undo.disabled = !canUndo;
    this.redo.disabled = !canRedo;
    this.reset.disabled = !changed;
    this.apply.disabled = !changed || busy;
    if (this.hint.textContent !== hint) this.hint.textContent = hint;
  }
}

/** Whole pixels; degrees with a tenth where there is one. */
export const shown = (name, value) => String(name === 'rotate' ? Math.round(value * 10) / 10 : Math.round(value));
