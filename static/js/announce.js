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
  // the page is out of reach behind a dialog
  (document.querySelector('dialog[open] > .toasts') ?? byId('toasts')).replaceChildren(element);
  setTimeout(() => element.remove(), TOAST_MS);
}

/** Puts text on the clipboard and says how that went. */
export async function copyText(text, done, failed) {
  try {
    // over plain http in a network there is no clipboard but the old one
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else if (!copySelected(text)) throw new Error();
    toast(done);
  } catch {
    toast(failed);
  }
}

function copySelected(text) {
  const back = document.activeElement;
  const box = h('textarea.visually-hidden', { value: text });
  (back?.closest('dialog') ?? document.body).append(box);
  box.select();
  const copied = document.execCommand('copy');
  box.remove();
  back?.focus();
  return copied;
}
