// Light, dark, or what the system says; the choice is kept on this device.
import { byId } from './dom.js';

export function startTheme() {
  const group = byId('theme-switch');
  group.addEventListener('click', (event) => {
    const choice = event.target.closest('[data-theme-choice]')?.dataset.themeChoice;
    if (!choice) return;
    document.documentElement.dataset.theme = choice;
    try { localStorage.setItem('portico-theme', choice); } catch { /* for this visit only */ }
    mark(group);
  });
  mark(group);
}

function mark(group) {
  for (const button of group.children) button.setAttribute('aria-pressed', String(button.dataset.themeChoice === document.documentElement.dataset.theme));
}
