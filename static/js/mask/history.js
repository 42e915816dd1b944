// Undo and redo of a mask: before a tile is touched for the first time in a stroke, a copy of it is kept.
const TILE_PX = 256;
const MOST_BYTES = 96e6;

export class History {
  constructor(raster) {
    Object.assign(this, { raster, open: null, done: [], undone: [], columns: Math.ceil(raster.width / TILE_PX) });
    raster.before = (rect) => this.touch(rect);
  }

  get canUndo() { return this.done.length > 0; }
  get canRedo() { return this.undone.length > 0; }

  /** Starts a stroke; `note` is given back when it is undone or redone. */
  begin(note = null) {
    this.open = { tiles: new Map(), note };
  }

  touch(rect) {
    if (!this.open) return;
    for (let row = Math.floor(rect.top / TILE_PX); row * TILE_PX < rect.bottom; row += 1) {
      for (let column = Math.floor(rect.left / TILE_PX); column * TILE_PX < rect.right; column += 1) {
        const key = row * this.columns + column;
        if (!this.open.tiles.has(key)) this.open.tiles.set(key, this.copy(key));
      }
    }
  }

  /** Ends the stroke; the oldest ones are forgotten where there are too many. */
  commit() {
    if (this.open?.tiles.size) {
      this.done.push(this.open);
      this.undone = [];
      let bytes = this.done.reduce((sum, entry) => sum + weight(entry), 0);
      while (bytes > MOST_BYTES && this.done.length > 1) bytes -= weight(this.done.shift());
    }
    this.open = null;
  }

  /** Takes the stroke under way back, as if it had never begun. */
  cancel() {
    if (!this.open) return null;
    const rect = this.swap(this.open);
    this.open = null;
    return rect;
  }

  undo() { return this.move(this.done, this.undone); }
  redo() { return this.move(this.undone, this.done); }

  move(from, to) {
    const entry = from.pop();
    if (!entry) return null;
    to.push(entry);
    return { rect: this.swap(entry), note: entry.note };
  }

  /** Exchanges the kept tiles with what is in their place. */
  swap(entry) {
    const touched = { left: Infinity, top: Infinity, right: 0, bottom: 0 };
    for (const [key, kept] of entry.tiles) {
      const area = this.area(key);
      entry.tiles.set(key, this.copy(key));
      this.paste(area, kept);
      Object.assign(touched, { left: Math.min(touched.left, area.left), top: Math.min(touched.top, area.top), right: Math.max(touched.right, area.right), bottom: Math.max(touched.bottom, area.bottom) });
    }
    return touched;
  }

  area(key) {
    const [left, top] = [(key % this.columns) * TILE_PX, Math.floor(key / this.columns) * TILE_PX];
    return { left, top, right: Math.min(this.raster.width, left + TILE_PX), bottom: Math.min(this.raster.height, top + TILE_PX) };
  }

  /** The tile's bytes, or one number where they are all the same. */
  copy(key) {
    const { left, top, right, bottom } = this.area(key);
    const { values, width } = this.raster;
    const bytes = new Uint8Array((right - left) * (bottom - top));
    for (let y = top; y < bottom; y += 1) bytes.set(values.subarray(y * width + left, y * width + right), (y - top) * (right - left));
    let same = 1;
    while (same < bytes.length && bytes[same] === bytes[0]) same += 1;
    return same === bytes.length ? bytes[0] : bytes;
  }

  paste({ left, top, right, bottom }, kept) {
    const { values, width } = this.raster;
    for (let y = top; y < bottom; y += 1) {
      if (typeof kept === 'number') values.fill(kept, y * width + left, y * width + right);
      else values.set(kept.subarray((y - top) * (right - left), (y - top + 1) * (right - left)), y * width + left);
    }
  }
}

const weight = (entry) => [...entry.tiles.values()].reduce((sum, tile) => sum + (typeof tile === 'number' ? 8 : tile.length), 0);
