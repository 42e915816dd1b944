// The page of a link that lets somebody in once: the first account, an invitation, a new password.
import { at } from '../base.js';
import { byId, h, icon } from '../dom.js';
import { failure } from '../failure.js';
import { applyLanguage, onLanguage, t, useWords } from '../i18n.js';
import { startSwitches } from '../switches.js';
import { lookAtLink, useLink } from './calls.js';
import { field, form, passwordField, textInput } from './form.js';

// out of the address at once, so that it stays in no history and on no photo of the screen
const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);

await useWords('signin');
applyLanguage();
startSwitches();
let link = null;
let problem = null;
onLanguage(draw);
await look();

async function look() {
  problem = null;
  if (token) {
    try { link = await lookAtLink(token); } catch (error) { problem = error; }
  }
  draw();
}

function draw() {
  document.title = `${t('welcome.page')} · Portico`;
  const place = byId('welcome');
  const typed = Object.fromEntries([...place.querySelectorAll('input[name]')].map((input) => [input.name, input.value]));
  place.replaceChildren(...(link ? open() : closed()));
  for (const [name, value] of Object.entries(typed)) { const input = place.querySelector(`input[name="${name}"]`); if (input && !input.readOnly) input.value = value; }
}

/** A link that is missing, used or too old. */
function closed() {
  const retry = problem && problem.code !== 'link_used_or_expired' ? look : null;
  return [h('h1', {}, t('welcome.closed')), problem ? failure(problem, { retry }) : h('p.lede', {}, t('welcome.missing')),
    !problem && h('p.note', {}, t('welcome.ask')), h('p', {}, h('a', { href: at('/login') }, t('welcome.login')))].filter(Boolean);
}

function open() {
  const { kind, role, name } = link;
  const words = kind === 'invite' ? `invite.${role}` : kind;
  const reset = kind === 'reset';
  const who = field({ name: 'name', label: t('field.name'), hint: reset ? null : t('welcome.nameRule'),
    control: textInput({ name: 'username', autocomplete: 'username', maxLength: 64, required: true, readOnly: reset, value: reset ? name ?? '' : '' }) });
  const password = passwordField({ name: 'password', label: t(reset ? 'field.newPassword' : 'field.password'), hint: t('welcome.passwordRule'), autocomplete: 'new-password' });
  password.control.name = 'password';
  password.control.minLength = 8;
  const sent = form({ fields: [who, password], action: t(`welcome.${reset ? 'resetDo' : 'do'}`), className: 'button primary wide', task: async (values) => {
    await useLink({ token, password: values.password, ...(!reset && { name: values.name.trim() }) });
    location.replace(at('/'));
  } });
  setTimeout(() => (reset ? password : who).control.focus());
  return [h('h1', {}, t(`welcome.${kind}.title`, { name: name ?? '' })),
    h('p.lede', {}, t(`welcome.${words}.text`, { host: location.host, name: name ?? '' })),
    kind === 'setup' && h('p.note.with-icon', {}, icon('info', 'icon small'), h('span', {}, t('welcome.setup.note'))), sent].filter(Boolean);
}
