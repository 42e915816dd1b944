// What can be done with one version: look, go on, compare, its plan, a file, and away with it and all that came of it.
import { toast } from './announce.js';
import { confirm } from './dialog.js';
import { h, icon } from './dom.js';
import { downloadMenu } from './download.js';
import { t } from './i18n.js';
import { menuItem, showMenu } from './menu.js';
import { descendants } from './planof.js';

/** Opens the menu of `version` at `anchor`. `actions`: `look(n)`, `checkout(n)`, `pick(n)`, `editPlan(version)`, `saveRecipe(n)`, `remove(n) → Promise`, `focus(n)`. */
export function versionMenu(store, version, anchor, actions) {
  const { number } = version;
  const busy = Boolean(store.runningJob);
  const item = (iconName, key, onclick, { disabled = false, danger = false } = {}) => menuItem('button', { type: 'button', className: `menu-item${danger ? ' danger' : ''}`, disabled, onclick }, icon(iconName), h('span.grow', {}, t(key)));
  const items = [
    item('eye', 'tree.look', () => actions.look(number)),
    item('here', 'tree.continue', () => actions.checkout(number), { disabled: busy || number === store.session.current }),
    item('compare', 'tree.compare', () => actions.pick(number), { disabled: store.versions.length < 2 }),
    version.plan && item('sliders', 'tree.plan', () => actions.editPlan(version)),
    version.plan && item('recipe', 'done.recipe', () => setTimeout(() => actions.saveRecipe(number))),
    // the menu of formats opens where this one was
    item('download', 'tree.download', () => setTimeout(() => downloadMenu(anchor, version, store.jobs.get(version.job)?.files ?? []))),
    h('hr'),
    item('trash', 'tree.delete', () => setTimeout(() => remove(store, number, actions)), { danger: true }),
  ];
  return showMenu(anchor, items.filter(Boolean), t('tree.menu', { n: number }));
}

/** Asks, says how many go, and does it. */
export async function remove(store, number, actions) {
  const more = descendants(store, number).length;
  const sure = await confirm(t('tree.deleteTitle', { n: number }), t(more ? 'tree.deleteBranch' : 'tree.deleteOne', { n: number, more, count: more + 1 }), t('tree.deleteDo', { count: more + 1 }));
  if (!sure) { actions.focus(number); return; }
  try {
    await actions.remove(number);
    toast(t('tree.deleted', { count: more + 1 }));
    actions.focus(null);
  } catch (error) { toast(error.message); }
}
