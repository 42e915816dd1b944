// Who is signed in, at the foot of the list of sessions: the menu with the account and the way out, and a calm line when storage runs low.
import { gate } from '../api.js';
import { at } from '../base.js';
import { byId, h, icon } from '../dom.js';
import { onLanguage, t } from '../i18n.js';
import { menuItem, showMenu } from '../menu.js';
import { usePart } from '../part.js';
import { toast } from '../announce.js';
import { logout, me } from './calls.js';
import { keepDraft, takeDraft } from './draft.js';

const AGAIN_MS = 60_000;
let now = null;

/** Who was signed in when the page last asked: `{ id, name, role }`, or null. */
export const known = () => now?.user ?? null;

/** Shows who is signed in; `composer` keeps what is written across a look at the account. */
export async function showWho(composer) {
  await usePart('badge');
  const place = h('div.who');
  byId('sidebar').querySelector('.sidebar-foot').prepend(place);
  const refresh = async () => {
    const first = !now;
    try { now = await me(); } catch { return; }
    if (first) takeDraft(now.user, composer);
    draw(place, composer);
  };
  await refresh();
  onLanguage(refresh);
  gate.addEventListener('back', refresh);
  setInterval(() => { if (document.visibilityState === 'visible' && !gate.ended) refresh(); }, AGAIN_MS);
}

function draw(place, composer) {
  if (!now.accounts) { place.replaceChildren(); return; }
  const { name } = now.user;
  const opener = h('button.who-button', { type: 'button', 'aria-haspopup': 'menu', 'aria-expanded': 'false' },
    h('span.who-mark', { 'aria-hidden': 'true' }, [...name][0]?.toUpperCase() ?? '?'), h('span.who-name', {}, name), h('span.visually-hidden', {}, t('who.hint')), icon('chevron', 'icon small'));
  opener.addEventListener('click', () => showMenu(opener, [
    menuItem('a', { href: at('/account'), onclick: () => keepDraft(now.user, composer) }, icon('sliders'), h('span.grow', {}, t('who.account'))),
    menuItem('a', { href: at('/account#keys'), onclick: () => keepDraft(now.user, composer) }, icon('code'), h('span.grow', {}, t('who.keys'))),
    now.user.role === 'owner' && menuItem('a', { href: at('/account#people'), onclick: () => keepDraft(now.user, composer) }, icon('shield'), h('span.grow', {}, t('who.people'))),
    h('hr'),
    menuItem('button', { type: 'button', onclick: signOut }, icon('out'), h('span.grow', {}, t('who.out'))),
  ].filter(Boolean), t('who.menu', { name })));
  const focused = place.contains(document.activeElement);
  place.replaceChildren(opener, ...now.warnings.map((warning) => h('p.who-warning', { dataset: { code: warning.code } }, icon('info', 'icon small'), h('span', {}, warning.message))));
  if (focused) opener.focus();
}

async function signOut() {
  try {
    await logout();
    location.assign(at('/login'));
  } catch (error) {
    toast(error.message);
  }
}
