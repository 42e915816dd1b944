// The form of a plan: a section for each step with its words, what is set first, the rest behind "more"; steps move, go and are added.
import { button, h, iconButton } from '../dom.js';
import { t } from '../i18n.js';
import { menuItem, showMenu } from '../menu.js';
import { pathOf, pathText } from './draft.js';
import { rowOf } from './rows.js';
import { firstValue, parametersOf } from './schema.js';
import { operationName } from './words.js';

/** So many parameters that are not set are shown with the others. */
const FEW = 3;

export class PlanForm {
  /** `operations`: of `/ops`; `hooks`: `pictures(step)` for what may be named, `masks` with `of(path, target)`, `wordsOf(step)` as it ran. */
  constructor(draft, operations, hooks) {
    Object.assign(this, { draft, hooks, operations: new Map(operations.map((one) => [one.name, one])), rows: new Map(), open: new Set(), masks: hooks.masks });
    this.element = h('div.plan-form');
    this.pictures = hooks.pictures;
    // rows are given parts of this on their own
    for (const name of ['rebuild', 'more']) this[name] = this[name].bind(this);
    this.draw();
  }

  draw() {
    this.rows.clear();
    const { steps } = this.draft;
    const list = h('ol.plan-steps', {}, steps.map((step, i) => this.section(step, i, steps.length)));
    this.adder = button(t('plan.addStep'), { 'aria-haspopup': 'menu', 'aria-expanded': 'false', onclick: () => this.openAdder() }, 'plus');
    this.element.replaceChildren(list, this.adder);
  }

  /** Draws anew after a change of what there is; the focus goes to the row at `path` where there is one, else to its step. */
  rebuild(path = null) {
    this.draw();
    const row = path && this.rowAt(path);
    if (row?.target) row.focus();
    else if (path) this.element.querySelectorAll('.plan-step')[path[1] ?? 0]?.querySelector('button, select, input')?.focus();
  }

  section(step, i, count) {
    const operation = this.operations.get(step.op);
    const name = operationName(step.op);
    const words = this.hooks.wordsOf(step);
    const tool = (icon, key, onclick, disabled = false) => iconButton(icon, t(key, { name, n: i + 1 }), { onclick, disabled });
    const move = (by) => { this.draft.move(i, by); this.afterMove(i + by, by); };
    return h('li.plan-step', { 'aria-label': t('plan.step', { n: i + 1, name }), dataset: { op: step.op } },
      h('header.plan-head', {}, h('span.plan-number-of', { 'aria-hidden': 'true' }, i + 1), h('div.plan-name', {}, h('h3', {}, name), h('p', {}, words ?? operation?.summary ?? '')),
        h('span.plan-moves', {}, tool('up', 'plan.up', () => move(-1), i === 0), tool('down', 'plan.down', () => move(1), i === count - 1), tool('trash', 'plan.remove', () => this.remove(i), count === 1))),
      this.body(step, i, operation));
  }

  body(step, i, operation) {
    if (!operation?.available) return [h('p.plan-unknown', {}, t(operation ? 'plan.unavailable' : 'plan.unknown'))];
    const fields = parametersOf(operation.schema);
    const path = (field) => ['steps', i, 'params', field.name];
    const isSet = (field) => { const value = this.draft.get(path(field)); return value !== undefined && value !== null; };
    // what the operation is about stands first, set or not
    let first = fields.filter((field, at) => field.required || isSet(field) || (at === 0 && fields.every((one) => !isSet(one))));
    if (fields.length - first.length <= FEW) first = fields;
    const build = (field) => rowOf(this, field, path(field), step.op).element;
    const rest = fields.filter((field) => !first.includes(field)).map(build);
    const input = i > 0 || step.input ? rowOf(this, { name: 'input', kind: 'picture', help: '', none: t(i ? 'plan.before' : 'plan.current') }, ['steps', i, 'input'], 'step').element : null;
    const shown = first.map(build);
    if (step.input && input) return [input, ...shown, rest.length > 0 && this.more(`${step.id}:${step.op}`, rest)].filter(Boolean);
    const more = [...rest, input].filter(Boolean);
    if (!fields.length) shown.push(h('p.plan-none', {}, t('plan.nothing')));
    return [...shown, more.length > 0 && this.more(`${step.id}:${step.op}`, more)].filter(Boolean);
  }

  /** What is seldom needed, folded; it stays open once it was opened. */
  more(key, rows) {
    const details = h('details.plan-more', { open: this.open.has(key), ontoggle: () => { if (details.open) this.open.add(key); else this.open.delete(key); } }, h('summary', {}, t('plan.more', { n: rows.length })), rows);
    return details;
  }

  afterMove(to, by) {
    const section = this.element.querySelectorAll('.plan-step')[to];
    const buttons = section.querySelectorAll('.plan-moves button');
    const same = buttons[by < 0 ? 0 : 1];
    (same.disabled ? buttons[by < 0 ? 1 : 0] : same).focus();
  }

  remove(i) {
    this.draft.remove(i);
    const sections = this.element.querySelectorAll('.plan-step');
    (sections[Math.min(i, sections.length - 1)].querySelector('.plan-moves button:not(:disabled)') ?? this.adder).focus();
  }

  openAdder() {
    const add = (operation) => {
      const needed = parametersOf(operation.schema).filter((field) => field.required);
      this.draft.add(operation.name, Object.fromEntries(needed.map((field) => [field.name, firstValue(field)])));
      const added = [...this.element.querySelectorAll('.plan-step')].at(-1);
      added.scrollIntoView({ block: 'nearest' });
      (added.querySelector('.plan-control input, .plan-control select, .plan-control textarea') ?? added.querySelector('button:not(:disabled)'))?.focus();
    };
    const items = [...this.operations.values()].filter((one) => one.available)
      .map((one) => menuItem('button', { type: 'button', onclick: () => setTimeout(() => add(one)) }, h('span.grow', {}, h('b', {}, operationName(one.name)), h('small', {}, one.summary))));
    showMenu(this.adder, items, t('plan.addStep'))?.classList.add('plan-menu');
  }

  rowAt(path) {
    for (let length = path.length; length > 0; length -= 1) {
      const row = this.rows.get(pathText(path.slice(0, length)));
      if (row) return row;
    }
    return null;
  }

  /** Whether everything fits; what does not says so, and the first of it gets the focus. */
  check() {
    const bad = [...new Set(this.rows.values())].filter((row) => !row.check());
    this.reveal(bad[0]);
    return bad.length === 0;
  }

  /** Shows what the server found at the field that it names; false where the form has no such field. */
  point(field, message) {
    const row = field ? this.rowAt(pathOf(field)) : null;
    if (!row) return false;
    row.say(message);
    this.reveal(row);
    return true;
  }

  reveal(row) {
    if (!row) return;
    for (let at = row.element.parentElement; at; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true;
    row.element.scrollIntoView({ block: 'nearest' });
    row.focus();
  }
}
