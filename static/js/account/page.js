// The account page: its parts by the address's hash, each drawn by a file of its own when it is opened.
import { gate } from '../api.js';
import { byId, h } from '../dom.js';
import { failure } from '../failure.js';
import { applyLanguage, onLanguage, t, useWords } from '../i18n.js';
import { startSwitches } from '../switches.js';
import { at } from '../base.js';
import { me } from './calls.js';

const PARTS = {
  you: () => import('./you.js'),
  keys: () => import('./keys.js'),
  people: () => import('./people.js'),
  log: () => import('./log.js'),
};
const FOR_OWNERS = new Set(['people', 'log']);

/** `{ me, changed() }`: what every part is given; `changed()` asks anew who this is. */
const page = { me: null, changed: async () => { page.me = await me(); } };
let drawing = 0;

await Promise.all(['signin', 'badge', 'account'].map(useWords));
applyLanguage();
startSwitches();
onLanguage(draw);
addEventListener('hashchange', () => draw(true));
gate.addEventListener('ended', () => location.replace(at(`/login?next=${encodeURIComponent(location.pathname + location.hash)}`)));
async function start() {
  try {
    await page.changed();
    await draw();
  } catch (error) {
    byId('account-body').replaceChildren(failure(error, { retry: start }));
  }
}

const mine = () => Object.keys(PARTS).filter((part) => page.me.user.role === 'owner' || !FOR_OWNERS.has(part));

async function draw(moved = false) {
  if (!page.me) return;
  const turn = drawing += 1;
  if (!page.me.accounts) { nobody(); return; }
  const part = mine().find((one) => `#${one}` === location.hash) ?? 'you';
  document.title = `${t(`account.${part}`)} · Portico`;
  const nav = byId('account-nav');
  nav.hidden = false;
  nav.replaceChildren(...mine().map((one) => h('a', { href: `#${one}`, 'aria-current': one === part ? 'page' : null }, t(`account.${one}`))));
  const { drawPart } = await PARTS[part]();
  const children = await drawPart(page);
  if (turn !== drawing) return;
  byId('account-body').replaceChildren(...children);
  if (moved === true) { byId('account').focus({ preventScroll: true }); scrollTo(0, 0); }
}

/** On a server without accounts there is nothing to set. */
function nobody() {
  byId('account-body').replaceChildren(h('p.lede', {}, t('account.none')));
}

await start();
