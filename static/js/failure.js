// One box for everything that goes wrong: what happened, what to do, and the reference to copy.
import { copyText } from './announce.js';
import { button, h, icon } from './dom.js';
import { t } from './i18n.js';

/** `error`: an ApiError or `{code, message}`; `reference` where the error carries none; `name` of the file it is about; `retry`, `note`, `more`: another button. */
export function failure(error, { name = null, reference = null, note = null, retry = null, dismiss = null, more = null } = {}) {
  const id = error.requestId ?? reference;
  return h('div.failure', { dataset: { code: error.code ?? '' } }, icon('error'),
    h('div', {}, name && h('b', {}, `${name} `), error.message, note && ` ${note}`),
    (id || retry || dismiss || more) && h('div.row', {},
      retry && button(t('failed.retry'), { onclick: retry }, 'retry'),
      more, dismiss && button(t('dismiss'), { onclick: dismiss }),
      id && h('button.id', { type: 'button', title: t('error.copy'), 'aria-label': `${t('error.copy')} ${id}`, onclick: () => copyText(id, t('error.copied'), t('error.clipboard')) }, h('code', {}, t('error.id', { id })), icon('copy', 'icon small'))));
}

/** A picture's or a job's notices, one amber line each; `name` of the file where there are several. */
export const warnings = ({ warnings: notices }, name = null) => (notices ?? []).map((notice) => h('p.warning', { dataset: { code: notice.code } }, icon('warn'), h('span', {}, name && h('b', {}, `${name} `), notice.message)));
