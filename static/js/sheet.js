// A large dialog: a head with its title, a body that scrolls, a foot with what can be done; it gives the focus back.
import { h, iconButton } from './dom.js';
import { t } from './i18n.js';

let sheets = 0;

/** Opens it. `body` and `foot`: elements. Gives `{ dialog, body, foot, close(), title(words) }`; `closed()` is called once it is gone. */
export function openSheet({ title, body, foot = [], className = '', closed = () => {} }) {
  const opener = document.activeElement;
  const id = `sheet-${(sheets += 1)}`;
  const heading = h('h2', { id, tabIndex: -1 }, title);
  const inside = h('div.sheet-body', {}, body);
  const actions = h('footer.sheet-foot', {}, foot);
  const dialog = h('dialog.sheet', { 'aria-labelledby': id, className: `sheet ${className}` },
    h('header.sheet-head', {}, heading, iconButton('x', t('close'), { onclick: () => dialog.close() })), inside, actions, h('div.toasts', { role: 'status', 'aria-live': 'polite' }));
  // only a press that also began outside closes it: text that is selected may end there
  let outside = false;
  dialog.addEventListener('pointerdown', (event) => { outside = event.target === dialog; });
  dialog.addEventListener('click', (event) => { if (outside && event.target === dialog) dialog.close(); });
  dialog.addEventListener('close', () => { dialog.remove(); if (opener?.isConnected) opener.focus?.(); closed(); });
  document.body.append(dialog);
  dialog.showModal();
  heading.focus();
  return { dialog, body: inside, foot: actions, close: () => dialog.close(), title: (words) => { heading.textContent = words; } };
}
