// One's own account: name, password, the space that pictures take, the devices that are signed in.
import { confirm } from '../dialog.js';
import { button, byId, h, icon } from '../dom.js';
import { percent, t } from '../i18n.js';
import { say, toast } from '../announce.js';
import { at } from '../base.js';
import { changeMe, endLogin, logins, logout } from './calls.js';
import { ago, device, moment, size } from './format.js';
import { field, form, loaded, passwordField, textInput } from './form.js';

export async function drawPart(page) {
  const devices = h('div.rows', { id: 'devices' });
  const drawDevices = loaded(devices, async () => (await logins()).map((login) => row(login, drawDevices)));
  devices.addEventListener('again', drawDevices);
  drawDevices();
  return [
    section('you.name', nameForm(page)),
    section('you.password', passwordForm(page.me.user)),
    section('you.space', ...space(page.me)),
    section('you.devices', h('p.note', {}, t('you.devicesText')), devices),
  ];
}

/** A part of the account under its heading. */
export function section(key, ...children) {
  const id = key.replaceAll('.', '-');
  return h('section.account-part', { 'aria-labelledby': id }, h('h2', { id, tabIndex: -1 }, t(key)), children);
}

function nameForm(page) {
  const { user } = page.me;
  const name = field({ name: 'name', hidden: true, label: t('field.name'), hint: t('you.nameText', { role: t(`role.${user.role}`) }), control: textInput({ value: user.name, autocomplete: 'username', maxLength: 64, required: true }) });
  return form({ fields: [name], action: t('save'), className: 'button', task: async (values) => {
    await changeMe({ name: values.name.trim() });
    await page.changed();
    toast(t('you.nameSaved'));
  } });
}

function passwordForm({ name }) {
  const old = passwordField({ name: 'old', label: t('you.oldPassword'), autocomplete: 'current-password' });
  const next = passwordField({ name: 'password', label: t('field.newPassword'), hint: t('welcome.passwordRule'), autocomplete: 'new-password' });
  next.control.minLength = 8;
  const element = form({ fields: [old, next], action: t('you.passwordDo'), className: 'button', extra: [h('input', { type: 'text', autocomplete: 'username', value: name, readOnly: true, hidden: true }), h('p.note', {}, t('you.passwordText'))], task: async (values) => {
    await changeMe({ password: { old: values.old, new: values.password } });
    element.reset();
    toast(t('you.passwordSaved'));
    byId('devices').dispatchEvent(new Event('again'));
  } });
  return element;
}

/** How much of what is allowed is used. */
function space({ usage, limits, warnings }) {
  const used = usage.storage_bytes;
  const most = limits.storage_bytes;
  const words = most ? t('you.used', { used: size(used), most: size(most) }) : t('you.usedOpen', { used: size(used) });
  const bar = h('div.meter', { role: 'meter', 'aria-label': t('you.space'), 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-valuenow': Math.min(100, Math.round((100 * used) / (most || 1))), 'aria-valuetext': words, dataset: { full: String(used >= 0.8 * most) } }, h('i'));
  bar.firstChild.style.width = `${Math.min(100, (100 * used) / (most || 1))}%`;
  const each = [limits.jobs_at_once && t('you.jobs', { n: limits.jobs_at_once }), limits.requests_per_minute && t('you.requests', { n: limits.requests_per_minute })].filter(Boolean);
  return [h('p', {}, words, most ? ` (${percent(used / most)})` : ''), most ? bar : null,
    ...warnings.map((warning) => h('p.notice', { dataset: { code: warning.code } }, icon('warn'), h('span', {}, warning.message))),
    each.length ? h('p.note', {}, each.join(' · ')) : null].filter(Boolean);
}

function row(login, again) {
  const end = async () => {
    try {
      if (login.current) {
        await logout();
        location.assign(at('/login'));
        return;
      }
      if (!(await confirm(t('you.endTitle'), t('you.endText', { device: device(login.agent) }), t('you.end')))) return;
      await endLogin(login.id);
      say(t('you.ended'));
      await again();
      byId('you-devices')?.focus();
    } catch (error) { toast(error.message); }
  };
  return h('div.row-item', { dataset: { login: login.id, current: String(login.current) } },
    h('div.grow', {}, h('p.row-title', {}, device(login.agent), login.current && h('span.tag', {}, t('you.thisDevice'))),
      h('p.note', {}, t('you.signedIn', { time: moment(login.created_at) }), ' · ', t('you.lastUsed', { time: ago(login.last_used_at) }))),
    button(t(login.current ? 'who.out' : 'you.end'), { onclick: end, 'aria-label': `${t(login.current ? 'who.out' : 'you.end')}: ${device(login.agent)}` }));
}
