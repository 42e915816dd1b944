// A job that ended: what was done, the picture with its slider, files, warnings, and what one can do next.
import { previewUrl } from './api.js';
import { comparison } from './compare.js';
import { correctionOf } from './correction.js';
import { button, h, icon } from './dom.js';
import { copyPicture, downloadMenu } from './download.js';
import { failure, warnings } from './failure.js';
import { bytes, seconds, t } from './i18n.js';
import { placingOf } from './placing.js';

/** Operations that work on the whole picture where no target is given. */
const WHOLE_WITHOUT_TARGET = new Set(['adjust', 'detail', 'match']);

/** Errors that the same plan meets every time. */
const AGAIN_IN_VAIN = new Set(['operation_unavailable', 'parameter_unavailable', 'target_unavailable', 'invalid_parameter', 'invalid_plan', 'unknown_operation']);

/** The card for a job that succeeded. `actions`: `reuse(image)`, `retry()`, `look(number)`, `correct(job)`, `move(job)`, `saveRecipe(n)`, `editPlan(job)`. */
export function doneCard(store, job, message, actions) {
  const version = store.version(job.version);
  const parent = version ? store.version(version.parent) : null;
  const words = job.words?.length ? job.words : message.words;
  const unchanged = leftAsItWas(job);
  const body = h('div.card-body', {}, doneWords(words, job, unchanged));
  body.append(...warnings(job));
  if (version) body.append(picture(version, parent, words, store.glow(job.id), actions));
  else if (job.target && store.version(job.target.version)) body.append(selection(store.version(job.target.version), job.target.mask));
  if (partOnly(job, version, job.plan ?? message.plan)) body.append(h('p.exact', {}, icon('shield'), h('span', {}, t('done.exact'))));
  if (job.remakes) body.append(h('p.exact', {}, icon('retry'), h('span', {}, t('done.remakes', { n: job.remakes }))));
  if (job.report_text) body.append(h('div.report', {}, job.report_text));
  if (job.files?.length) body.append(files(job.files));
  if (!version && Number.isInteger(job.version)) body.append(h('p.gone', {}, icon('trash'), h('span', {}, t('done.gone', { n: job.version }))));
  body.append(actionRow(store, job, version, message, actions));
  return h('article.card', { 'aria-label': `${t(unchanged ? 'done.unchanged' : 'done.title')}: ${words.join(', ')}`, dataset: { job: job.id, state: 'succeeded' } }, body);
}

/** Whether only a part was changed, and nothing around it: an edit of the whole picture leaves nothing to say that of. */
function partOnly(job, version, plan) {
  const whole = plan?.steps.some(({ op, params }) => WHOLE_WITHOUT_TARGET.has(op) && !params?.target);
  return (job.exact_outside_target || version?.exact_outside_target) && !whole;
}

/** A job without a result of any kind, whose notice says why: no check stands for what was not done. */
export const leftAsItWas = (job) => !Number.isInteger(job.version) && !job.files?.length && !job.report_text && !job.target && Boolean(job.warnings?.length);

function doneWords(words, job, unchanged) {
  const total = job.timings?.total_ms ?? job.elapsed_ms;
  return h('div.done-head', {}, h('ul.done-words', {}, words.map((word) => h('li.done-word', {}, icon(unchanged ? 'minus' : 'check'), h('span', {}, word))), unchanged && h('li.done-word.unchanged', {}, t('done.unchanged'))),
    total !== undefined && total !== null && h('span.done-time', {}, seconds(total)));
}

function picture(version, parent, words, glow, actions) {
  const box = comparison(version, parent, words.join(', '), glow);
  box.append(h('button.icon-button.open-canvas', { type: 'button', title: t('done.open'), 'aria-label': t('done.open'), onclick: () => actions.look(version.number) }, icon('expand')));
  return box;
}

/** What was selected, tinted in the picture that it was found in. */
function selection(version, mask) {
  const box = comparison(version, null, t('done.selection'));
  box.append(h('div.selected', { style: { maskImage: `url(${previewUrl(mask, 1024)})` } }));
  return box;
}

function files(list) {
  return h('div.files', { role: 'group', 'aria-label': t('done.files') }, list.map((file) => h('a.button.file', { href: `${file.url}${file.url.includes('?') ? '&' : '?'}download=true`, download: file.name ?? '', 'aria-label': t('done.file', { name: file.name }) },
    icon('download'), h('span.name', {}, file.name), h('span.note', {}, `${file.width}×${file.height} · ${bytes(file.bytes)}`))));
}

function actionRow(store, job, version, message, actions) {
  const download = version && button(t('done.download'), { 'aria-haspopup': 'menu', 'aria-expanded': 'false' }, 'download');
  download?.classList.add('main');
  download?.addEventListener('click', () => downloadMenu(download, version, job.files ?? []));
  return h('div.actions', {}, download,
    version && copyPicture.possible && button(t('done.copy'), { onclick: () => copyPicture(version.image) }, 'copy', 'button quiet'),
    placingOf(store, job) && button(t('done.move'), { onclick: () => actions.move(job) }, 'move', 'button quiet'),
    correctionOf(store, job) && button(t('done.correct'), { onclick: () => actions.correct(job) }, 'brush', 'button quiet'),
    version && button(t('done.reuse'), { onclick: () => actions.reuse(version.image) }, 'reuse', 'button quiet'),
    version && button(t('done.recipe'), { onclick: () => actions.saveRecipe(version.number) }, 'recipe', 'button quiet'),
    button(t('done.retry'), { onclick: actions.retry }, 'retry', 'button quiet'), editButton(job, message, actions));
}

/** Opens the plan that a job ran. */
function editButton(job, message, actions) {
  const plan = job.plan ?? message.plan;
  return plan && button(t('done.editPlan'), { onclick: () => actions.editPlan({ ...job, plan }) }, 'sliders', 'button quiet edit-plan');
}

/** The card for a job that was stopped. */
export const stoppedCard = (job, message, actions) => h('div.card', { dataset: { job: job.id, state: 'cancelled' } }, h('div.card-body', {},
  h('div.stopped', {}, h('span.grow', {}, t('stopped.title')), editButton(job, message, actions), button(t('stopped.retry'), { onclick: actions.retry }, 'retry'))));

/** The card for a job that failed: which step, why, and the way on. */
export function failedCard(job, message, words, actions) {
  const at = job.error?.step ?? job.step;
  const steps = words.length > 1 && Number.isInteger(at) && h('ol.steps', {}, words.map((word, i) => h('li.step', { dataset: { state: i < at ? 'done' : i === at ? 'failed' : 'stopped' } },
    h('span.mark', {}, i <= at && icon(i < at ? 'check' : 'x')), h('span.word', {}, word))));
  const why = failure(job.error ?? { code: 'failed', message: t('error.server', { status: job.id }) }, { reference: job.id, retry: AGAIN_IN_VAIN.has(job.error?.code) ? null : actions.retry, more: editButton(job, message, actions) });
  return h(`div${steps ? '.card' : ''}`, { dataset: { job: job.id, state: 'failed' } }, steps ? h('div.card-body', {}, steps, why) : why);
}

/** Wishes to begin with, where an answer in words leaves it open what to say. */
export const ideas = (send) => chips(t('ideas.title'), ['background', 'light', 'crop', 'look'].map((key) => t(`ideas.${key}`)), send);

/** What one often asks for next, as the server suggests it. */
export const suggestions = (job, send) => (job.suggestions?.length ? chips(t('done.suggestions'), job.suggestions, send) : null);

const chips = (label, texts, send) => h('div.suggestions', { role: 'group', 'aria-label': label }, texts.map((text) => h('button.chip', { type: 'button', onclick: () => send(text) }, text)));
