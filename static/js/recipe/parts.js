// What the screens of recipes and batches show alike: steps in words, further pictures, the state of the models.
import { previewUrl } from '../api.js';
import { h, icon } from '../dom.js';
import { t } from '../i18n.js';
import { inputWords } from './words.js';

export const steps = ({ words }) => h('ol.recipe-steps', {}, words.map((word) => h('li', {}, word)));

/** The pictures and masks that a recipe brings along, and those that have to be given; null where there are none. */
export function pictures({ inputs }) {
  if (!inputs.length) return null;
  return h('section', {}, h('h3', {}, t('recipe.pictures')), h('ul.recipe-pictures', {}, inputs.map(({ key, image }) => h('li', {},
    image ? h('img', { src: previewUrl(image, 144), alt: '', width: 72, height: 72, loading: 'lazy' }) : h('span.placeholder', {}, icon('image')),
    h('span', {}, inputWords(key)), !image && h('span.note', {}, t('recipe.needed'))))));
}

/** Models by name with the beginning of their hash, folded. */
export function models({ pinned }) {
  const all = Object.entries(pinned);
  if (!all.length) return null;
  return h('details.plan-more', {}, h('summary', {}, t('recipe.models', { n: all.length })), h('p.note', {}, t('recipe.modelsHelp')),
    h('ul.recipe-models', {}, all.map(([name, hash]) => h('li', {}, h('span', {}, name), h('code', { title: hash }, hash.slice(0, 12))))));
}
