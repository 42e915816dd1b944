// One batch: how far it is, what can be done with it, its pictures as they come; the same on every device that looks at it.
import { say, toast } from '../announce.js';
import { confirm } from '../dialog.js';
import { button, h, icon, iconButton } from '../dom.js';
import { percent, t } from '../i18n.js';
import { menuItem, showMenu } from '../menu.js';
import * as calls from './calls.js';
import { Grid } from './grid.js';
import { openItem } from './item.js';
import { Items } from './items.js';
import { ofEntries, ofInput, sorted } from './pick.js';
import { countWords, isOver, leftWords } from './progress.js';
import { title } from './screen.js';
import { upload, uploadOf } from './upload.js';

const FILTERS = [null, 'failed', 'succeeded', 'queued', 'waiting', 'cancelled'];
/** So many reasons are shown above the pictures. */
const REASONS = 4;
/** And asked for at most this often. */
const ASK_MS = 1000;

export async function open(host, element, id) {
  const screen = new BatchScreen(host, element, await calls.batch(id));
  screen.items.connect();
  return screen;
}

class BatchScreen {
  constructor(host, element, batch) {
    Object.assign(this, { host, element, items: new Items(batch), reasons: [], over: isOver(batch), state: batch.state });
    this.items.addEventListener('batch', () => this.drawBatch());
    this.items.addEventListener('items', () => { this.grid.draw(); this.drawFailures(); });
    this.items.addEventListener('connection', (event) => { this.lost.hidden = event.detail === 'open'; });
    this.items.addEventListener('gone', () => { toast(t('batch.gone')); host.refresh(); host.go('/'); });
    this.build();
    this.uploadHere = () => this.drawUpload();
    this.follow(uploadOf(batch.id));
  }

  get batch() { return this.items.batch; }

  build() {
    const { batch } = this;
    title(batch.name);
    this.heading = h('h1', {}, batch.name);
    this.actions = h('div.batch-actions');
    this.lost = h('p.warning', { hidden: true, role: 'status' }, icon('warn'), h('span', {}, t('connection.lost')));
    this.bar = h('div.batch-bar', { role: 'progressbar', 'aria-label': t('batch.progress'), 'aria-valuemin': 0, 'aria-valuemax': 100 }, h('i.good'), h('i.bad'));
    this.counts = h('span.grow');
    this.left = h('span.note');
    this.reason = h('div');
    this.uploading = h('div.batch-upload', { hidden: true });
    this.failures = h('div.batch-failures', { hidden: true });
    this.filters = h('div.segmented.batch-filters', { role: 'group', 'aria-label': t('batch.filter') });
    this.body = h('div.screen-body');
    this.grid?.close();
    this.grid = new Grid(this.items, this.element, (n) => this.look(n));
    this.none = h('p.note.batch-none', { hidden: true });
    this.element.replaceChildren(h('header.screen-head', {}, this.heading, this.actions), this.body);
    this.body.append(this.about(), this.lost, this.reason, h('div.batch-progress', {}, this.bar, h('div.batch-line', {}, this.counts, this.left)), this.uploading, this.failures, this.filters, this.none, this.grid.element);
    this.drawBatch();
    this.drawUpload();
    this.grid.draw();
  }

  /** What is done: a recipe that opens, or the steps in words. */
  about() {
    const { batch } = this;
    return h('p.batch-about', {}, batch.recipe && h('button.link', { type: 'button', onclick: () => this.host.openRecipe(batch.recipe.id) }, icon('recipe', 'icon small'), h('span', {}, t('batch.byRecipe', { name: batch.recipe.name, n: batch.recipe.version }))), h('span', {}, batch.words.join(' → ')));
  }

  async redraw() {
    this.items.batch = await calls.batch(this.batch.id).catch(() => this.batch);
    this.items.known.clear();
    this.items.pages.clear();
    this.reasons = [];
    this.build();
    this.items.connect();
  }

  // the batch as a whole

  drawBatch() {
    const { batch } = this;
    const { counts, state } = batch;
    const ended = counts.succeeded + counts.failed + counts.cancelled;
    const share = (n) => (counts.total ? n / counts.total : 0);
    this.bar.children[0].style.width = `${100 * share(counts.succeeded)}%`;
    this.bar.children[1].style.width = `${100 * share(counts.failed)}%`;
    this.bar.setAttribute('aria-valuenow', Math.round(100 * share(ended)));
    this.bar.setAttribute('aria-valuetext', countWords(batch));
    this.counts.textContent = counts.total ? countWords(batch) : t('batch.empty');
    this.left.textContent = leftWords(batch) ?? t(`batch.is.${counts.total === 0 || (state === 'running' && counts.queued + counts.running === 0 && counts.waiting) ? 'waits' : state}`);
    this.reason.replaceChildren(...(batch.reason && state === 'paused' ? [h('p.warning', {}, icon('warn'), h('span', {}, batch.reason.message))] : []));
    this.drawActions();
    this.drawFilters();
    this.drawFailures();
    this.grid.draw();
    if (isOver(batch) && !this.over) { say(t('batch.finished', { words: countWords(batch) })); this.host.refresh(); }
    this.over = isOver(batch);
  }

  drawActions() {
    const { batch } = this;
    const { counts, state } = batch;
    const signature = JSON.stringify([state, counts.failed > 0, counts.succeeded > 0, counts.queued + counts.running > 0]);
    if (signature === this.actionsDrawn && this.actions.childElementCount) return;
    this.actionsDrawn = signature;
    const focused = this.actions.contains(document.activeElement) ? document.activeElement.dataset.act : null;
    const act = (what, icon, kind = 'button') => button(t(`batch.${what}`), { dataset: { act: what }, onclick: () => this.act(what) }, icon, kind);
    const more = iconButton('more', t('batch.moreActions'), { dataset: { act: 'more' }, 'aria-haspopup': 'menu', 'aria-expanded': 'false', onclick: () => this.menu(more) });
    this.actions.replaceChildren(...[state === 'running' && counts.queued + counts.running > 0 && act('pause', 'pause'), state === 'paused' && act('resume', 'play', 'button primary'),
      counts.failed > 0 && state !== 'cancelled' && act('retry', 'retry'),
      counts.succeeded > 0 && h(`a.button${isOver(batch) ? '.primary' : ''}`, { href: calls.archiveUrl(batch.id), download: '', dataset: { act: 'archive' } }, icon('download'), h('span', {}, t('batch.archive'))), more].filter(Boolean));
    if (focused) (this.actions.querySelector(`[data-act="${focused}"]`) ?? this.actions.querySelector('button, a')).focus();
  }

  menu(anchor) {
    const { batch } = this;
    const item = (iconName, key, onclick, danger = false) => menuItem('button', { type: 'button', className: `menu-item${danger ? ' danger' : ''}`, onclick: () => setTimeout(onclick) }, icon(iconName), h('span.grow', {}, t(key)));
    showMenu(anchor, [batch.state !== 'cancelled' && item('plus', 'batch.addMore', () => this.choose()),
      menuItem('a', { href: calls.reportUrl(batch.id), download: '' }, icon('file'), h('span.grow', {}, t('batch.csv'))),
      !isOver(batch) && item('stop', 'batch.cancel', () => this.cancel()), h('hr'), item('trash', 'batch.delete', () => this.remove(), true)].filter(Boolean), t('batch.moreActions'));
  }

  async act(what) {
    const { failed } = this.batch.counts;
    try {
      const batch = await calls.act(this.batch.id, what);
      this.items.take(batch);
      if (what === 'retry' && batch.counts.failed === failed && batch.state === 'done') toast(t('batch.notStored'));
      this.host.refresh();
    } catch (error) { toast(error.message); }
  }

  async cancel() {
    if (await confirm(t('batch.cancelTitle'), t('batch.cancelText'), t('batch.cancel'))) { uploadOf(this.batch.id)?.stop(); await this.act('cancel'); }
  }

  async remove() {
    const { batch } = this;
    if (!(await confirm(t('batch.deleteTitle'), t('batch.deleteText', { name: batch.name, n: batch.counts.total }), t('batch.delete')))) return;
    try {
      uploadOf(batch.id)?.stop();
      this.items.close();
      await calls.remove(batch.id);
      toast(t('batch.deleted', { name: batch.name }));
      this.host.refresh();
      this.host.go('/');
    } catch (error) { toast(error.message); }
  }

  // what to look at

  drawFilters() {
    const { counts } = this.batch;
    const of = { failed: counts.failed, succeeded: counts.succeeded, queued: counts.queued, waiting: counts.waiting, cancelled: counts.cancelled };
    const shown = FILTERS.filter((state) => state === null || of[state] > 0 || state === this.items.filter);
    this.filters.hidden = shown.length < 3 && this.items.filter === null;
    const focused = this.filters.contains(document.activeElement) ? document.activeElement.dataset.state : null;
    this.filters.replaceChildren(...shown.map((state) => h('button', { type: 'button', dataset: { state: state ?? 'all' }, 'aria-pressed': String(state === this.items.filter), onclick: () => this.only(state) }, t(`batch.show.${state ?? 'all'}`, { n: state ? of[state] : counts.total }))));
    if (focused) this.filters.querySelector(`[data-state="${focused}"]`)?.focus();
    this.none.hidden = counts.total > 0;
    this.none.textContent = t('batch.nothingYet');
  }

  async only(state) {
    await this.items.only(state);
    this.drawFilters();
    this.drawFailures();
    this.grid.focused = 0;
    this.grid.draw();
  }

  /** The first that failed, with their reasons, above everything else. */
  async drawFailures() {
    const { failed } = this.batch.counts;
    if (failed === 0) { this.failures.hidden = true; return; }
    if (this.reasons.length < Math.min(failed, REASONS) || this.reasons.some(({ n }) => this.items.known.get(n)?.state !== 'failed')) {
      if (this.asking) { this.asking = 'again'; return; }
      this.asking = 'once';
      try { this.reasons = await this.items.failures(REASONS); } catch { /* asked for again with the next change */ } finally {
        setTimeout(() => { const again = this.asking === 'again'; this.asking = null; if (again) this.drawFailures(); }, ASK_MS);
      }
    }
    const signature = JSON.stringify([failed, this.reasons.map((item) => [item.n, item.seq])]);
    if (signature === this.failuresDrawn && this.failures.childElementCount) return;
    this.failuresDrawn = signature;
    this.failures.hidden = this.reasons.length === 0;
    this.failures.replaceChildren(h('p', {}, icon('error'), h('b', {}, t('batch.failedTitle', { n: failed }))),
      h('ul', {}, this.reasons.slice(0, REASONS).map((item) => h('li', {}, h('button.link', { type: 'button', onclick: () => this.look(item.n) }, item.file), h('span', {}, item.error?.message ?? '')))),
      ...(failed > this.reasons.length ? [button(t('batch.allFailed', { n: failed }), { onclick: () => this.only('failed') }, null, 'button small')] : []));
  }

  look(n) {
    const retry = () => this.act('retry');
    const show = () => openItem(this.items, n, { retry: this.batch.state === 'cancelled' ? null : retry, closed: (at) => this.grid.focus(at) });
    if (this.items.placeOf(n) < 0) this.items.only(null).then(() => { this.drawFilters(); show(); });
    else show();
  }

  // further pictures

  choose() {
    const input = h('input', { type: 'file', multiple: true, accept: 'image/*,.zip,.tif,.tiff,.heic,.heif,.avif' });
    input.addEventListener('change', () => this.send(ofInput(input.files)));
    input.click();
  }

  async take(entries) {
    try { this.send(await ofEntries(entries)); } catch { toast(t('batch.folderFailed')); }
  }

  send(some) {
    if (this.batch.state === 'cancelled') { toast(t('batch.isCancelled')); return; }
    const { pictures, archives } = sorted(some);
    const files = [...archives.map((one) => ({ ...one, archive: true })), ...pictures];
    if (!files.length) { toast(t('composer.onlyPictures')); return; }
    this.follow(upload(this.batch.id, files));
  }

  follow(sending) {
    if (this.sending === sending) { this.drawUpload(); return; }
    this.sending?.removeEventListener('change', this.uploadHere);
    this.sending = sending;
    sending?.addEventListener('change', this.uploadHere);
    this.drawUpload();
  }

  /** The line of an upload: how far it is, a stop; and what could not be sent, by name. */
  drawUpload() {
    const { sending } = this;
    this.uploading.hidden = !sending || (!sending.busy && !sending.failed.length);
    if (this.uploading.hidden) return;
    const mode = `${sending.busy} ${sending.failed.length}`;
    if (mode !== this.uploadDrawn || !this.uploading.childElementCount) this.buildUpload(mode);
    if (!sending.busy) return;
    this.uploadText.textContent = t('batch.sending', { done: sending.done, total: sending.total, percent: percent(sending.fraction) });
    this.uploadBar.firstChild.style.transform = `scaleX(${sending.fraction})`;
    this.uploadBar.setAttribute('aria-valuenow', Math.round(100 * sending.fraction));
  }

  buildUpload(mode) {
    const { sending } = this;
    this.uploadDrawn = mode;
    this.uploadText = h('span.grow');
    this.uploadBar = h('div.progress', { role: 'progressbar', 'aria-label': t('batch.upload'), 'aria-valuemin': 0, 'aria-valuemax': 100 }, h('i'));
    const parts = [];
    if (sending.busy) parts.push(h('div.batch-line', {}, this.uploadText, button(t('batch.stop'), { onclick: () => sending.stop() }, 'stop', 'button quiet')), this.uploadBar, h('p.note', {}, t('batch.keepOpen')));
    if (sending.failed.length) {
      parts.push(h('div.failure', { role: 'alert' }, icon('error'), h('div', {}, h('b', {}, t('batch.notSent', { n: sending.failed.length })), ' ', sending.failed[0].error.message),
        h('ul.batch-names', {}, sending.failed.slice(0, 20).map(({ path }) => h('li', {}, path)), sending.failed.length > 20 && h('li', {}, t('batch.more', { n: sending.failed.length - 20 }))),
        h('div.row', {}, button(t('batch.sendAgain'), { onclick: () => sending.again() }, 'retry'), button(t('dismiss'), { onclick: () => sending.forget() }))));
    }
    this.uploading.replaceChildren(...parts);
  }

  close() {
    this.items.close();
    this.grid.close();
    this.sending?.removeEventListener('change', this.uploadHere);
  }
}
