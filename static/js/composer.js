// The box where an instruction is written: keys, pictures, send or stop; it keeps words and pictures when sending fails.
import { Attachments } from './attachments.js';
import { byId, h, icon, iconButton, perFrame } from './dom.js';
import { failure } from './failure.js';
import { language, onLanguage, percent, t } from './i18n.js';
import { alarm, toast } from './announce.js';

export class Composer {
  /** `actions`: `send({text, images, mask, lut, fromVersion}) → Promise`, `stop()`, `editLast() → text | null`, `openMask()`. */
  constructor(store, actions) {
    Object.assign(this, { store, actions, error: null, waiting: false, lut: null });
    this.text = byId('instruction');
    this.note = byId('composer-note');
    this.chip = byId('mask-chip');
    this.lutChip = byId('lut-chip');
    this.attachments = new Attachments(() => this.changed());
    this.grow = perFrame(() => {
      this.text.style.height = 'auto';
      this.text.style.height = `${Math.min(this.text.scrollHeight, 200)}px`;
    });
    this.listen();
    store.on('job messages session', () => this.refresh());
    store.on('looking', () => this.drawNote());
    store.on('mask looking versions', () => this.drawMask());
    onLanguage(() => { this.attachments.relabel(); this.drawNote(); this.drawMask(); this.setLut(this.lut); });
    this.refresh();
  }

  listen() {
    byId('composer').addEventListener('submit', (event) => { event.preventDefault(); this.submit(); });
    byId('stop').addEventListener('click', () => this.actions.stop());
    this.text.addEventListener('input', () => { this.grow(); this.refresh(); });
    this.text.addEventListener('keydown', (event) => this.key(event));
    for (const [control, input] of [['choose', 'file-input'], ['camera', 'camera-input']]) {
      byId(control).addEventListener('click', () => byId(input).click());
      byId(input).addEventListener('change', (event) => { this.addFiles([...event.target.files]); event.target.value = ''; this.text.focus(); });
    }
    addEventListener('paste', (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length || byId('app').dataset.screen) return;
      event.preventDefault();
      this.addFiles(files);
      this.text.focus();
    });
  }

  /** Pictures, and a colour table, to go with the next instruction. */
  addFiles(files) {
    const isLut = (file) => /\.cube$/i.test(file.name);
    const table = files.findLast(isLut);
    if (table) import('./lut.js').then(async ({ readLut }) => { const lut = await readLut(table); if (lut) this.setLut(lut); }, (error) => toast(error.message));
    const others = files.filter((file) => !isLut(file));
    if (others.length) this.attachments.addFiles(others);
  }

  setLut(lut) {
    this.lut = lut;
    this.lutChip.hidden = !lut;
    this.lutChip.replaceChildren(...(lut ? [h('span.lut-name', {}, icon('sliders', 'icon small'), h('span', {}, t('lut.waits', { name: lut.name }))),
      iconButton('x', t('lut.drop', { name: lut.name }), { onclick: () => { this.setLut(null); this.text.focus(); } })] : []));
    this.refresh();
  }

  key(event) {
    // 229: Safari reports the Enter that ends a composition after the composition
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Enter' && !event.shiftKey) { event.preventDefault(); this.submit(); }
    if (event.key === 'ArrowUp' && !this.text.value && !event.altKey && !event.metaKey) {
      const last = this.actions.editLast();
      if (last) { event.preventDefault(); this.setText(last); }
    }
    if (event.key === 'Escape' && this.store.looking !== null) this.store.look(null);
  }

  setText(text) {
    this.text.value = text;
    this.text.focus();
    this.text.setSelectionRange(text.length, text.length);
    this.grow();
    this.refresh();
  }

  /** Sends what is written; waits for uploads that are still on their way. */
  async submit() {
    const text = this.text.value.trim();
    if (!text && !this.attachments.items.length && !this.lut) return;
    if (this.store.runningJob) { toast(t('composer.busy')); return; }
    if (this.attachments.failed) { alarm(t('composer.removeBad')); toast(t('composer.removeBad')); return; }
    if (this.attachments.uploading) { this.waiting = true; this.drawNote(); return; }
    const items = this.attachments.take();
    const { mask, lut } = this;
    this.setLut(null);
    if (mask) this.store.setMask(null);
    this.setText('');
    this.error = null;
    this.waiting = false;
    this.drawNote();
    try {
      await this.actions.send({ text, images: items.map((item) => item.image), mask, lut, fromVersion: items.length ? null : this.store.looking, lang: language() });
    } catch (error) {
      if (mask && !this.store.mask) this.store.setMask(mask);
      if (lut && !this.lut) this.setLut(lut);
      this.giveBack(text, items, error);
    }
  }

  /** What failed because the sign-in had ended is tried again, or can be. */
  signedIn() {
    if (this.error?.status === 401) this.error = null;
    this.attachments.retry((error) => error.status === 401);
    this.drawNote();
  }

  giveBack(text, items, error) {
    this.attachments.putBack(items);
    this.setText(this.text.value ? `${text}\n${this.text.value}` : text);
    this.error = error;
    this.drawNote();
    alarm(error.message);
  }

  /** The mask that the next instruction takes along: it has something marked and fits the picture in sight. */
  get mask() {
    const { mask, shown } = this.store;
    return mask?.share && mask.fits(shown?.image) ? mask : null;
  }

  drawMask() {
    const { mask } = this.store;
    this.chip.hidden = !mask?.share;
    if (this.chip.hidden) return;
    const words = this.mask ? t('composer.mask', { percent: percent(Math.max(0.01, mask.share)) }) : t('composer.maskElsewhere', { width: mask.width, height: mask.height });
    if (this.chip.textContent === words) return;
    const drop = () => { this.store.setMask(null); this.text.focus(); };
    this.chip.replaceChildren(h('button.mask-open', { type: 'button', title: t('composer.maskOpen'), 'aria-label': `${words}. ${t('composer.maskOpen')}`, onclick: this.actions.openMask, disabled: !this.mask }, icon('brush', 'icon small'), h('span', {}, words)),
      iconButton('x', t('composer.maskDrop'), { onclick: drop }));
  }

  changed() {
    if (this.waiting && !this.attachments.uploading) {
      this.waiting = false;
      if (!this.attachments.failed) this.submit();
    }
    this.drawNote();
    this.refresh();
  }

  refresh() {
    const running = Boolean(this.store.runningJob);
    // the button that goes away hands the focus on
    if ([byId('send'), byId('stop')].includes(document.activeElement) && running !== byId('send').hidden) this.text.focus();
    byId('send').hidden = running;
    byId('stop').hidden = !running;
    byId('send').disabled = !this.text.value.trim() && !this.attachments.items.length && !this.lut;
  }

  /** The line above the box: an error, or what the next instruction starts from. */
  drawNote() {
    const parts = [];
    if (this.error) parts.push(failure(this.error, { note: t('error.kept'), retry: (this.error.wait || this.error.status === 507) && (() => this.submit()), dismiss: () => { this.error = null; this.drawNote(); this.text.focus(); } }));
    else if (this.waiting) parts.push(h('span', { role: 'status' }, t('composer.waitUpload')));
    else if (this.store.looking !== null && !this.attachments.items.length) {
      parts.push(h('span', {}, t('composer.from', { n: this.store.looking })), iconButton('x', t('composer.fromClear'), { onclick: () => { this.store.look(null); this.text.focus(); } }));
    }
    this.note.replaceChildren(...parts);
    this.note.hidden = parts.length === 0;
  }
}
