// Signing in over the page after a sign-in has ended: nothing in the page is lost.
import { gate } from '../api.js';
import { at } from '../base.js';
import { button, h } from '../dom.js';
import { t } from '../i18n.js';
import { usePart } from '../part.js';
import { known } from './badge.js';
import { login } from './calls.js';
import { field, form, passwordField, textInput } from './form.js';

/** Resolves when the dialog is closed, whether or not somebody signed in. */
export async function resume() {
  await usePart('signin');
  if (!gate.ended) return;
  const opener = document.activeElement;
  const before = known();
  const name = field({ name: 'name', label: t('field.name'), control: textInput({ name: 'username', autocomplete: 'username', maxLength: 64, required: true, value: before?.name ?? '' }) });
  const password = passwordField({ name: 'password', label: t('field.password'), autocomplete: 'current-password' });
  const dialog = h('dialog.signin', { 'aria-labelledby': 'resume-title' });
  dialog.append(h('h2', { id: 'resume-title' }, t('login.title')), h('p', {}, t('login.again')),
    form({ fields: [name, password], action: t('login.do'), cancel: () => dialog.close(), task: async (values) => {
      const me = await login(values.name.trim(), values.password);
      // somebody else begins with a page of their own
      if (before && me.user.id !== before.id) location.assign(at('/'));
      else dialog.close();
    } }));
  document.body.append(dialog);
  const closed = new Promise((resolve) => { dialog.addEventListener('close', resolve); });
  // signed in elsewhere meanwhile
  const away = () => dialog.close();
  gate.addEventListener('back', away);
  dialog.showModal();
  (before ? password : name).control.focus();
  await closed;
  gate.removeEventListener('back', away);
  dialog.remove();
  if (opener?.isConnected) opener.focus();
  else document.getElementById('instruction')?.focus();
}
