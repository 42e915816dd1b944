// What is written in the composer, kept while the account is looked at; in this tab only, for the same person at the same address.
import { here } from '../base.js';
import { byId } from '../dom.js';

const KEY = 'portico-draft';

export function keepDraft(user, composer) {
  const draft = { user: user.id, path: here(), text: byId('instruction').value, images: composer.attachments.images };
  try {
    if (draft.text || draft.images.length) sessionStorage.setItem(KEY, JSON.stringify(draft));
  } catch { /* storage may be switched off */ }
}

export function takeDraft(user, composer) {
  let draft = null;
  try {
    draft = JSON.parse(sessionStorage.getItem(KEY));
    sessionStorage.removeItem(KEY);
  } catch { /* nothing kept */ }
  if (draft?.user !== user.id || draft.path !== here() || byId('instruction').value) return;
  for (const image of draft.images) composer.attachments.addImage(image);
  if (draft.text) composer.setText(draft.text);
}
