// What one account may use: asked in a dialog; an empty field means what the configuration says, 0 means no limit.
import { h } from '../dom.js';
import { t } from '../i18n.js';
import { field, form } from './form.js';

const GIGABYTE = 1e9;

/** Resolves to `{ requests_per_minute, jobs_at_once, storage_bytes }` with `null` for "as configured", or to null where nothing is to change. */
export function askLimits(user) {
  return new Promise((resolve) => {
    const opener = document.activeElement;
    const number = (name, value, step) => field({ name, label: t(`limits.${name}`), control: h('input', { type: 'number', min: '0', step, inputMode: 'decimal', value: value ?? '', placeholder: t('limits.configured') }) });
    const { limits } = user;
    const fields = [
      number('storage_gb', limits.storage_bytes === null || limits.storage_bytes === undefined ? null : limits.storage_bytes / GIGABYTE, 'any'),
      number('jobs_at_once', limits.jobs_at_once, '1'),
      number('requests_per_minute', limits.requests_per_minute, '1'),
    ];
    let answer = null;
    const dialog = h('dialog.signin', { 'aria-labelledby': 'limits-title' });
    const given = (text, factor = 1) => (text === '' ? null : Math.round(Number(text) * factor));
    dialog.append(h('h2', { id: 'limits-title' }, t('people.limitsOf', { name: user.name })), h('p', {}, t('limits.text')), form({ fields, action: t('save'), cancel: () => dialog.close(), task: async (values) => {
      answer = { requests_per_minute: given(values.requests_per_minute), jobs_at_once: given(values.jobs_at_once), storage_bytes: given(values.storage_gb, GIGABYTE) };
      dialog.close();
    } }));
    dialog.addEventListener('close', () => { dialog.remove(); opener?.focus?.(); resolve(answer); });
    document.body.append(dialog);
    dialog.showModal();
  });
}
