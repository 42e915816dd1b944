// The rows of a form: a label with its help and its way back to the default, the control, and what is wrong with it; groups, lists and targets hold rows of their own.
import { button, h, iconButton } from '../dom.js';
import { t } from '../i18n.js';
import { controlOf, maskButton } from './controls.js';
import { pathText } from './draft.js';
import { faultOf, firstValue } from './schema.js';
import { choiceName, parameterHelp, parameterName } from './words.js';

/** What else belongs to a kind of target; the rest goes with all of them. */
const OF_KIND = { people: ['which', 'index', 'count', 'rest'], face: ['which', 'index', 'count', 'rest'], object: ['label', 'which', 'index', 'count', 'rest'], text: ['match', 'which', 'rest'], region: ['box', 'unit', 'points'], mask: [] };
const OF_ALL = ['invert', 'grow', 'feather'];

let ids = 0;

/** Builds the row of `field` at `path`. `form`: `{ draft, rows, pictures(step), masks, rebuild() }`; `where`: what the field is a parameter of. */
export function rowOf(form, field, path, where) {
  if (field.kind === 'target') return targetRow(form, field, path, where);
  if (field.kind === 'group') return groupRow(form, field, path, where);
  if (field.kind === 'list') return listRow(form, field, path, where);
  return plainRow(form, field, path, where);
}

function plainRow(form, field, path, where) {
  const row = frame(form, field, path, where);
  const control = controlOf(field, {
    id: row.id, label: row.label, where, pictures: () => form.pictures(path[1]), fault: (words) => row.say(words),
    change: (value, redraw = false) => {
      if (value === undefined) form.draft.unset(path);
      else form.draft.set(path, value);
      row.touched(redraw);
    },
  });
  row.hold(control.element, control.target, (value, set) => control.show(value, set));
  return row;
}

/** Label, help, default and fault around a control. */
function frame(form, field, path, where) {
  const id = `plan-${(ids += 1)}`;
  const label = parameterName(where, field.name);
  const help = parameterHelp(where, field.name, field.help);
  const note = h('p.plan-help', { id: `${id}-help`, hidden: true }, help);
  const fault = h('p.plan-fault', { id: `${id}-fault`, hidden: true });
  // where nothing is the default the control says so itself
  const known = field.fallback !== undefined && field.fallback !== null;
  const state = h('span.plan-default', {}, t('plan.default'));
  const back = iconButton('undo', t('plan.reset', { name: label }), { onclick: () => { form.draft.unset(path); if (!row.show) { form.rebuild(path); return; } row.touched(true); row.focus(); } });
  const info = help && iconButton('info', t('plan.help', { name: label }), { 'aria-expanded': 'false', 'aria-controls': note.id, onclick: () => { note.hidden = !note.hidden; info.setAttribute('aria-expanded', String(!note.hidden)); } });
  const held = h('div.plan-control');
  const element = h('div.plan-row', { dataset: { kind: field.kind, path: pathText(path) } },
    h('div.plan-label', {}, h('label', { htmlFor: id }, label, field.required && h('span.plan-must', { title: t('plan.must') }, ' *')), info, state, back), held, note, fault);
  const row = {
    id, label, element, field, path,
    hold(control, target, show) {
      held.append(control);
      Object.assign(row, { target, show });
      target?.setAttribute('aria-describedby', [help && note.id, fault.id].filter(Boolean).join(' '));
      row.update();
    },
    /** After a change by hand; `redraw`: the control shows something else now. */
    touched(redraw) { row.say(null); row.update(redraw); },
    update(redraw = true) {
      const value = form.draft.get(path);
      const set = value !== undefined && value !== null;
      element.dataset.set = String(set);
      state.hidden = set || field.required || !known;
      back.hidden = !set || field.required;
      if (redraw) row.show?.(set ? value : field.fallback ?? undefined, set);
    },
    say(words) {
      fault.textContent = words ?? '';
      fault.hidden = !words;
      row.target?.setAttribute('aria-invalid', String(Boolean(words)));
      element.dataset.bad = String(Boolean(words));
    },
    check() {
      const found = faultOf(field, form.draft.get(path));
      row.say(found && t(found.key, found.values));
      return !found;
    },
    focus() { row.target?.focus(); },
  };
  form.rows.set(pathText(path), row);
  return row;
}

/** A part with parameters of its own. */
function groupRow(form, field, path, where) {
  const row = frame(form, { ...field, fallback: undefined }, path, where);
  const inside = `${where}.${field.name}`;
  const body = form.draft.get(path) ? field.fields.map((one) => rowOf(form, one, [...path, one.name], inside).element)
    : [button(t('plan.give'), { onclick: () => { form.draft.set(path, firstValue(field)); form.rebuild(path); } }, 'plus', 'button small')];
  row.hold(h('div.plan-group', { role: 'group', 'aria-label': row.label }, body), null, null);
  return row;
}

/** As many of a kind as one likes, each with a way out. */
function listRow(form, field, path, where) {
  const row = frame(form, { ...field, fallback: undefined }, path, where);
  const values = form.draft.get(path) ?? [];
  const { item } = field;
  const drop = (i) => { values.splice(i, 1); if (values.length) form.draft.set(path, values); else form.draft.unset(path); form.rebuild(path); };
  const rows = values.map((_, i) => {
    const name = t('plan.item', { name: row.label, n: i + 1 });
    const body = item.kind === 'group' ? item.fields.map((one) => rowOf(form, one, [...path, i, one.name], `${where}.${field.name}`).element) : [bare(form, item, [...path, i], where, name)];
    return h('li.plan-item', { role: 'group', 'aria-label': name }, h('div.plan-item-body', {}, body), iconButton('x', t('plan.dropItem', { name }), { onclick: () => drop(i) }));
  });
  const add = button(t('plan.addItem'), { onclick: () => { form.draft.set(path, [...values, firstValue(item)]); form.rebuild([...path, values.length]); }, disabled: values.length >= field.most }, 'plus', 'button small');
  row.hold(h('div', {}, values.length > 0 && h('ul.plan-items', {}, rows), add), add, null);
  return row;
}

/** A control without a label in sight, as an item of a list. */
function bare(form, field, path, where, name) {
  const row = rowOf(form, { ...field, required: true }, path, where);
  row.element.classList.add('bare');
  const label = row.element.querySelector('label');
  if (label) label.textContent = name;
  return row.element;
}

/** What part of the picture: its kind, what goes with that kind, and the mask that opens the mask tool. */
function targetRow(form, field, path, where) {
  const row = frame(form, field, path, where);
  const value = form.draft.get(path) ?? field.fallback ?? null;
  const fields = new Map(field.fields.map((one) => [one.name, one]));
  const choices = fields.get('kind').options;
  const choose = (kind) => {
    const { invert, grow, feather } = form.draft.get(path) ?? {};
    if (!kind) form.draft.unset(path);
    else form.draft.set(path, JSON.parse(JSON.stringify({ kind, invert, grow, feather })));
    form.rebuild([...path, 'kind']);
  };
  const none = !field.required && !field.fallback;
  const select = h('select', { id: row.id, onchange: () => choose(select.value) }, none && h('option', { value: '', selected: !value }, t(field.name === 'target' ? 'plan.everything' : 'plan.none')),
    choices.map((kind) => h('option', { value: kind, selected: kind === value?.kind }, choiceName('target', 'kind', kind))));
  const parts = value ? partsOf(form, field, path, value, fields) : [];
  const mask = value && form.masks.of(path, value);
  row.hold(h('div.plan-target', { role: 'group', 'aria-label': row.label }, select, mask && maskButton(mask.url, mask.label, mask.open)), select, null);
  if (parts.length) row.element.append(h('div.plan-parts', { role: 'group', 'aria-label': row.label }, parts));
  form.rows.set(pathText([...path, 'kind']), row);
  if (value?.kind === 'mask') form.rows.set(pathText([...path, 'mask']), row);
  return row;
}

function partsOf(form, field, path, value, fields) {
  const wanted = [...(OF_KIND[value.kind] ?? []), ...OF_ALL];
  const also = Object.keys(value).filter((name) => !['kind', 'mask', ...wanted].includes(name) && value[name] !== null);
  const isSet = (name) => value[name] !== undefined && value[name] !== null && value[name] !== false;
  const build = (name) => {
    const one = fields.get(name);
    // where the target as a whole is a default, its first own value makes it one that is set
    return one && rowOf({ ...form, draft: settling(form.draft, path, field.fallback) }, { ...one, fallback: one.fallback ?? (one.kind === 'flag' ? false : undefined) }, [...path, name], 'target').element;
  };
  const early = [...wanted, ...also].filter((name) => isSet(name) || ['which', 'label', 'match', 'box'].includes(name));
  const late = wanted.filter((name) => !early.includes(name));
  return [...early.map(build), late.length > 0 && form.more(pathText(path), late.map(build))];
}

/** A draft that writes the default out before something in it is set. */
function settling(draft, path, fallback) {
  return { get: (at) => draft.get(at), unset: (at) => draft.unset(at), set: (at, value) => { if (!draft.get(path) && fallback) draft.set(path, structuredClone(fallback)); draft.set(at, value); } };
}
