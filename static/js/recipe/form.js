// The values of a recipe as a form: a control for each parameter, as its operation's schema says, with its default; pictures and masks are chosen as files.
import * as api from '../api.js';
import { button, h, icon, iconButton } from '../dom.js';
import { t } from '../i18n.js';
import { usePart } from '../part.js';
import { controlOf } from '../plan/controls.js';
import { faultOf, parametersOf } from '../plan/schema.js';
import { useWords } from '../i18n.js';
import { paramLabel, placeOf, valueWords } from './words.js';

const FILES = new Set(['image', 'mask']);
let ids = 0;
let operations = null;

/** Loads what the form needs. */
export async function prepareForm() {
  operations ??= api.operations().catch((error) => { operations = null; throw error; });
  const [all] = await Promise.all([operations, usePart('recipe'), usePart('plan'), useWords('params')]);
  return new Map(all.map((one) => [one.name, one]));
}

export class ValuesForm {
  /** `recipe`: as the server shows it; `known`: operations by name; `values`: what stands there from before. */
  constructor(recipe, known, values = {}) {
    Object.assign(this, { recipe, known, set: { ...values }, rows: new Map(), loading: 0 });
    this.element = h('div.value-form', {}, recipe.params.map((param) => this.row(param)));
  }

  /** What differs from the defaults. */
  get values() { return { ...this.set }; }
  /** A file is still on its way. */
  get busy() { return this.loading > 0; }

  row(param) {
    const id = `value-${(ids += 1)}`;
    const label = paramLabel(param, this.recipe.plan);
    const fault = h('p.plan-fault', { id: `${id}-fault`, hidden: true });
    const back = iconButton('undo', t('recipe.default', { value: valueWords(param, param.default, this.recipe.plan) }), { hidden: true });
    const field = this.field(param);
    const row = { param, field, fault };
    const change = (value, redraw = false) => {
      if (value === undefined || JSON.stringify(value) === JSON.stringify(param.default)) delete this.set[param.name];
      else this.set[param.name] = value;
      back.hidden = !(param.name in this.set);
      row.say(null);
      if (redraw) row.show();
    };
    const control = (OWN[field.kind] ?? controlOf)(field, { id, label, where: placeOf(param.path, this.recipe.plan).op, change, pictures: () => [], fault: (words) => row.say(words), form: this, param });
    Object.assign(row, {
      say: (words) => { fault.textContent = words ?? ''; fault.hidden = !words; control.target.setAttribute('aria-invalid', String(Boolean(words))); },
      show: () => control.show(this.set[param.name] ?? param.default ?? undefined, param.name in this.set),
      focus: () => control.target.focus(),
    });
    back.onclick = () => { change(undefined, true); row.focus(); };
    back.hidden = !(param.name in this.set);
    control.target.setAttribute('aria-describedby', fault.id);
    row.show();
    this.rows.set(param.name, row);
    return h('div.plan-row', { dataset: { kind: field.kind, param: param.name } },
      h('div.plan-label', {}, h('label', { htmlFor: id }, label), label !== param.name && h('code.param-name', { title: t('recipe.column') }, param.name), back), h('div.plan-control', {}, control.element), fault);
  }

  /** The field of the operation's own schema where there is one, so that sliders and choices are the plan editor's. */
  field(param) {
    const { op, name, inTarget } = placeOf(param.path, this.recipe.plan);
    const operation = this.known.get(op);
    const own = !inTarget && operation ? parametersOf(operation.schema).find((field) => field.name === name) : null;
    const base = { name, help: '', required: false, nullable: true, fallback: param.default ?? undefined };
    if (FILES.has(param.type)) return { ...base, kind: 'file' };
    if (param.type === 'list') return { ...base, kind: 'lines' };
    if (param.type === 'boolean') return { ...base, kind: 'flag', fallback: Boolean(param.default) };
    if (param.type === 'color') return { ...base, kind: 'colour' };
    if (param.type === 'choice') return { ...base, kind: 'choice', options: param.choices };
    if (own && ['range', 'number', 'text', 'amount'].includes(own.kind) && param.type !== 'text') return { ...own, ...base };
    if (param.type === 'number' || param.type === 'integer') return { ...base, kind: 'number', min: null, max: null, integer: param.type === 'integer' };
    return { ...base, kind: 'text', long: own?.long ?? false };
  }

  /** Whether everything fits; the first that does not gets the focus. */
  check() {
    const bad = [...this.rows.values()].filter((row) => {
      const found = faultOf(row.field, this.set[row.param.name] ?? row.param.default ?? undefined);
      row.say(found && t(found.key, found.values));
      return found;
    });
    bad[0]?.focus();
    return bad.length === 0;
  }

  /** Shows what the server found at the parameter that it names; false where there is none. */
  point(field, message) {
    const row = [...this.rows.values()].find(({ param }) => field === param.name || field === `values.${param.name}`);
    if (!row) return false;
    row.say(message);
    row.focus();
    return true;
  }
}

/** Controls that plans do not have. */
const OWN = {
  lines(field, { id, change }) {
    const input = h('textarea.plan-text', { id, rows: 3, placeholder: t('recipe.lines'), oninput: () => {
      const lines = input.value.split('\n').map((line) => line.trim()).filter(Boolean);
      change(lines.length ? lines : undefined);
    } });
    return { element: input, target: input, show(value) { input.value = (value ?? []).join('\n'); } };
  },

  /** A picture that is uploaded as soon as it is chosen; without one, the recipe's own. */
  file(field, { id, label, change, fault, form, param }) {
    const input = h('input.visually-hidden', { id: `${id}-file`, type: 'file', accept: 'image/*', tabIndex: -1, 'aria-hidden': 'true' });
    const choose = button(t('recipe.choose'), { id, 'aria-label': `${label}: ${t('recipe.choose')}`, onclick: () => input.click() }, 'image');
    const state = h('span.note', { role: 'status' });
    const shown = h('span.value-picture');
    const own = form.recipe.inputs.find((one) => one.key === param.default)?.image;
    const draw = (image) => shown.replaceChildren(image ? h('img', { src: `${api.API}/images/${encodeURIComponent(image.id)}/preview?side=96`, alt: '' }) : icon('image'));
    const names = {};
    input.addEventListener('change', async () => {
      const [file] = input.files;
      input.value = '';
      if (!file) return;
      form.loading += 1;
      state.textContent = t('recipe.loading');
      try {
        const image = await api.upload(file, () => {}).done;
        names[image.id] = image.name;
        change(image.id, true);
      } catch (error) { fault(error.message); state.textContent = ''; } finally { form.loading -= 1; }
    });
    return {
      element: h('div.value-file', {}, shown, choose, input, state), target: choose,
      show(value, set) {
        draw(set ? { id: value } : own);
        state.textContent = set ? names[value] ?? '' : own ? t('recipe.own') : t('recipe.needed');
      },
    };
  },
};
