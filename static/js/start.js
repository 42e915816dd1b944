// The empty session: one line of what this is, six examples that run on a sample photo, and the privacy line.
import { at } from './base.js';
import { byId, h, icon } from './dom.js';
import { onLanguage, t } from './i18n.js';

const EXAMPLES = [
  { key: 'cutout', photo: 'allium' },
  { key: 'white', photo: 'astronaut' },
  { key: 'restore', photo: 'alps' },
  { key: 'enlarge', photo: 'chelsea' },
  { key: 'light', photo: 'rocket' },
  { key: 'crop', photo: 'coffee' },
];

/** `run(text, file)` sends the example's instruction with its photo. */
export function startScreen(run) {
  const draw = () => byId('start').replaceChildren(
    h('h2', {}, t('app.line')),
    h('p.lede', {}, t('app.lede')),
    h('p.privacy', {}, icon('lock'), h('span', {}, t('accounts' in document.documentElement.dataset ? 'privacyServer' : 'privacy'))),
    h('h3.start-title', {}, t('start.try')),
    h('div.start-cards', {}, EXAMPLES.map((example) => card(example, run))));
  draw();
  onLanguage(draw);
}

function card({ key, photo }, run) {
  const text = t(`start.${key}.text`);
  const element = h('button.example', { type: 'button' },
    h('img', { src: at(`/static/samples/${photo}-thumb.jpg`), alt: '', width: 320, height: 240 }),
    h('span.words', {}, h('b', {}, t(`start.${key}.title`)), h('span', {}, text)));
  element.addEventListener('click', async () => {
    element.disabled = true;
    await run(text, () => sample(photo)).catch(() => {});
    element.disabled = false;
  });
  return element;
}

async function sample(photo) {
  const response = await fetch(at(`/static/samples/${photo}.jpg`));
  if (!response.ok) throw new Error(t('error.sample'));
  return new File([await response.blob()], `${photo}.jpg`, { type: 'image/jpeg' });
}
