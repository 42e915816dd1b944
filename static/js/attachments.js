// The pictures that wait in the composer: shown at once, uploaded at once, with progress, removable at any time.
import { upload } from './api.js';
import { byId, h, icon } from './dom.js';
import { failure, warnings } from './failure.js';
import { percent, t } from './i18n.js';
import { say, toast } from './announce.js';

const HEIC = /\.(heic|heif)$/i;

export class Attachments {
  /** `changed()` is called whenever the list or an upload's state changes. */
  constructor(changed) {
    this.items = [];
    this.changed = changed;
    this.tray = byId('tray');
  }

  get images() { return this.items.filter((item) => item.image).map((item) => item.image); }
  get uploading() { return this.items.some((item) => item.state === 'uploading'); }
  get failed() { return this.items.some((item) => item.state === 'failed'); }

  /** Takes files from a drop, a paste, the picker or the camera. */
  addFiles(files) {
    const pictures = [...files].filter((file) => file.type.startsWith('image/') || file.type === '' || HEIC.test(file.name));
    if (files.length && !pictures.length) toast(t('composer.onlyPictures'));
    for (const file of pictures) this.start({ name: file.name || 'picture.png', file, url: URL.createObjectURL(file), state: 'uploading', fraction: 0, image: null, error: null });
  }

  /** Takes a picture that the server already has. */
  addImage(image) {
    if (this.items.some((item) => item.image?.id === image.id)) return;
    this.items.push({ name: image.name, url: `${image.preview_url}?side=144`, state: 'ready', fraction: 1, image, error: null });
    this.draw();
  }

  start(item) {
    if (!this.items.includes(item)) this.items.push(item);
    Object.assign(item, { state: 'uploading', error: null });
    const { done, abort } = upload(item.file, (fraction) => { item.fraction = fraction; this.progress(item); });
    item.abort = abort;
    done.then((image) => {
      Object.assign(item, { state: 'ready', image });
      say(t('composer.added', { name: item.name }));
    }, (error) => {
      if (error.code !== 'aborted') Object.assign(item, { state: 'failed', error });
    }).finally(() => this.draw());
    this.draw();
  }

  /** Starts those uploads again that failed for a reason that is over. */
  retry(over) {
    for (const item of this.items) if (item.state === 'failed' && over(item.error)) this.start(item);
  }

  remove(item) {
    const at = this.items.indexOf(item);
    if (at < 0) return;
    if (item.state === 'uploading') item.abort();
    this.items.splice(at, 1);
    if (item.file) URL.revokeObjectURL(item.url);
    this.draw();
    (this.tray.querySelectorAll('.remove')[Math.min(at, this.items.length - 1)] ?? byId('instruction')).focus();
  }

  /** Takes those out that could not be uploaded. */
  dropFailed() {
    if (!this.failed) return;
    for (const item of this.items) if (item.state === 'failed' && item.file) URL.revokeObjectURL(item.url);
    this.items = this.items.filter((item) => item.state !== 'failed');
    this.draw();
  }

  /** Empties the tray and gives what was in it, so that it can be put back. */
  take() {
    const items = this.items;
    this.items = [];
    this.draw();
    return items;
  }

  putBack(items) {
    this.items = [...items, ...this.items];
    this.draw();
  }

  progress(item) {
    const bar = item.element?.querySelector('.progress');
    if (!bar) return;
    bar.firstChild.style.transform = `scaleX(${item.fraction})`;
    bar.setAttribute('aria-valuenow', Math.round(item.fraction * 100));
    bar.setAttribute('aria-valuetext', t('composer.uploading', { name: item.name, percent: percent(item.fraction) }));
  }

  draw() {
    for (const item of this.items) if (item.drawn !== item.state) this.drawItem(item);
    const errors = this.items.filter((item) => item.state === 'failed').map((item) => item.errorElement);
    const several = this.items.length > 1;
    const notices = this.items.flatMap((item) => (item.image ? warnings(item.image, several ? item.name : null) : []));
    this.tray.replaceChildren(...this.items.map((item) => item.element), ...(errors.length ? [h('li.tray-errors', { role: 'alert' }, errors)] : []), ...(notices.length ? [h('li.tray-errors', { role: 'status' }, notices)] : []));
    this.tray.hidden = this.items.length === 0;
    this.changed();
  }

  drawItem(item) {
    item.drawn = item.state;
    const picture = h('img', { src: item.url, alt: item.name });
    // what the browser cannot show (TIFF, HEIC, a broken file) is shown as the server reads it, else as a placeholder, never as a broken picture
    picture.addEventListener('error', () => {
      const shown = item.image && `${item.image.preview_url}?side=144`;
      if (shown && !picture.src.endsWith(shown)) picture.src = shown;
      else picture.replaceWith(h('div.placeholder', {}, icon('file')));
    });
    item.element = h('li.tile', { dataset: { state: item.state }, title: item.name }, picture,
      item.state === 'uploading' && h('div.progress', { role: 'progressbar', 'aria-label': item.name, 'aria-valuemin': 0, 'aria-valuemax': 100 }, h('i')),
      item.state === 'failed' && h('span.bad-mark', {}, icon('warn')),
      h('button.remove', { type: 'button', 'aria-label': t('composer.remove', { name: item.name }), onclick: () => this.remove(item) }, icon('x')));
    item.errorElement = item.state === 'failed'
      ? failure(item.error, { name: item.name, ...((item.error.code === 'network' || [401, 429, 503, 507].includes(item.error.status)) && { retry: () => this.start(item) }) }) : null;
    if (item.state === 'uploading') this.progress(item);
  }

  /** Draws the names of the controls again in the new language. */
  relabel() {
    for (const item of this.items) item.drawn = null;
    this.draw();
  }
}
