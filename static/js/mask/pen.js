// What a stroke of each tool does to the mask, wherever the stroke comes from: pointer or keys. Points are in the picture's pixels.
export class Pen {
  /** `drawn(rect)` after the mask changed under a stroke, `settled()` after one ended, `drafted()` when an outline moved. */
  constructor(marked, clicks, { drawn, settled, drafted }) {
    Object.assign(this, { marked, clicks, drawn, settled, drafted, stroke: null });
  }

  get down() { return this.stroke !== null; }

  /** The outline under way, in the picture's pixels, or an empty list. */
  get outline() {
    const { tool, points } = this.stroke ?? {};
    if (tool === 'lasso') return points;
    if (tool !== 'box') return [];
    const [a, b] = [points[0], points.at(-1)];
    return [a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }];
  }

  start(tool, point, { radius, minus }) {
    this.stroke = { tool, minus, radius, points: [point] };
    if (tool === 'click') return;
    this.clicks.end();
    this.marked.history.begin();
    if (tool === 'brush' || tool === 'eraser') this.paint(point, point);
    else this.drafted();
  }

  move(point) {
    const { tool, points } = this.stroke;
    const last = points.at(-1);
    if (tool === 'click' || (point.x === last.x && point.y === last.y)) return;
    if (tool === 'brush' || tool === 'eraser') {
      this.paint(last, point);
      points[0] = point;
    } else {
      points.push(point);
      this.drafted();
    }
  }

  paint(from, to) {
    const { tool, minus, radius } = this.stroke;
    const rect = this.marked.raster.stroke(from, to, radius, (tool === 'eraser') !== minus);
    if (rect) this.drawn(rect);
  }

  finish() {
    const { tool, minus, points } = this.stroke;
    const { raster, history } = this.marked;
    this.stroke = null;
    if (tool === 'click') {
      const { x, y } = points[0];
      if (x >= 0 && y >= 0 && x < raster.width && y < raster.height) this.clicks.add(x, y, !minus);
      return;
    }
    const rect = tool === 'box' ? raster.box(points[0], points.at(-1), minus) : tool === 'lasso' ? raster.polygon(points, minus) : null;
    history.commit();
    if (rect) this.drawn(rect);
    this.drafted();
    this.settled();
  }

  /** Takes the stroke under way back: a second finger came, or Escape was pressed. */
  cancel() {
    if (!this.stroke) return;
    this.stroke = null;
    const rect = this.marked.history.cancel();
    if (rect?.right) this.drawn(rect);
    this.drafted();
  }
}
