// Asks before what cannot be undone, and asks for a name; both give the focus back.
import { button, h } from './dom.js';
import { t } from './i18n.js';

/** Resolves to true where the person agreed. */
export const confirm = (title, text, action) => open(title, h('p', {}, text), action, 'button danger').then((answer) => answer === 'yes');

/** Resolves to the new text, or null where nothing is to change. */
export async function ask(title, value, action) {
  const input = h('input', { type: 'text', value, maxLength: 120, 'aria-label': title });
  const answer = open(title, input, action, 'button primary');
  input.select();
  const text = (await answer) === 'yes' ? input.value.trim() : '';
  return text && text !== value ? text : null;
}

function open(title, body, action, className) {
  return new Promise((resolve) => {
    const opener = document.activeElement;
    const form = h('form', { method: 'dialog' }, h('h2', { id: 'dialog-title' }, title), body,
      h('div.row', {}, button(t('cancel'), { type: 'submit', value: 'no', formNoValidate: true }), button(action, { type: 'submit', value: 'yes' }, null, className)));
    const dialog = h('dialog', { 'aria-labelledby': 'dialog-title' }, form);
    // Enter in the field means yes, although the first button of the form is "cancel"
    form.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && event.target.tagName === 'INPUT' && !event.isComposing) { event.preventDefault(); dialog.close('yes'); }
    });
    dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close('no'); });
    dialog.addEventListener('close', () => { dialog.remove(); opener?.focus?.(); resolve(dialog.returnValue); });
    document.body.append(dialog);
    dialog.showModal();
  });
}
