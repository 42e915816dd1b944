// Short words for everyone: toasts to see, a polite live region to hear, an alert for what went wrong.
import { byId, h } from './dom.js';

const TOAST_MS = 3200;
let lastSaid = '';

/** Says `words` to a screen reader when it has time. */
export function say(words) {
  if (words === lastSaid) return;
  lastSaid = words;
  byId('announcer').textContent = words;
}

/** Says `words` at once. */
export function alarm(words) {
  byId('alarm').textContent = '';
  byId('alarm').textContent = words;
}

/** Shows `words` for a moment; the region they appear in is read aloud as well. */
export function toast(words) {
  const element = h('div.toast', {}, words);
  byId('toasts').replaceChildren(element);
  setTimeout(() => element.remove(), TOAST_MS);
}

/** Puts text on the clipboard and says how that went. */
export async function copyText(text, done, failed) {
  try {
    await navigator.clipboard.writeText(text);
    toast(done);
  } catch {
    toast(failed);
  }
}
