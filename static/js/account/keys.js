// API keys: made with a name and what they may do, shown once, listed by their beginning, revoked.
import { API } from '../api.js';
import { copyText, say, toast } from '../announce.js';
import { confirm } from '../dialog.js';
import { button, byId, h, icon } from '../dom.js';
import { t } from '../i18n.js';
import { keys, makeKey, revokeKey } from './calls.js';
import { ago, day } from './format.js';
import { field, form, loaded, secret, select, textInput } from './form.js';
import { section } from './you.js';

const DAYS = [30, 90, 365];

export async function drawPart(page) {
  const list = h('div.rows', { id: 'key-list' });
  const place = h('div', { id: 'key-place' });
  const draw = loaded(list, async () => {
    const all = await keys();
    return all.length ? all.map((key) => row(key, draw)) : [h('p.note.empty', {}, t('keys.none'))];
  });
  const start = button(t('keys.make'), { id: 'key-start', onclick: () => open() }, 'plus', 'button');
  const open = () => {
    const element = makeForm(page, (made) => { place.replaceChildren(shown(made, done)); byId('made-key').focus(); draw(); }, () => done());
    place.replaceChildren(element);
    element.querySelector('input').focus();
  };
  const done = () => { place.replaceChildren(start); start.focus(); };
  place.append(start);
  draw();
  return [section('keys.title', h('p.note', {}, t('keys.text')), place, list)];
}

/** `made(key)` when there is one, `cancel()` otherwise. */
function makeForm(page, made, cancel) {
  const name = field({ name: 'name', label: t('keys.name'), hint: t('keys.nameText'), control: textInput({ maxLength: 64, required: true, autocomplete: 'off' }) });
  const expiry = field({ name: 'expiry', label: t('keys.expiry'), control: select([...DAYS.map((n) => [String(n), t('keys.days', { n })]), ['', t('keys.never')]], '90') });
  const number = (key) => field({ name: key, label: t(`limits.${key}`), control: h('input', { type: 'number', min: '1', step: '1', inputMode: 'numeric', placeholder: t('limits.own') }) });
  const [requests, jobs] = [number('requests_per_minute'), number('jobs_at_once')];
  const scopes = scopeChoice(page.me.user.role === 'owner');
  const more = h('details.more', {}, h('summary', {}, t('keys.limits')), h('div.fields', {}, requests.element, jobs.element));
  const element = form({ fields: [name, expiry, requests, jobs], action: t('keys.do'), cancel, task: async (values) => {
    const limits = Object.fromEntries([requests, jobs].filter((one) => values[one.name]).map((one) => [one.name, Number(values[one.name])]));
    made(await makeKey({ name: values.name.trim(), scopes: scopes.chosen(), ...(values.expiry && { expires_in_days: Number(values.expiry) }), ...(Object.keys(limits).length && { limits }) }));
  } });
  // in the order in which one thinks of them: name, what it may do, how long, limits
  name.element.after(scopes.element);
  expiry.element.after(more);
  more.querySelector('.fields').append(requests.element, jobs.element);
  element.classList.add('boxed');
  return element;
}

/** What a key may do: one of three, and with an owner's key the accounts as well. */
function scopeChoice(owner) {
  const one = (type, value, checked) => h('label.choice', {}, h('input', { type, name: type === 'radio' ? 'scope' : 'admin', value, checked }), h('span', {}, h('b', {}, t(`scope.${value}`)), h('span.note', {}, t(`scope.${value}.text`))));
  const element = h('fieldset.choices', {}, h('legend', {}, t('keys.scopes')), one('radio', 'edit', true), one('radio', 'batch'), one('radio', 'read'), owner && one('checkbox', 'admin'));
  return { element, chosen: () => [...element.querySelectorAll('input:checked')].map((input) => input.value) };
}

/** The key itself, which is never shown again, with a call that uses it. */
function shown({ key, name, scopes }, done) {
  const quick = scopes.some((scope) => scope === 'edit' || scope === 'batch');
  const lines = quick
    ? [`export PORTICO_KEY='${key}'`, `curl -sS --fail-with-body '${location.origin}${API}/edit' \\`, '  -H "Authorization: Bearer $PORTICO_KEY" \\', '  -F image=@photo.jpg -F instruction="crop to 1:1" -o result.png']
    : [`export PORTICO_KEY='${key}'`, `curl -sS --fail-with-body '${location.origin}${API}/sessions' \\`, '  -H "Authorization: Bearer $PORTICO_KEY"'];
  const copy = (text, id) => button(t('keys.copy'), { id, onclick: () => copyText(text, t('keys.copied'), t('error.clipboard')) }, 'copy');
  return h('div.boxed.made', { role: 'group', 'aria-label': t('keys.made', { name }) },
    h('h3', {}, t('keys.made', { name })), h('p.notice', {}, icon('warn'), h('span', {}, t('keys.once'))),
    h('div.secret', {}, secret(key, { id: 'made-key', 'aria-label': t('keys.key') }), copy(key, 'copy-key')),
    h('p.note', {}, t('keys.example')), h('div.secret.code', {}, h('pre', { tabIndex: 0, 'aria-label': t('keys.example') }, lines.join('\n')), copy(lines.join('\n'), 'copy-example')),
    h('div.form-row', {}, button(t('keys.saved'), { onclick: done }, null, 'button primary')));
}

function row(key, again) {
  const revoke = async () => {
    if (!(await confirm(t('keys.revokeTitle', { name: key.name }), t('keys.revokeText'), t('keys.revoke')))) return;
    try {
      await revokeKey(key.id);
      say(t('keys.revoked', { name: key.name }));
      await again();
      byId('keys-title')?.focus();
    } catch (error) { toast(error.message); }
  };
  const limits = ['requests_per_minute', 'jobs_at_once'].filter((name) => key.limits?.[name]).map((name) => t(`limits.${name}.short`, { n: key.limits[name] }));
  const facts = [key.last_used_at ? t('keys.lastUsed', { time: ago(key.last_used_at) }) : t('keys.unused'), key.expires_at ? t('keys.until', { day: day(key.expires_at) }) : t('keys.forever'), ...limits];
  return h('div.row-item', { dataset: { key: key.id } },
    h('div.grow', {}, h('p.row-title', {}, key.name, key.scopes.map((scope) => h('span.tag', {}, t(`scope.${scope}`)))), h('p.note', {}, h('code', {}, `${key.hint}…`), ' · ', facts.join(' · '))),
    button(t('keys.revoke'), { onclick: revoke, 'aria-label': `${t('keys.revoke')}: ${key.name}` }));
}
