// Smart selection: clicks go to the server, its mask is laid on what was marked before. A quick answer first, then the full-size, closer look in its place.
import { API, ApiError } from '../api.js';
import { language } from '../i18n.js';
import { decodeMask } from './png.js';

const QUICK_SIDE = 1280;

export class Clicks {
  /** `hooks`: `drawn(rect)` after an answer, `changed()` when points or waiting change, `failed(error)`. */
  constructor(marked, imageId, hooks) {
    Object.assign(this, { marked, imageId, hooks, points: [], base: null, asking: null });
  }

  get waiting() { return this.asking !== null; }

  /** Adds a point in the picture's pixels and asks anew; a point that brings nothing is taken back. */
  async add(x, y, inside) {
    const before = { points: this.points, base: this.base };
    this.base ??= this.marked.raster.values.slice();
    this.points = [...this.points, [Math.floor(x), Math.floor(y), inside ? 1 : 0]];
    const mine = this.start();
    try {
      const quick = await this.fetch(mine.controller.signal, this.target(), QUICK_SIDE);
      if (this.asking !== mine) return;
      this.lay(quick, mine, before);
      const full = await this.fetch(mine.controller.signal, this.target(), null);
      if (this.asking === mine) this.refine(full, quick, mine);
    } catch (error) {
      if (this.asking !== mine) return;
      if (!mine.laid) Object.assign(this, before);
      this.hooks.failed(error);
    } finally {
      if (this.asking === mine) { this.asking = null; this.hooks.changed(); }
    }
  }

  start() {
    this.asking?.controller.abort();
    this.asking = { controller: new AbortController(), base: this.base, laid: false };
    this.hooks.changed();
    return this.asking;
  }

  target() { return { kind: 'region', points: this.points }; }

  /** Lets the server look at the picture before the first click; it remembers the main subject. */
  async warm() {
    if (this.warmed) return;
    this.warmed = true;
    await this.fetch(undefined, { kind: 'subject' }, QUICK_SIDE).catch(() => {});
  }

  async fetch(signal, target, maxSide) {
    let response;
    try {
      response = await fetch(`${API}/images/${encodeURIComponent(this.imageId)}/mask`, {
        method: 'POST', signal, headers: { 'Content-Type': 'application/json', Accept: 'image/png', 'Accept-Language': language() },
        body: JSON.stringify({ target, ...(maxSide && { max_side: maxSide }) }),
      });
    } catch {
      throw ApiError.network();
    }
    if (!response.ok) throw ApiError.from(response.status, await response.text(), response.headers.get('Retry-After'));
    return (await decodeMask(await response.blob(), this.marked.width, this.marked.height, !maxSide)).values;
  }

  /** Puts the quick answer on what was there before the first point; one undo takes the point back. `answer` becomes what is on the canvas. */
  lay(answer, mine, before) {
    const { raster, history } = this.marked;
    for (let i = 0; i < answer.length; i += 1) answer[i] = Math.max(answer[i], mine.base[i]);
    history.begin(before);
    raster.replace(answer);
    history.commit();
    mine.laid = true;
    this.hooks.drawn(raster.whole);
  }

  /** Puts the full-size answer where the quick one still is; what was painted since stays. */
  refine(full, quick, { base }) {
    const { raster } = this.marked;
    for (let i = 0; i < quick.length; i += 1) if (raster.values[i] === quick[i]) raster.values[i] = Math.max(full[i], base[i]);
    this.hooks.drawn(raster.whole);
  }

  /** Painting by hand ends the selection: a further click begins another. An answer that is not there yet is not waited for. */
  end() {
    if (this.asking && !this.asking.laid) this.leave();
    Object.assign(this, { points: [], base: null });
    this.hooks.changed();
  }

  /** Undo and redo bring the points back that belong to the mask; `note` is exchanged with what is now. */
  restore(note) {
    this.leave();
    const now = { points: this.points, base: this.base };
    Object.assign(this, note);
    Object.assign(note, now);
    this.hooks.changed();
  }

  leave() {
    this.asking?.controller.abort();
    this.asking = null;
  }
}
