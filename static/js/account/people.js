// Everybody who has an account here, and the links that let somebody in; for owners.
import { copyText, say, toast } from '../announce.js';
import { confirm } from '../dialog.js';
import { button, byId, h, icon, iconButton } from '../dom.js';
import { t } from '../i18n.js';
import { menuItem, showMenu } from '../menu.js';
import { changeUser, invite, invites, removeUser, resetUser, users, withdrawInvite } from './calls.js';
import { ago, day, size } from './format.js';
import { field, form, loaded, secret, select } from './form.js';
import { askLimits } from './limits.js';
import { section } from './you.js';

export async function drawPart(page) {
  const list = h('div.rows', { id: 'user-list' });
  const link = h('div', { id: 'reset-place', 'aria-live': 'polite' });
  const draw = loaded(list, async () => (await users()).map((user) => row(page, user, { draw, link })));
  draw();
  return [section('people.title', link, list), invitations()];
}

function row(page, user, hooks) {
  const own = user.id === page.me.user.id;
  const more = iconButton('more', t('people.more', { name: user.name }), { 'aria-haspopup': 'menu', 'aria-expanded': 'false' });
  // the menu gives the focus back to its button first, so that a dialog can give it back there too
  const item = (name, words, onclick, danger = false) => menuItem('button', { type: 'button', onclick: () => setTimeout(onclick), ...(danger && { className: 'menu-item danger' }) }, icon(name), h('span.grow', {}, words));
  const change = (what, said) => act(hooks, said, () => changeUser(user.id, what), user.id);
  more.addEventListener('click', () => showMenu(more, [
    item('shield', t(user.role === 'owner' ? 'people.toMember' : 'people.toOwner'), () => change({ role: user.role === 'owner' ? 'member' : 'owner' }, t('people.changed', { name: user.name }))),
    item('sliders', t('people.limits'), async () => { const limits = await askLimits(user); if (limits) change({ limits }, t('people.changed', { name: user.name })); }),
    item('lock', t('people.reset'), () => reset(user, hooks)),
    !own && item(user.disabled ? 'check' : 'stop', t(user.disabled ? 'people.enable' : 'people.disable'), () => disable(user, change)),
    !own && item('trash', t('people.remove'), () => remove(user, hooks), true),
  ].filter(Boolean), t('people.more', { name: user.name })));
  const facts = [t(user.effective?.storage_bytes ? 'people.picturesOf' : 'people.pictures', { size: size(user.usage.storage_bytes), most: size(user.effective?.storage_bytes ?? 0) }), t('people.keys', { n: user.keys }), user.last_seen_at ? t('people.seen', { time: ago(user.last_seen_at) }) : t('people.unseen')];
  return h('div.row-item', { dataset: { user: user.id, disabled: String(user.disabled) } },
    h('div.grow', {}, h('p.row-title', {}, user.name, h('span.tag', {}, t(`role.${user.role}`)), own && h('span.tag', {}, t('people.you')), user.disabled && h('span.tag.off', {}, t('people.off'))),
      h('p.note', {}, facts.join(' · '))), more);
}

/** Does something to an account, draws the list anew and gives the focus back to the account's row. */
async function act({ draw }, said, task, id) {
  try {
    await task();
    say(said);
    toast(said);
  } catch (error) { toast(error.message); }
  await draw();
  (document.querySelector(`[data-user="${id}"] .icon-button`) ?? byId('people-title'))?.focus();
}

async function disable(user, change) {
  if (!user.disabled && !(await confirm(t('people.disableTitle', { name: user.name }), t('people.disableText'), t('people.disable')))) return;
  await change({ disabled: !user.disabled }, t('people.changed', { name: user.name }));
}

async function remove(user, hooks) {
  const words = t('people.removeText', { name: user.name, size: size(user.usage.storage_bytes), n: user.keys });
  if (await confirm(t('people.removeTitle', { name: user.name }), words, t('people.removeDo'))) {
    // a link for the account is worth nothing any more
    hooks.link.replaceChildren();
    await act(hooks, t('people.removed', { name: user.name }), () => removeUser(user.id), user.id);
  }
}

async function reset(user, { link }) {
  try {
    const made = await resetUser(user.id);
    link.replaceChildren(linkBox(t('people.resetLink', { name: user.name }), made, () => { link.replaceChildren(); byId('people-title')?.focus(); }));
    link.querySelector('input').focus();
  } catch (error) { toast(error.message); }
}

/** A link that is shown this once. */
function linkBox(title, { url, expires_at: until }, done) {
  return h('div.boxed.made', { role: 'group', 'aria-label': title }, h('h3', {}, title), h('p.notice', {}, icon('info'), h('span', {}, t('invites.once', { day: day(until) }))),
    h('div.secret', {}, secret(url, { 'aria-label': title }), button(t('invites.copy'), { onclick: () => copyText(url, t('invites.copied'), t('error.clipboard')) }, 'copy')),
    h('div.form-row', {}, button(t('invites.done'), { onclick: done }, null, 'button primary')));
}

function invitations() {
  const list = h('div.rows', { id: 'invite-list' });
  const place = h('div', { id: 'invite-place' });
  const draw = loaded(list, async () => {
    const open = await invites();
    return open.length ? open.map((one) => openInvite(one, draw)) : [h('p.note.empty', {}, t('invites.none'))];
  });
  const start = () => place.replaceChildren(makeInvite((made) => {
    place.replaceChildren(linkBox(t(`invites.link.${made.role}`), made, () => { start(); place.querySelector('select').focus(); }));
    place.querySelector('input').focus();
    draw();
  }));
  start();
  draw();
  return section('invites.title', h('p.note', {}, t('invites.text')), place, list);
}

function makeInvite(made) {
  const role = field({ name: 'role', label: t('invites.role'), control: select([['member', t('invites.member')], ['owner', t('invites.owner')]], 'member') });
  return form({ fields: [role], action: t('invites.make'), className: 'button', task: async (values) => made(await invite(values.role)) });
}

function openInvite(one, again) {
  const words = one.kind === 'invite' ? t(`invites.open.${one.role}`) : t(`invites.open.${one.kind}`, { name: one.name ?? '' });
  const withdraw = async () => {
    try {
      await withdrawInvite(one.id);
      say(t('invites.withdrawn'));
      await again();
      byId('invites-title')?.focus();
    } catch (error) { toast(error.message); }
  };
  return h('div.row-item', { dataset: { invite: one.id } }, h('div.grow', {}, h('p.row-title', {}, words), h('p.note', {}, t('invites.since', { made: day(one.created_at), until: day(one.expires_at) }))),
    button(t('invites.withdraw'), { onclick: withdraw, 'aria-label': `${t('invites.withdraw')}: ${words}` }));
}
