// Shows a mask over the picture: sampled for the screen's own pixels, so that it costs the same however large the picture is.
import { h, perFrame } from '../dom.js';

const MOST_PIXELS = 1.5e6;
const HALF = 127.5;
const HALF_BIT = 128;
/** The accent colour as R, G, B; selected parts get it at this strength, their outline is white. */
const TINT = [0x34, 0x54, 0xd1];
const STRENGTH = 0.55;
const LINE_STRENGTH = 0.94;
/** Half the outline's width in screen pixels, and a soft rim of half a pixel. */
const LINE_PX = 1.2;

const pack = (r, g, b, a) => ((a << 24) | (b << 16) | (g << 8) | r) >>> 0;
const COLOURS = Uint32Array.from({ length: 256 }, (_, v) => pack(...TINT, Math.round(v * STRENGTH)));

export class Overlay {
  /** `view` says where the picture is: `x`, `y`, `scale` in CSS pixels of the stage. */
  constructor({ stage, view }, marked) {
    this.canvas = h('canvas.mask-overlay', { 'aria-hidden': 'true' });
    Object.assign(this, { stage, view, marked, raster: marked.raster, context: this.canvas.getContext('2d'), moved: perFrame(() => { if (!this.canvas.hidden) this.draw(); }) });
    stage.querySelector('.sheet').after(this.canvas);
  }

  /** Hides it where another picture is in sight. */
  set hidden(value) {
    const shown = this.canvas.hidden && !value;
    this.canvas.hidden = value;
    if (shown) this.draw();
  }

  remove() { this.canvas.remove(); }

  /** Fits the canvas to the stage; called before each full drawing. */
  fit() {
    const { clientWidth, clientHeight } = this.stage;
    this.ratio = Math.min(devicePixelRatio, 2, Math.sqrt(MOST_PIXELS / Math.max(1, clientWidth * clientHeight)));
    const [width, height] = [Math.max(1, Math.round(clientWidth * this.ratio)), Math.max(1, Math.round(clientHeight * this.ratio))];
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
  }

  /** Draws the part of the screen that shows `rect` of the picture, or all of it. */
  draw(rect = null) {
    if (!rect || !this.ratio) this.fit();
    const { canvas } = this;
    const full = { left: 0, top: 0, right: canvas.width, bottom: canvas.height };
    const area = rect ? this.onScreen(rect, full) : full;
    if (area.left >= area.right || area.top >= area.bottom) return;
    this.context.putImageData(this.sample(area), area.left, area.top);
  }

  onScreen(rect, full) {
    const { x, y, scale } = this.view;
    const at = (start, value) => (start + value * scale) * this.ratio;
    // one more on each side: the outline belongs to the pixel beside the change
    return {
      left: Math.max(full.left, Math.floor(at(x, rect.left)) - 1), top: Math.max(full.top, Math.floor(at(y, rect.top)) - 1),
      right: Math.min(full.right, Math.ceil(at(x, rect.right)) + 2), bottom: Math.min(full.bottom, Math.ceil(at(y, rect.bottom)) + 2),
    };
  }

  /** The colours of an area of the canvas. A screen pixel that covers several of the picture gets the mean of four of them. */
  sample(area) {
    const { values, width, height } = this.raster;
    const columns = this.places(area.left, area.right, this.view.x, width, 1);
    const rows = this.places(area.top, area.bottom, this.view.y, height, width);
    const across = area.right - area.left;
    const stride = across + 2;
    // with a rim of one pixel all round, whose outline reaches in
    const shown = new Uint8Array(stride * (rows.length / 2));
    const line = new Uint8Array(shown.length);
    for (let j = 0, k = 0; j < rows.length; j += 2) {
      const r0 = rows[j];
      const r1 = rows[j + 1];
      for (let c = 0; c < columns.length; c += 2, k += 1) {
        const c0 = columns[c];
        const c1 = columns[c + 1];
        if (r0 >= 0 && c0 >= 0) shown[k] = (values[r0 + c0] + values[r0 + c1] + values[r1 + c0] + values[r1 + c1]) >> 2;
        if (c > 0 && (shown[k] ^ shown[k - 1]) & HALF_BIT) cross(shown, line, k - 1, k);
        if (j > 0 && (shown[k] ^ shown[k - stride]) & HALF_BIT) cross(shown, line, k - stride, k);
      }
    }
    const image = new ImageData(across, area.bottom - area.top);
    const out = new Uint32Array(image.data.buffer);
    for (let y = 0, i = 0; y < image.height; y += 1) {
      for (let x = 0, k = (y + 1) * stride + 1; x < across; x += 1, k += 1, i += 1) out[i] = line[k] ? outlined(shown[k], line[k]) : COLOURS[shown[k]];
    }
    return image;
  }

  /** Two offsets into the mask for each screen pixel, the one before the first and the one after the last; −1 outside the picture. */
  places(from, to, start, count, stride) {
    const places = new Int32Array(2 * (to - from + 2));
    for (let k = 0; k < places.length; k += 1) {
      const centre = from - 1 + (k >> 1) + (k & 1 ? 0.75 : 0.25);
      const at = Math.floor((centre / this.ratio - start) / this.view.scale);
      places[k] = at >= 0 && at < count ? at * stride : -1;
    }
    // at the rim half of a screen pixel may be outside
    for (let k = 0; k < places.length; k += 2) if (Math.min(places[k], places[k + 1]) < 0) places[k] = places[k + 1] = -1;
    return places;
  }
}

/** Two neighbours that lie on different sides of the half get their shares of the outline, by how near it passes. */
function cross(shown, line, p, q) {
  const [a, b] = [shown[p], shown[q]];
  const at = (HALF - a) / (b - a);
  line[p] = Math.max(line[p], 255 * Math.min(1, LINE_PX - at));
  line[q] = Math.max(line[q], 255 * Math.min(1, LINE_PX - 1 + at));
}

/** White of the given strength over the tint. */
function outlined(value, strength) {
  const white = (strength / 255) * LINE_STRENGTH;
  const tint = (value / 255) * STRENGTH * (1 - white);
  const alpha = white + tint;
  return pack(...TINT.map((c) => Math.round((255 * white + c * tint) / alpha)), Math.round(255 * alpha));
}
