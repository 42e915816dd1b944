// A mask as plain bytes, one per pixel of the picture, 255 = selected. Whatever draws asks `before(rect)` first and gives back the rectangle it touched.
const SUB_ROWS = 4;

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
    for (let y = rect.top; y < rect.bottom; y += 1) {
      const outer = span(a, b, reach, y + 0.5);
      if (!outer) continue;
      const inner = span(a, b, reach - 1, y + 0.5) ?? { left: Infinity, right: Infinity };
      // whole pixels in the middle, at once; what is left on both sides is the edge
      const row = y * this.width;
      const [from, to] = [Math.max(rect.left, Math.floor(outer.left)), Math.min(rect.right, Math.ceil(outer.right))];
      const [full, rest] = [Math.min(to, Math.max(from, Math.ceil(inner.left))), Math.min(to, Math.max(from, Math.floor(inner.right)))];
      this.edge({ a, b, reach, erase, y, from, to: full });
      if (rest > full) this.values.fill(erase ? 0 : 255, row + full, row + rest);
      this.edge({ a, b, reach, erase, y, from: Math.max(full, rest), to });
    }
    return rect;
  }

  /** Part of a row of a stroke, pixel by pixel: each is covered by how far it is from the stroke's middle line. */
  edge({ a, b, reach, erase, y, from, to }) {
    const { values } = this;
    const dx = b.x - a.x;
    const dy = b.y - a.y;
    const length2 = dx * dx + dy * dy || 1;
    const ay = y + 0.5 - a.y;
    for (let x = from, i = y * this.width + from; x < to; x += 1, i += 1) {
      const ax = x + 0.5 - a.x;
      const along = Math.min(1, Math.max(0, (ax * dx + ay * dy) / length2));
      const ex = ax - along * dx;
      const ey = ay - along * dy;
      const cover = Math.round(255 * Math.min(1, Math.max(0, reach - Math.sqrt(ex * ex + ey * ey))));
      if (erase) { if (values[i] > 255 - cover) values[i] = 255 - cover; } else if (values[i] < cover) values[i] = cover;
    }
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
    for (let i = 0; i < this.values.length; i += 1) count += this.values[i] >> 7;
    return count / this.values.length;
  }
}

/** From where to where a horizontal line is inside a stroke from `a` to `b`, or null. A stroke is convex: its ends are on the two circles or the two sides. */
function span(a, b, radius, y) {
  let left = Infinity;
  let right = -Infinity;
  const meet = (from, to) => { left = Math.min(left, from); right = Math.max(right, to); };
  for (const end of [a, b]) {
    const half = Math.sqrt(radius * radius - (y - end.y) ** 2);
    if (half >= 0) meet(end.x - half, end.x + half);
  }
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  const [nx, ny] = length ? [(-(b.y - a.y) / length) * radius, ((b.x - a.x) / length) * radius] : [0, 0];
  for (const side of [1, -1]) {
    const at = (y - a.y - side * ny) / (b.y - a.y);
    if (at >= 0 && at <= 1) { const x = a.x + side * nx + at * (b.x - a.x); meet(x, x); }
  }
  return left <= right && radius > 0 ? { left, right } : null;
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
