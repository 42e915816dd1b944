// A job that waits or runs: its steps as a checklist, a real number where there is one, the picture in progress, a stop button.
import { button, clamp, h, icon } from './dom.js';
import { percent, seconds, t } from './i18n.js';
import { reserve } from './compare.js';
import { previewUrl } from './api.js';
import { say } from './announce.js';

const PREVIEW_HEIGHT = 360;

export class RunCard {
  /** `source`: the picture the job works on (for the box's shape), `stop()`. */
  constructor(store, jobId, words, source, stop) {
    Object.assign(this, { store, jobId, source, words });
    this.steps = h('ol.steps');
    this.box = h('figure.run-preview', { hidden: true });
    this.caption = h('figcaption');
    this.time = h('span');
    this.state = h('span.grow');
    this.after = h('p.note', { hidden: true });
    this.stop = button(t('run.stop'), { onclick: stop }, 'stop', 'button quiet');
    this.element = h('div.card', { role: 'group', 'aria-label': t('run.title') },
      h('div.card-body', {}, this.steps, this.box, this.after, h('div.run-foot', {}, this.state, this.time, this.stop)));
    if (source) this.shape(source.width, source.height);
    this.update();
    this.tick();
  }

  get job() { return this.store.jobs.get(this.jobId); }
  get live() { return this.store.live.get(this.jobId); }

  shape(width, height) {
    reserve(this.box, width, height, PREVIEW_HEIGHT);
    this.box.hidden = false;
    if (this.source?.preview_url) this.box.append(h('img.source', { src: previewUrl(this.source, 512), alt: '' }));
    this.box.append(this.caption);
    this.caption.hidden = true;
  }

  update() {
    const { job, live } = this;
    if (!job || !live) return;
    const words = job.words?.length ? job.words : this.words;
    if (this.steps.childElementCount !== words.length) this.steps.replaceChildren(...words.map((word) => stepRow(word)));
    words.forEach((word, i) => this.drawStep(this.steps.children[i], word, i));
    this.drawState();
    this.drawPreview();
    this.speak(words);
  }

  drawStep(row, word, i) {
    const { job, live } = this;
    const finished = live.finished.has(i) || (live.step !== null && i < live.step);
    const running = !finished && job.state === 'running' && i === live.step;
    const state = finished ? 'done' : running ? 'running' : 'waiting';
    if (row.dataset.state !== state) {
      row.dataset.state = state;
      row.querySelector('.mark').replaceChildren(...(finished ? [icon('check')] : []));
    }
    row.querySelector('.word').textContent = word;
    const fraction = running ? live.fraction : null;
    const ms = live.finished.get(i);
    row.querySelector('.figure').textContent = fraction !== null ? percent(fraction) : ms !== undefined ? seconds(ms) : '';
    const bar = row.querySelector('.bar');
    bar.hidden = fraction === null;
    if (fraction === null) return;
    bar.setAttribute('aria-valuenow', Math.round(fraction * 100));
    bar.firstChild.style.transform = `scaleX(${clamp(fraction, 0, 1)})`;
  }

  drawState() {
    const { job, live } = this;
    this.stop.disabled = live.stopping;
    this.state.textContent = live.stopping ? t('run.stopping')
      : job.state === 'queued' ? (job.position > 1 ? `${t('run.queued')} · ${t('run.place', { n: job.position - 1 })}` : t('run.next'))
        : live.step === null ? t('run.starting') : live.label ?? '';
    this.after.hidden = !job.follows?.length;
    this.after.textContent = t('run.follows', { versions: (job.follows ?? []).map((n) => `v${n}`).join(', ') });
  }

  drawPreview() {
    const preview = this.live.preview;
    if (!preview || preview.url === this.shownUrl) return;
    this.shownUrl = preview.url;
    if (this.box.hidden) this.shape(preview.width, preview.height);
    const next = h('img.entering', { src: preview.url, alt: preview.label ?? t('run.preview') });
    const show = () => {
      const old = [...this.box.querySelectorAll('img')];
      this.caption.before(next);
      requestAnimationFrame(() => requestAnimationFrame(() => next.classList.remove('entering')));
      setTimeout(() => old.forEach((image) => image.remove()), 220);
    };
    next.decode().then(show, () => {});
    this.caption.textContent = preview.label ?? t('run.preview');
    this.caption.hidden = false;
  }

  speak(words) {
    const { live } = this;
    if (live.step !== null && live.step !== this.spoken && words[live.step]) {
      this.spoken = live.step;
      say(t('run.step', { n: live.step + 1, total: words.length, words: words[live.step] }));
    }
  }

  tick() {
    if (this.live && this.job?.state === 'running') this.time.textContent = seconds(performance.now() - this.live.started);
  }
}

function stepRow(word) {
  return h('li.step', { dataset: { state: 'waiting' } }, h('span.mark'), h('span.word', {}, word), h('span.figure'),
    h('span.bar', { role: 'progressbar', 'aria-label': word, 'aria-valuemin': 0, 'aria-valuemax': 100, hidden: true }, h('i')));
}
