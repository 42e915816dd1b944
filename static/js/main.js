// Puts the page together: the address decides the session, the store holds it, every part draws from the store.
import * as api from './api.js';
import { picturesOf, withVersions } from './again.js';
import { say, toast } from './announce.js';
import { Composer } from './composer.js';
import { Conversation } from './conversation.js';
import { at, here } from './base.js';
import { startDrop } from './drop.js';
import { correctionOf } from './correction.js';
import { byId } from './dom.js';
import { applyLanguage, language, onLanguage, t } from './i18n.js';
import { startLayout } from './layout.js';
import { usePart } from './part.js';
import { planAsked, planOf } from './planof.js';
import { ConnectionBanner } from './banner.js';
import { Sessions } from './sessions.js';
import { Shelf } from './shelf.js';
import { LiveLine } from './socket.js';
import { startScreen } from './start.js';
import { Store } from './store.js';
import { startSwitches } from './switches.js';

const store = new Store();
let line = null;
let opening = 0;
let canvasComing = null;

applyLanguage();
startSwitches();
const layout = startLayout(store);
const banner = new ConnectionBanner(store, () => line?.retryNow());
const conversation = new Conversation(store, {
  send: (text) => quietly(send({ text, images: [], fromVersion: null })),
  answer: (question, option, label) => quietly(answer(question, option, label)),
  stop,
  retry,
  reuse: (image) => { composer.attachments.addImage(image); layout.show('chat'); byId('instruction').focus(); toast(t('done.reused')); },
  look: (number) => { store.look(number); layout.show('canvas'); },
  correct: (job) => quietly(correct(job)),
  move: (job) => quietly(move(job)),
  editPlan: (job) => quietly(editPlan(() => planOf(store, store.jobs.get(job.id) ?? job))),
  saveRecipe: (version) => quietly(saveRecipe(version)),
  openRecipe: (id) => quietly(openRecipe(id)),
  editOption: (question, option) => quietly(editPlan(() => planAsked(store, question.options[option].plan, []))),
});
const composer = new Composer(store, { send, stop: () => store.runningJobs.forEach((job) => stop(job.id)), editLast, openMask: () => quietly(openMask()) });
store.on('versions', () => { if (store.versions.length) theCanvas().catch(() => {}); });
const sessions = new Sessions(store, { open: (id) => { navigate(`/s/${id}`); layout.closeDrawer(); }, fresh });
/** What recipes and batches do with the rest of the page. */
const host = {
  store, layout,
  get images() { return composer.attachments.images; },
  get uploading() { return composer.attachments.uploading; },
  run: runRecipe, openRecipe,
  go: (path) => { navigate(path); layout.closeDrawer(); },
  refresh: (told = true) => shelf.refresh(told),
};
const shelf = new Shelf(host);
let screen = null;
startDrop((transfer) => quietly(dropped(transfer)));
startScreen(async (text, loadSample) => {
  composer.attachments.addFiles([await loadSample().catch((error) => { toast(error.message); throw error; })]);
  composer.setText(text);
  await composer.submit();
});

byId('new-session').addEventListener('click', () => { fresh(); layout.closeDrawer(); });
byId('brand').addEventListener('click', (event) => { if (!event.metaKey && !event.ctrlKey) { event.preventDefault(); fresh(); layout.closeDrawer(); } });
onLanguage(() => { if (store.session) quietly(resync()); });
addEventListener('popstate', () => route());
// a page that slept (a phone in a pocket) may have missed the end of its socket
addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible' && store.session) resync().catch(() => line?.retryNow()); });
api.gate.addEventListener('ended', () => banner.ended(signIn));
api.gate.addEventListener('back', goOn);
if ('accounts' in document.documentElement.dataset) import('./account/badge.js').then(({ showWho }) => showWho(composer)).catch(() => {});
sessions.refresh();
shelf.refresh();
route();

/** The canvas, which comes with the first picture. */
function theCanvas() {
  canvasComing ??= Promise.all([import('./canvas.js'), usePart('tree')]).then(([{ Canvas }]) => new Canvas(store, {
    checkout: (number) => quietly(checkout(number)), runMask: (mask) => quietly(runMask(mask)), runPlacing: (task, places) => quietly(runPlacing(task, places)),
    editPlan: (version) => quietly(editPlan(() => planOf(store, store.jobs.get(version.job) ?? (version.job ? { id: version.job } : null), store.version(version.number)))),
    saveRecipe: (number) => quietly(saveRecipe(number)),
    remove: (number) => api.deleteVersion(store.session.id, number).then((gone) => store.dropVersions({ ...gone, numbers: gone.deleted })),
  }), (error) => { canvasComing = null; throw error; });
  return canvasComing;
}

/** Asks for name and password over the page, where everything stays as it is. */
async function signIn() {
  const { resume } = await import('./account/resume.js');
  await resume();
}

/** After a sign-in that had ended: what failed for want of it is done. */
function goOn() {
  banner.hide();
  composer.signedIn();
  sessions.refresh();
  shelf.refresh();
  if (!store.session) route();
  else if (store.connection === 'open') quietly(resync());
  else line?.retryNow();
}

function navigate(path, replace = false) {
  if (path !== here() + location.search) history[replace ? 'replaceState' : 'pushState'](null, '', at(path));
  route();
}

function fresh() {
  composer.attachments.dropFailed();
  navigate('/');
  byId('instruction').focus();
}

/** Opens the session that the address names, or the empty start. */
async function route() {
  const id = here().match(/^\/s\/([\w-]+)$/)?.[1] ?? null;
  showScreen(here().match(/^\/b\/([\w-]+)$/)?.[1] ?? null);
  if (id === (store.session?.id ?? null) && store.session) return;
  const mine = ++opening;
  banner.leave();
  line?.close();
  line = null;
  store.clear();
  conversation.reset();
  store.emit('session');
  store.emit('versions');
  store.emit('messages');
  store.emit('looking');
  store.emit('connection');
  if (!id) { layout.loading(false); return; }
  layout.loading(true);
  try {
    const snapshot = await api.session(id);
    if (mine === opening) { store.load(snapshot); connect(id); }
  } catch (error) {
    if (mine !== opening) return;
    if (error.status === 404) { navigate('/', true); banner.notHere(); } else if (error.status !== 401) { banner.failed(error, () => route()); }
  } finally {
    if (mine === opening) layout.loading(false);
  }
}

/** The screen of a batch, or of a new one, in the place of conversation and canvas; null leaves it. */
function showScreen(batch) {
  const app = byId('app');
  if (batch) app.dataset.screen = batch;
  else delete app.dataset.screen;
  if (batch) screen ??= import('./batch/screen.js');
  screen?.then((part) => part.show(host, batch), (error) => { screen = null; toast(error.message); });
}

/** Files that were dropped: a batch's on its screen, a recipe, a folder to be worked through, or pictures to talk about. */
async function dropped(transfer) {
  const files = [...transfer.files];
  const folder = [...transfer.items].some((item) => item.webkitGetAsEntry?.()?.isDirectory);
  if (files.length === 1 && /\.json$/i.test(files[0].name)) { (await import('./recipe/save.js')).importRecipe(host, files[0]); return; }
  if (folder || byId('app').dataset.screen || files.some((file) => /\.zip$/i.test(file.name))) {
    // what is in a folder can be read only now
    const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
    if (!byId('app').dataset.screen) navigate('/b/new');
    (await screen).take(entries);
    return;
  }
  composer.addFiles(files);
  layout.show('chat');
}

async function saveRecipe(version) {
  await (await import('./recipe/save.js')).saveVersion(host, version);
}

async function openRecipe(id) {
  await (await import('./recipe/view.js')).openRecipe(host, id);
}

/** Runs a recipe on the pictures that wait in the composer, else on the picture in sight. */
async function runRecipe(recipe, name) {
  if (store.runningJob) throw new api.ApiError({ code: 'busy', message: t('composer.busy') });
  if (byId('app').dataset.screen) navigate('/');
  const taken = composer.attachments.take();
  const items = taken.filter((item) => item.image);
  composer.attachments.putBack(taken.filter((item) => !item.image));
  try {
    await send({ text: name, recipe, images: items.map((item) => item.image), fromVersion: items.length ? null : store.looking });
  } catch (error) {
    composer.attachments.putBack(items);
    throw error;
  }
}

function connect(id) {
  line = new LiveLine(id, store.lastSeq, {
    resync: async () => { await resync(); return store.lastSeq; },
    event: (event) => { store.apply(event); if (event.type === 'job.queued') quietly(lookUp(event.job)); },
    preview: (event, blob) => store.preview(event, blob),
    state: (state) => { store.setConnection(state); if (state === 'ended') api.signInEnded(); },
  });
}

/** What events do not say of a job that this page did not ask for: in whose place it stands and what is made again after it. */
async function lookUp(jobId) {
  if (store.jobs.get(jobId)?.created_at) return;
  const { follows, remakes } = await api.job(jobId);
  const known = store.jobs.get(jobId);
  if (known && remakes) store.addJob({ id: jobId, state: known.state, follows, remakes });
}

/** Fetches the open session anew; what events could not bring is there afterwards. */
async function resync() {
  const { id } = store.session;
  try {
    const snapshot = await api.session(id);
    if (store.session?.id === id && snapshot.last_seq >= store.lastSeq) store.load(snapshot);
  } catch (error) {
    if (error.status === 404 && store.session?.id === id) { toast(t('sessions.gone')); navigate('/', true); }
    throw error;
  }
}

document.addEventListener('export-layers', ({ detail: { version, format } }) => {
  const input = version === store.session?.current ? {} : { input: `version:${version}` };
  quietly(send({ text: t('download.layersOf', { n: version, format: format.toUpperCase() }), images: [], plan: { version: 1, steps: [{ op: 'export', ...input, params: { format } }] } }));
});

/** Sends an instruction; it shows at once and is replaced by the server's message, once. */
async function send({ text, images, mask = null, lut = null, maskId = null, fromVersion, plan, recipe, insteadOf = null, follow = false, upto = null }) {
  const clientId = `local-${crypto.randomUUID?.() ?? Math.random()}`;
  store.addPending({ clientId, text, images, plan: plan ?? recipe ?? (text ? null : lut) });
  layout.sent();
  try {
    const id = await ensureSession();
    const marked = mask ? (await api.upload(await mask.file(), () => {}).done).id : maskId;
    const answer = await api.sendMessage(id, { ...(recipe ? { recipe } : plan ? { plan } : { text }), images: images.map((image) => image.id), ...(marked && { mask: marked }), ...(lut && { lut }), ...(fromVersion && { from_version: fromVersion }),
      ...(insteadOf && { instead_of: insteadOf, follow, ...(upto && { upto }) }) });
    if (store.session?.id === id) take(answer);
  } finally {
    store.dropPending(clientId);
  }
}

function take({ message, answer, answers, job, command }) {
  if (job) store.addJob(job);
  if (message) store.addMessage(message);
  for (const one of answers ?? [answer]) if (one) store.addMessage(one);
  store.look(null);
  const current = command || store.connection !== 'open' ? quietly(resync()) : null;
  if (command?.name === 'recipe') shelf.refresh(true);
  if (command?.name === 'compare') quietly(compare(command, current));
  sessions.refresh();
}

/** "Compare with the original": the two are put onto the canvas. */
async function compare({ a, b }, current) {
  await current;
  const canvas = await theCanvas();
  canvas.compare(a, b);
  layout.show('canvas');
}

async function ensureSession() {
  if (store.session) return store.session.id;
  const session = await api.createSession();
  store.session = session;
  history.pushState(null, '', at(`/s/${session.id}`));
  store.emit('session');
  connect(session.id);
  sessions.tell();
  return session.id;
}

/** Answers a question. An option that works on a marked area takes the one that waits, or opens the tool to mark one. */
async function answer(question, option, label, mask = null) {
  if (!mask && JSON.stringify(question.options[option].plan).includes('"mask":"upload"')) {
    const task = { role: 'changed', question, option, label };
    if (composer.mask) { composer.mask.task = task; await runMask(composer.mask); return; }
    await markArea(task);
    return;
  }
  const asked = store.messages.find((m) => m.question?.id === question.id);
  const mark = (answered) => store.addMessage({ ...asked, question: { ...asked.question, answered } });
  // the option is counted from 0, what is answered from 1
  mark(option + 1);
  store.addPending({ clientId: question.id, text: label, images: [] });
  try {
    const marked = mask && await api.upload(await mask.file(), () => {}).done;
    take(await api.sendMessage(store.session.id, { answer: { question: question.id, option }, ...(marked && { mask: marked.id }) }));
  } catch (error) {
    mark(null);
    throw error;
  } finally {
    store.dropPending(question.id);
  }
}

async function stop(jobId) {
  store.stopping(jobId, true);
  try {
    store.addJob(await api.cancelJob(jobId));
  } catch (error) {
    store.stopping(jobId, false);
    toast(error.message);
  }
}

/** The same instruction again, from the picture that it started from. */
function retry(message) {
  const asked = store.messages.find((m) => m.id === message.reply_to);
  if (!asked || store.runningJob) return;
  const made = store.version(store.jobs.get(message.job)?.version);
  const pictures = picturesOf(store, { id: message.job });
  const root = store.versions.find((v) => v.kind === 'upload' && v.image.id === pictures[0]?.id);
  const fromVersion = made?.parent ?? root?.number ?? null;
  const { plan, words } = message;
  // the words alone may not say with which mask or picture, from which version or at what place; the plan does
  const exact = asked.mask || plan?.steps.some(({ op, params }) => op === 'filter' && params?.lut) || (/^(用配方“|Run the recipe “)/.test(asked.text) && !JSON.stringify(plan).includes('"image:')) || ['，', ', '].some((comma) => words.join(comma) === asked.text) || /"(image|version):\d/.test(JSON.stringify(plan));
  const again = exact && plan && { plan: fromVersion ? withVersions(store, { id: message.job }, plan) : plan, maskId: asked.mask?.id };
  quietly(send({ text: asked.text, images: fromVersion ? [] : pictures, fromVersion, ...again }));
}

/** Opens the mask that an edit used, over the picture that it was found in. */
const correct = (job) => markArea(correctionOf(store, job));

/** Opens the mask tool for a task, on the version that it names or on the one in sight. */
async function markArea(task) {
  if (task.version) store.look(task.version);
  layout.show('canvas');
  await (await theCanvas()).mark(task);
}

async function openMask() {
  layout.show('canvas');
  (await theCanvas()).openMask();
}

/** Opens the plan editor; `again()` says which plan. */
async function editPlan(again) {
  const { openPlan } = await import('./plan/panel.js');
  await openPlan({ store, layout, mark: markArea, run: runPlan }, again);
}

/** Runs an edited plan as a message of its own. */
async function runPlan({ words, ...request }) {
  if (store.runningJob) throw new api.ApiError({ code: 'busy', message: t('composer.busy') });
  await send({ text: said(words) || t('plan.title'), images: [], ...request });
}

/** Opens what an edit put into the picture, to be moved by hand. */
async function move(job) {
  store.look(job.version);
  layout.show('canvas');
  await (await theCanvas()).place(job);
}

/** Runs the edit again with what it put in at other places. Whether that was taken. */
async function runPlacing(task, places) {
  if (store.runningJob) { toast(t('composer.busy')); return false; }
  await send({ text: said(task.job.words), images: [], ...task.run(places) });
  return true;
}

/** Does what the mask was drawn for: the same plan with the corrected mask, from the picture that it began with, or the option that asked for it. */
async function runMask(mask) {
  if (store.runningJob && !mask.task.use) { toast(t('composer.busy')); return; }
  const { question, plan, words, version, use } = mask.task;
  store.setMask(null);
  try {
    if (use) await use(await mask.file());
    else if (question) await answer(question, mask.task.option, mask.task.label, mask);
    else await send({ text: said(words), images: [], mask, fromVersion: version, plan });
  } catch (error) {
    store.setMask(mask);
    throw error;
  }
}

/** A plan's words as one line. */
const said = (words) => words.join(language() === 'zh' ? '，' : ', ');

/** Gives the last instruction back to the composer and looks at the picture it started from. */
function editLast() {
  const asked = store.messages.findLast((m) => m.role === 'user');
  const made = store.version(store.jobs.get(store.messages.find((m) => m.reply_to === asked?.id)?.job)?.version);
  if (made?.parent && made.number === store.session.current) store.look(made.parent);
  return asked?.text ?? null;
}

async function checkout(number) {
  store.setSession(await api.checkout(store.session.id, number));
  store.look(null);
  say(t('versions.now', { n: number }));
}

function quietly(promise) {
  return promise.catch((error) => toast(error.message));
}
