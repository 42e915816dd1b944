// The recipes in the left column: the newest first, and the way in for one from elsewhere.
import { button, h, icon } from '../dom.js';
import { t } from '../i18n.js';
import { usePart } from '../part.js';
import { importRecipe } from './save.js';

export async function drawList(place, recipes, host) {
  await usePart('recipe');
  const newest = [...recipes].sort((a, b) => (b.saved_at ?? '').localeCompare(a.saved_at ?? ''));
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.id : null;
  const input = h('input', { type: 'file', accept: '.json,application/json,image/*', hidden: true, tabIndex: -1, 'aria-hidden': 'true', onchange: () => { const [file] = input.files; input.value = ''; if (file) importRecipe(host, file); } });
  place.replaceChildren(
    newest.length ? h('ul', {}, newest.map((recipe) => h('li', {}, line(recipe, host)))) : h('p.shelf-none', {}, t('recipe.none')),
    h('div.shelf-foot', {}, button(t('recipe.import'), { onclick: () => input.click() }, 'folder', 'button quiet'), input));
  if (focused) place.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
}

function line(recipe, host) {
  return h('button.shelf-line', { type: 'button', dataset: { id: recipe.id }, onclick: () => host.openRecipe(recipe.id) },
    icon('recipe', 'icon small'), h('span.grow', {}, h('span.name', {}, recipe.name), h('span.note', {}, recipe.words.join(' · '))),
    recipe.warnings.length > 0 && h('span', { role: 'img', 'aria-label': t('recipe.warned') }, icon('warn', 'icon small')));
}
