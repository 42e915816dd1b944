// A mask as plain bytes, one per pixel of the picture, 255 = selected. Whatever draws asks `before(rect)` first and gives back the rectangle it touched.
const SUB_ROWS = 4;
const HARD = 128;

export class Raster {
  constructor(width, height, values = new Uint8Array(width * height)) {
    Object.assign(this, { width, height, values, before: () => {} });
  }

  get whole() { return { left: 0, top: 0, right: this.width, bottom: this.height }; }

  /** Whole pixels inside the picture, or null where nothing of the rectangle is. */
  clip(left, top, right, bottom) {
    const rect = { left: Math.max(0, Math.floor(left)), top: Math.max(0, Math.floor(top)), right: Math.min(this.width, Math.ceil(right)), bottom: Math.min(this.height, Math.ceil(bottom)) };
    return rect.left < rect.right && rect.top < rect.bottom ? rect : null;
  }

  /** A round brush drawn from `a` to `b`, in the picture's pixels; the edge is antialiased over one pixel. Joined strokes do not show their joints. */
  stroke(a, b, radius, erase = false) {
    const reach = Math.max(radius, 0.5) + 0.5;
    const rect = this.clip(Math.min(a.x, b.x) - reach, Math.min(a.y, b.y) - reach, Math.max(a.x, b.x) + reach, Math.max(a.y, b.y) + reach);
    if (!rect) return null;
    this.before(rect);
    const { width, values } = this;
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const length2 = dx * dx + dy * dy || 1;
    const [outer2, inner2] = [reach * reach, Math.max(0, reach - 1) ** 2];
    for (let y = rect.top; y < rect.bottom; y += 1) {
      const ay = y + 0.5 - a.y;
      for (let x = rect.left, i = y * width + x; x < rect.right; x += 1, i += 1) {
        const ax = x + 0.5 - a.x;
        const along = Math.min(1, Math.max(0, (ax * dx + ay * dy) / length2));
        const [ex, ey] = [ax - along * dx, ay - along * dy];
        const distance2 = ex * ex + ey * ey;
        if (distance2 >= outer2) continue;
        const cover = distance2 <= inner2 ? 255 : Math.round(255 * (reach - Math.sqrt(distance2)));
        if (erase) { if (values[i] > 255 - cover) values[i] = 255 - cover; } else if (values[i] < cover) values[i] = cover;
      }
    }
    return rect;
  }

  /** The rectangle between two corners, to whole pixels. */
  box(a, b, erase = false) {
    const rect = this.clip(Math.round(Math.min(a.x, b.x)), Math.round(Math.min(a.y, b.y)), Math.round(Math.max(a.x, b.x)), Math.round(Math.max(a.y, b.y)));
    if (!rect) return null;
    this.before(rect);
    for (let y = rect.top; y < rect.bottom; y += 1) this.values.fill(erase ? 0 : 255, y * this.width + rect.left, y * this.width + rect.right);
    return rect;
  }

  /** A closed outline, filled by the even-odd rule with antialiased edges. */
  polygon(points, erase = false) {
    const [xs, ys] = [points.map((p) => p.x), points.map((p) => p.y)];
    const low = (list) => list.reduce((least, v) => Math.min(least, v), Infinity);
    const high = (list) => list.reduce((most, v) => Math.max(most, v), -Infinity);
    const rect = points.length > 2 ? this.clip(low(xs), low(ys), high(xs), high(ys)) : null;
    if (!rect) return null;
    this.before(rect);
    const cover = new Float32Array(rect.right - rect.left);
    for (let y = rect.top; y < rect.bottom; y += 1) {
      cover.fill(0);
      for (let sub = 0; sub < SUB_ROWS; sub += 1) {
        const at = crossings(points, y + (sub + 0.5) / SUB_ROWS);
        for (let k = 0; k + 1 < at.length; k += 2) addSpan(cover, at[k] - rect.left, at[k + 1] - rect.left);
      }
      this.blendRow(rect.left, y, cover, erase);
    }
    return rect;
  }

  blendRow(left, y, cover, erase) {
    for (let k = 0, i = y * this.width + left; k < cover.length; k += 1, i += 1) {
      const value = Math.round((255 * cover[k]) / SUB_ROWS);
      this.values[i] = erase ? Math.min(this.values[i], 255 - value) : Math.max(this.values[i], value);
    }
  }

  /** Takes over other values of the same size; `pick(old, new)` for each pixel. */
  replace(values, pick = (_, next) => next) {
    this.before(this.whole);
    for (let i = 0; i < values.length; i += 1) this.values[i] = pick(this.values[i], values[i]);
    return this.whole;
  }

  invert() {
    this.before(this.whole);
    for (let i = 0; i < this.values.length; i += 1) this.values[i] = 255 - this.values[i];
    return this.whole;
  }

  clear() {
    this.before(this.whole);
    this.values.fill(0);
    return this.whole;
  }

  /** The selected share of the picture, 0..1; more than 0 where a single pixel is more selected than not. */
  share() {
    let count = 0;
    for (let i = 0; i < this.values.length; i += 1) if (this.values[i] >= HARD) count += 1;
    return count / this.values.length;
  }
}

/** Where a horizontal line crosses the outline, from left to right. */
function crossings(points, y) {
  const at = [];
  for (let i = 0, j = points.length - 1; i < points.length; j = i, i += 1) {
    const [p, q] = [points[j], points[i]];
    if ((p.y <= y) !== (q.y <= y)) at.push(p.x + ((y - p.y) / (q.y - p.y)) * (q.x - p.x));
  }
  return at.sort((a, b) => a - b);
}

/** Adds how much of each pixel the span from `from` to `to` covers. */
function addSpan(cover, from, to) {
  const [start, end] = [Math.max(0, from), Math.min(cover.length, to)];
  for (let x = Math.floor(start); x < end; x += 1) cover[x] += Math.min(x + 1, end) - Math.max(x, start);
}
