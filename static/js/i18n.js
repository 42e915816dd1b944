// The page's words, numbers, sizes and dates in the chosen language; a change of language redraws what listens.
import { at } from './base.js';

const LANGUAGES = ['zh', 'en'];
const listeners = new Set();
const parts = new Set();
let lang = initial();
let dictionary = await load(lang);

// only the language in use is loaded, and of that only the parts in use
async function load(name) {
  const files = await Promise.all([name, ...parts].map((file, i) => import(i === 0 ? `./i18n/${file}.js` : `./i18n/${file}.${name}.js`)));
  return Object.assign({}, ...files.map((file) => file.default));
}

/** Loads the words of a part of the page that is not there from the start. */
export async function useWords(part) {
  if (parts.has(part)) return;
  const { default: words } = await import(`./i18n/${part}.${lang}.js`);
  parts.add(part);
  Object.assign(dictionary, words);
}

function initial() {
  let stored = null;
  try { stored = localStorage.getItem('portico-lang'); } catch { /* storage may be switched off */ }
  if (LANGUAGES.includes(stored)) return stored;
  return document.documentElement.lang.startsWith('zh') ? 'zh' : 'en';
}

export const language = () => lang;
export const onLanguage = (listener) => listeners.add(listener);

/** Switches the language for the page and, by a cookie, for what the server renders. */
export async function setLanguage(next) {
  if (!LANGUAGES.includes(next)) return;
  dictionary = await load(next);
  lang = next;
  try { localStorage.setItem('portico-lang', next); } catch { /* kept by the cookie alone */ }
  applyLanguage();
  for (const listener of listeners) listener();
}

/** Writes the language into the document: `lang`, the cookie, and every element that names its words. */
export function applyLanguage(root = document) {
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  document.cookie = `portico_lang=${lang}; path=${at('') || '/'}; max-age=31536000; samesite=lax`;
  for (const element of root.querySelectorAll('[data-t]')) element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll('[data-t-placeholder]')) element.placeholder = t(element.dataset.tPlaceholder);
  for (const element of root.querySelectorAll('[data-t-label]')) {
    const words = t(element.dataset.tLabel);
    element.setAttribute('aria-label', words);
    if (element.tagName === 'BUTTON') element.title = words;
  }
}

/** The words for `key` as they stand, or undefined where there are none. */
export const wordsFor = (key) => dictionary[key];

/** The words for `key` with `{name}` filled in. */
export function t(key, values = {}) {
  const words = dictionary[key];
  if (words === undefined) throw new Error(`no words for ${key}`);
  return words.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}

const locale = () => (lang === 'zh' ? 'zh-CN' : 'en');

/** 0.1 s at least, 2.1 s below ten seconds, 14 s below a minute, 2 min 5 s above. */
export function seconds(ms) {
  const total = Math.max(ms / 1000, 0.1);
  if (total < 60) {
    const digits = total < 9.95 ? 1 : 0;
    return t('unit.seconds', { n: new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(total) });
  }
  return t('unit.minutes', { m: Math.floor(total / 60), s: Math.floor(total % 60) });
}

/** Bytes as B, KB or MB with at most one decimal. */
export function bytes(count) {
  const [value, unit] = count < 1000 ? [count, 'B'] : count < 999_500 ? [count / 1000, 'KB'] : [count / 1e6, 'MB'];
  return `${new Intl.NumberFormat(locale(), { maximumFractionDigits: value < 10 && unit !== 'B' ? 1 : 0 }).format(value)} ${unit}`;
}

export const percent = (fraction) => new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 0 }).format(fraction);
export const formatName = (format) => ({ png: 'PNG', jpeg: 'JPEG', webp: 'WebP', gif: 'GIF', bmp: 'BMP' })[format] ?? String(format ?? '').toUpperCase();

/** In which group of the sessions list a time belongs. */
export function dayGroup(iso) {
  const then = new Date(iso);
  const midnight = new Date();
  midnight.setHours(0, 0, 0, 0);
  if (then >= midnight) return 'sessions.today';
  if (midnight - then <= 86_400_000) return 'sessions.yesterday';
  return 'sessions.earlier';
}
