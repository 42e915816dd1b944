// Forms about accounts: fields with their rule said beforehand and their fault beneath them, and a task that runs once at a time.
import { button, h } from '../dom.js';
import { failure } from '../failure.js';
import { onLanguage, t } from '../i18n.js';

/** Which field an error is about, where the server does not name it. */
const FIELD_OF = { wrong_credentials: 'password', wrong_password: 'old', password_too_short: 'password', password_too_long: 'password', name_invalid: 'name', name_taken: 'name' };
let made = 0;

/** A named control. `control` is the input or select, `after` stands beside it; `hidden`: the heading above says the label already. */
export function field({ name, label, hint = null, control, after = null, hidden = false }) {
  const id = `field-${made += 1}`;
  control.id = id;
  const fault = h('p.field-fault', { id: `${id}-fault`, hidden: true });
  const described = [hint && `${id}-hint`, `${id}-fault`].filter(Boolean).join(' ');
  control.setAttribute('aria-describedby', described);
  const element = h('div.field', {}, h(hidden ? 'label.visually-hidden' : 'label', { htmlFor: id }, label), hint && h('p.field-hint', { id: `${id}-hint` }, hint),
    after ? h('div.field-row', {}, control, after) : control, fault);
  return {
    name, element, control,
    say(words) {
      fault.textContent = words ?? '';
      fault.hidden = !words;
      control.toggleAttribute('aria-invalid', Boolean(words));
      if (words) control.setAttribute('aria-invalid', 'true');
    },
  };
}

export function textInput(props) {
  const input = h('input', { type: 'text', autocapitalize: 'none', ...props });
  input.spellcheck = false;
  return input;
}

/** A password that can be shown: `autocomplete` is `current-password` or `new-password`. */
export function passwordField({ name, label, hint = null, autocomplete }) {
  const control = h('input', { type: 'password', autocomplete, required: true, maxLength: 1024, autocapitalize: 'none' });
  const show = button(t('field.show'), { 'aria-pressed': 'false', onclick: () => {
    const shown = control.type === 'password';
    control.type = shown ? 'text' : 'password';
    show.setAttribute('aria-pressed', String(shown));
    show.lastChild.textContent = t(shown ? 'field.hide' : 'field.show');
  } }, null, 'button quiet show');
  return field({ name, label, hint, control, after: show });
}

/** A list to choose from: `options` of `[value, words]`. */
export const select = (options, value, props = {}) => {
  const control = h('select', props, options.map(([key, words]) => h('option', { value: key }, words)));
  control.value = value;
  return control;
};

/** What is to be copied, in a line that is marked as soon as it has the focus. */
export const secret = (value, props) => h('input', { type: 'text', readOnly: true, value, ...props, onfocus: ({ target }) => {
  target.select();
  // its beginning is what tells it from others
  setTimeout(() => { target.scrollLeft = 0; });
} });

/** A form: `task(values)` runs on submit; what goes wrong stands at its field or above the button, and has the focus. */
export function form({ fields, action, task, cancel = null, className = 'button primary', extra = [] }) {
  const fault = h('div.fault', { role: 'alert', hidden: true });
  const send = button(action, { type: 'submit' }, null, className);
  const element = h('form.fields', { method: 'post' }, fields.map((one) => one.element), extra, fault,
    h('div.form-row', {}, send, cancel && button(t('cancel'), { onclick: cancel })));
  element.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (element.ariaBusy === 'true') return;
    await attempt({ element, send, fault, fields }, () => task(Object.fromEntries(fields.map((one) => [one.name, one.control.value]))));
  });
  return element;
}

/** Runs a task for a form and says what went wrong in place. */
export async function attempt({ element, send, fault, fields }, task) {
  for (const one of fields) one.say(null);
  fault.hidden = true;
  fault.replaceChildren();
  element.ariaBusy = 'true';
  send.disabled = true;
  try {
    await task();
  } catch (error) {
    const about = fields.find((one) => one.name === (FIELD_OF[error.code] ?? error.field?.split('.').at(-1)));
    // the button is free again before the focus moves
    send.disabled = false;
    if (about) { about.say(error.message); about.control.focus(); about.control.select?.(); } else {
      // a reference helps where the server failed, not where a word was wrong
      fault.replaceChildren(failure(error.status < 500 ? { code: error.code, message: error.message } : error));
      fault.hidden = false;
      (fields[0]?.control ?? send).focus();
    }
  } finally {
    element.ariaBusy = 'false';
    send.disabled = false;
  }
}

/** A part of the page that is read from the server: `load()` gives elements; a failure stands in its place with a way to try again. */
export function loaded(element, load) {
  const draw = async () => {
    element.setAttribute('aria-busy', 'true');
    try {
      element.replaceChildren(...await load());
    } catch (error) {
      element.replaceChildren(failure(error, { retry: draw }));
    } finally {
      element.removeAttribute('aria-busy');
    }
  };
  onLanguage(() => { if (element.isConnected) draw(); });
  return draw;
}
