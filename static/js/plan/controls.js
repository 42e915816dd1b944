// The controls of a form, one for each kind of field: each shows a value, or the default where none is set, and says when it is changed by hand.
import { clamp, h, icon, iconButton } from '../dom.js';
import { t } from '../i18n.js';
import { choiceName } from './words.js';

const option = (value, label, chosen) => h('option', { value, selected: value === chosen }, label);
const numeric = (input) => (input.value.trim() === '' ? undefined : input.valueAsNumber);

/** `{ element, show(value, set), focus }` for a field. `place`: `{ id, label, where, change(value), pictures() }`; `change(undefined)` takes the value back, `fault(words)` says why one is not taken. */
export function controlOf(field, place) {
  return (CONTROLS[field.kind] ?? json)(field, place);
}

const CONTROLS = { range, number, flag, choice, amount, colour, text, picture, numbers, points };

/** A slider and a number that follow each other; with as much room below nought as above it fills from the middle. */
function range(field, { id, label, change }) {
  const { min, max, integer, step, fallback } = field;
  const centred = min === -max;
  const rest = fallback ?? (centred ? 0 : min);
  const slider = h('input.plan-range', { type: 'range', min, max, step, 'aria-label': label, dataset: { centred: String(centred) }, oninput: () => { number.value = slider.value; paint(); change(slider.valueAsNumber); } });
  const number = h('input.plan-number', { id, type: 'number', min, max, step: integer ? 1 : 'any', inputMode: min < 0 ? 'text' : 'decimal', oninput: () => { const value = numeric(number); slider.value = Number.isFinite(value) ? value : rest; paint(); change(value); } });
  // a double click takes it back to where it was before anyone touched it
  slider.addEventListener('dblclick', () => change(undefined, true));
  const paint = () => {
    const share = (value) => `${(100 * clamp((value - min) / (max - min), 0, 1)).toFixed(2)}%`;
    const [at, from] = [slider.valueAsNumber, centred ? 0 : min];
    slider.style.setProperty('--from', share(Math.min(at, from)));
    slider.style.setProperty('--to', share(Math.max(at, from)));
  };
  return {
    element: h('div.plan-slide', {}, slider, number),
    target: number,
    show(value) {
      slider.value = value ?? rest;
      number.value = value ?? '';
      number.placeholder = t('plan.autoShort');
      paint();
    },
  };
}

function number(field, { id, change }) {
  const input = h('input.plan-number.wide', { id, type: 'number', min: field.min ?? undefined, max: field.max ?? undefined, step: field.integer ? 1 : 'any', oninput: () => change(numeric(input)) });
  return { element: input, target: input, show(value) { input.value = value ?? ''; input.placeholder = t('plan.auto'); } };
}

function flag(field, place) {
  if (field.fallback === null || field.fallback === undefined) return yesOrNo(field, place);
  const box = h('input', { id: place.id, type: 'checkbox', onchange: () => place.change(box.checked) });
  return { element: h('span.plan-check', {}, box), target: box, show(value) { box.checked = Boolean(value); } };
}

const yesOrNo = (field, place) => selection(place, [['true', t('plan.yes')], ['false', t('plan.no')]], (value) => value === 'true', String, !field.required);

function choice(field, place) {
  const options = field.options.map((value) => [value, choiceName(place.where, field.name, value)]);
  return selection(place, options, (value) => value, String, !field.required && (field.fallback === null || field.fallback === undefined));
}

/** A select of `[value, label]`; `open`: nothing may be chosen as well. */
function selection({ id, change }, options, read, write, open) {
  const select = h('select', { id, onchange: () => change(select.value === '' ? undefined : read(select.value)) });
  return {
    element: select,
    target: select,
    show(value) {
      const chosen = value === undefined || value === null ? '' : write(value);
      const unknown = chosen !== '' && !options.some(([one]) => one === chosen);
      select.replaceChildren(...(open || chosen === '' ? [option('', t('plan.auto'), chosen)] : []), ...options.map(([one, label]) => option(one, label, chosen)), ...(unknown ? [option(chosen, chosen, chosen)] : []));
    },
  };
}

/** Yes, no, or how much. */
function amount(field, place) {
  const slide = range({ ...field, fallback: undefined, integer: false, step: 0.01 }, { ...place, id: `${place.id}-n` });
  const kind = selection({ ...place, change: (value) => { place.change(value === 'much' ? 0.5 : value); show(value === 'much' ? 0.5 : value); } },
    [['true', t('plan.yes')], ['false', t('plan.no')], ['much', t('plan.much')]], (value) => (value === 'much' ? value : value === 'true'), (value) => (typeof value === 'number' ? 'much' : String(value)), !field.required);
  const show = (value) => {
    kind.show(value);
    slide.element.hidden = typeof value !== 'number';
    slide.show(typeof value === 'number' ? value : 0.5);
  };
  return { element: h('div.plan-amount', {}, kind.element, slide.element), target: kind.target, show };
}

/** A well and the text that it stands for: hex, a CSS name, or a word of the operation such as `auto`. */
function colour(field, { id, label, change }) {
  const well = h('input.plan-well', { type: 'color', 'aria-label': t('plan.well', { name: label }), oninput: () => { text.value = well.value; change(well.value); } });
  const text = h('input.plan-text', { id, type: 'text', spellcheck: false, autocomplete: 'off', oninput: () => { const value = text.value.trim(); paint(value); change(value === '' && !field.required ? undefined : value); } });
  const paint = (value) => {
    const hex = value ? hexOf(value) : null;
    well.dataset.none = String(!hex);
    well.value = hex ?? '#ffffff';
  };
  return { element: h('div.plan-colour', {}, well, text), target: text, show(value) { text.value = value ?? ''; text.placeholder = t('plan.auto'); paint(value); } };
}

/** `#rrggbb` of any colour that the browser knows and that is opaque, or null. */
function hexOf(value) {
  const pen = document.createElement('canvas').getContext('2d');
  // whoever is no colour leaves the pen as it was
  const read = (first) => { pen.fillStyle = first; pen.fillStyle = value; return pen.fillStyle; };
  const [one, other] = [read('#000000'), read('#ffffff')];
  return one === other && one.startsWith('#') ? one : null;
}

function text(field, { id, change }) {
  const set = () => change(input.value === '' && !field.required ? undefined : input.value);
  const input = field.long ? h('textarea.plan-text', { id, rows: 2, oninput: set }) : h('input.plan-text', { id, type: 'text', autocomplete: 'off', oninput: set });
  return { element: input, target: input, show(value) { input.value = value ?? ''; input.placeholder = field.required ? '' : t('plan.auto'); } };
}

/** Which picture: the current one, the original, another version, an earlier step; with its thumbnail where it has one. */
function picture(field, place) {
  const thumb = h('img.plan-picture', { alt: '', hidden: true });
  const show = (value) => {
    const known = place.pictures();
    select.replaceChildren(...(field.required && value ? [] : [option('', field.none ?? t('plan.none'), value ?? '')]), ...known.map((one) => option(one.value, one.label, value)),
      ...(value && !known.some((one) => one.value === value) ? [option(value, value, value)] : []));
    const url = known.find((one) => one.value === value)?.url;
    thumb.hidden = !url;
    if (url) thumb.src = url;
  };
  const select = h('select', { id: place.id, onchange: () => { place.change(select.value || undefined); show(select.value || undefined); } });
  return { element: h('div.plan-pick', {}, thumb, select), target: select, show };
}

/** A fixed number of numbers, such as a box. */
function numbers(field, { id, label, where, change }) {
  const sides = field.count === 4 ? ['x', 'y', 'w', 'h'] : Array.from({ length: field.count }, (_, i) => String(i + 1));
  const inputs = sides.map((side, i) => h('input.plan-number', { id: i ? undefined : id, type: 'number', step: 'any', 'aria-label': `${label}: ${choiceName(where, 'side', side)}`, oninput: () => {
    const values = inputs.map((input) => numeric(input));
    change(values.every((value) => value === undefined) ? undefined : values.map((value) => value ?? null));
  } }));
  return {
    element: h('div.plan-numbers', {}, sides.map((side, i) => h('label', {}, h('span', { 'aria-hidden': 'true' }, choiceName(where, 'side', side)), inputs[i]))),
    target: inputs[0],
    show(value) { inputs.forEach((input, i) => { input.value = value?.[i] ?? ''; }); },
  };
}

/** Clicks are made on the canvas; here they are counted and can be dropped. */
function points(field, { id, change }) {
  const count = h('output', { id });
  const drop = iconButton('x', t('plan.dropPoints'), { onclick: () => change(undefined, true) });
  return { element: h('div.plan-points', {}, count, drop), target: drop, show(value) { count.textContent = t('plan.points', { n: value?.length ?? 0 }); drop.hidden = !value?.length; } };
}

/** What no other control can hold. */
function json(field, { id, change, fault }) {
  const input = h('textarea.plan-text.plan-code', { id, rows: 2, spellcheck: false, oninput: () => {
    if (input.value.trim() === '') { change(undefined); return; }
    let value;
    try { value = JSON.parse(input.value); } catch { fault(t('plan.valueNotJson')); return; }
    change(value);
  } });
  return { element: input, target: input, show(value) { input.value = value === undefined || value === null ? '' : JSON.stringify(value); } };
}

/** The mark of a field's mask, as it opens the mask tool. */
export function maskButton(image, label, onclick) {
  return h('button.plan-mask', { type: 'button', 'aria-label': label, title: label, onclick }, image ? h('img', { src: image, alt: '' }) : null, icon('brush'), h('span', {}, label));
}
