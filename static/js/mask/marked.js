// The mask that goes with the next instruction: its bytes, its history, and the rule that it fits pictures of its own size only.
import { t } from '../i18n.js';
import { alarm, toast } from '../announce.js';
import { History } from './history.js';
import { decodeMask, encodeGrey } from './png.js';
import { Raster } from './raster.js';

export class Marked {
  /** An empty mask of the picture's size. `task`: what it is drawn for where that is known, `{ role, … }`; else for the next instruction. */
  constructor({ width, height }, task = null) {
    Object.assign(this, { width, height, task, share: 0, raster: new Raster(width, height) });
    this.history = new History(this.raster);
  }

  /** The mask for a picture: the one that waits already where it fits, else a new one. */
  static for(store, image, task) {
    followCurrent(store);
    if (!store.mask?.fits(image)) store.setMask(new Marked(image));
    if (task) store.mask.task = task;
    return store.mask;
  }

  /** A stored mask as the start of a correction. */
  static async from(store, image, task) {
    followCurrent(store);
    const response = await fetch(task.url);
    if (!response.ok) throw new Error(t('error.server', { status: response.status }));
    const marked = new Marked(image, task);
    const { values } = await decodeMask(await response.blob(), image.width, image.height);
    marked.raster.replace(values);
    if (task.inverted) marked.raster.invert();
    marked.settle();
    store.setMask(marked);
    return marked;
  }

  fits(image) { return image?.width === this.width && image?.height === this.height; }

  /** Counts anew what is selected, after something was drawn. */
  settle() { this.share = this.raster.share(); }

  /** As a grey PNG of the picture's own size. */
  async file(name = 'mask.png') {
    return new File([await encodeGrey(this.width, this.height, this.raster.values)], name, { type: 'image/png' });
  }
}

const followed = new WeakSet();

/** Drops the mask, and says so, when the current version becomes one of another size. */
function followCurrent(store) {
  if (followed.has(store)) return;
  followed.add(store);
  let before = store.current?.number;
  store.on('versions session', () => {
    const { current, mask } = store;
    const moved = current?.number !== before;
    before = current?.number;
    if (!moved || !mask || mask.fits(current?.image)) return;
    store.setMask(null);
    if (mask.share === 0 || !current) return;
    toast(t('mask.dropped'));
    alarm(t('mask.dropped'));
  });
}
