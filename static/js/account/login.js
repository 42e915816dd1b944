// The sign-in page: the form is in the document, so that password managers know it.
import { at } from '../base.js';
import { byId } from '../dom.js';
import { applyLanguage, onLanguage, t, useWords } from '../i18n.js';
import { startSwitches } from '../switches.js';
import { login } from './calls.js';
import { attempt } from './form.js';
import { safeNext } from './next.js';

await useWords('signin');
applyLanguage();
startSwitches();
const title = () => { document.title = `${t('login.title')} · Portico`; };
title();
onLanguage(title);

const element = byId('login-form');
const [name, password] = [byId('login-name'), byId('login-password')];
element.addEventListener('submit', (event) => {
  event.preventDefault();
  attempt({ element, send: byId('login-send'), fault: byId('login-fault'), fields: [] }, async () => {
    try {
      await login(name.value.trim(), password.value);
    } catch (error) {
      // the name is kept, the password is what is written again
      password.select();
      throw error;
    }
    // a fragment (of the account page) has come along with the address bar
    location.replace(safeNext(`${new URLSearchParams(location.search).get('next') ?? ''}${location.hash}`) ?? at('/'));
  }).then(() => { if (!byId('login-fault').hidden) password.focus(); });
});
