// The two switches of every page: the language, and light, dark or what the system says. Both are kept on this device.
import { byId } from './dom.js';
import { language, onLanguage, setLanguage } from './i18n.js';

export function startSwitches() {
  const themes = byId('theme-switch');
  const languages = byId('lang-switch');
  const pressed = (group, name, value) => { for (const button of group.children) button.setAttribute('aria-pressed', String(button.dataset[name] === value)); };
  const mark = () => { pressed(themes, 'themeChoice', document.documentElement.dataset.theme); pressed(languages, 'lang', language()); };
  themes.addEventListener('click', (event) => {
    const choice = event.target.closest('[data-theme-choice]')?.dataset.themeChoice;
    if (!choice) return;
    document.documentElement.dataset.theme = choice;
    try { localStorage.setItem('portico-theme', choice); } catch { /* for this visit only */ }
    mark();
  });
  languages.addEventListener('click', (event) => setLanguage(event.target.closest('[data-lang]')?.dataset.lang));
  onLanguage(mark);
  mark();
}
