// What was done to accounts and keys, and by whom, newest first; for owners.
import { button, h } from '../dom.js';
import { failure } from '../failure.js';
import { t, wordsFor } from '../i18n.js';
import { audit } from './calls.js';
import { moment, size } from './format.js';
import { section } from './you.js';

const AT_ONCE = 50;

export async function drawPart() {
  const body = h('tbody');
  const place = h('div.form-row');
  const table = h('div.table-scroll', { role: 'region', 'aria-label': t('log.title'), tabIndex: 0 }, h('table.log', {}, h('thead', {}, h('tr', {}, ['time', 'actor', 'action'].map((name) => h('th', { scope: 'col' }, t(`log.${name}`))))), body));
  const load = async (before) => {
    try {
      const entries = await audit(before, AT_ONCE);
      const first = body.children.length;
      body.append(...entries.map(row));
      place.replaceChildren(...(entries.length === AT_ONCE ? [button(t('log.older'), { onclick: () => load(entries.at(-1).id) })] : []));
      if (before) (body.children[first] ?? table).scrollIntoView({ block: 'nearest' });
    } catch (error) {
      place.replaceChildren(failure(error, { retry: () => load(before) }));
    }
  };
  await load(null);
  return [section('log.title', h('p.note', {}, t('log.text')), body.children.length ? table : h('p.note.empty', {}, t('log.none')), place)];
}

const role = (name) => wordsFor(`role.${name}`) ?? name;

/** What an entry tells beside its subject, in words. */
function values({ action, subject, detail }) {
  if (action === 'key.add') return { subject, detail: detail.split(' ').map((scope) => wordsFor(`scope.${scope}`) ?? scope).join(', ') };
  if (action === 'user.limits') return { subject, detail: limitsOf(detail) };
  return { subject, detail, role: role(action === 'invite.add' ? subject : detail) };
}

/** The limits that an account has of its own. */
function limitsOf(text) {
  let limits;
  try { limits = JSON.parse(text); } catch { return text; }
  const own = [['storage_bytes', 'limits.storage', size], ['jobs_at_once', 'limits.jobs_at_once', String], ['requests_per_minute', 'limits.requests_per_minute', String]].filter(([name]) => Number.isInteger(limits[name]));
  return own.map(([name, words, shown]) => `${t(words).toLowerCase()}: ${limits[name] ? shown(limits[name]) : t('limits.off')}`).join(', ') || t('limits.configured');
}

/** An action that has no words yet is shown as it is written. */
const row = (entry) => h('tr', {}, h('td.when', {}, h('time', { dateTime: entry.time }, moment(entry.time))), h('td.who-did', {}, entry.actor),
  h('td', {}, wordsFor(`action.${entry.action}`) ? t(`action.${entry.action}`, values(entry)) : [entry.action, entry.subject, entry.detail].join(' ')));
