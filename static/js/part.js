// Parts of the page that are there from their first use on: their style and their words; their code is imported by who opens them.
import { at } from './base.js';
import { h } from './dom.js';
import { useWords } from './i18n.js';

/** Loads `css/{name}.css` and the words of `i18n/{name}.*.js`, once. */
export async function usePart(name) {
  const style = document.head.querySelector(`[data-part="${name}"]`) ?? h('link', { rel: 'stylesheet', href: at(`/static/css/${name}.css`), dataset: { part: name } });
  const styled = style.sheet ? null : new Promise((resolve, reject) => { style.addEventListener('load', resolve); style.addEventListener('error', reject); });
  if (!style.isConnected) document.head.append(style);
  await Promise.all([styled, useWords(name)]);
}
