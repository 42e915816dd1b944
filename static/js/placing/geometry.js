// Where a thing is: its centre in pixels of the picture, its size before it is turned, clockwise degrees.

const LEAST_PX = 4;
const MOST_TIMES = 4;
/** So much of a thing stays over the picture. */
const IN_SIGHT_PX = 4;
/** A turn by hand settles on upright when it comes this near. */
const UPRIGHT_DEGREES = 1.5;

/** A vector turned clockwise. */
export function turned([x, y], degrees) {
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  return [x * cos - y * sin, x * sin + y * cos];
}

/** In (-180, 180], to a tenth. */
export function angle(degrees) {
  const rest = (((Math.round(degrees * 10) / 10) % 360) + 360) % 360;
  return Math.round((rest > 180 ? rest - 360 : rest) * 10) / 10;
}

export const same = (a, b) => ['x', 'y', 'width', 'height', 'rotate'].every((name) => Math.abs(a[name] - b[name]) < 0.05);

/** Whether a point of the picture is on the thing, give or take `slack` pixels. */
export function contains(at, [x, y], slack = 0) {
  const [along, across] = turned([x - at.x, y - at.y], -at.rotate);
  return Math.abs(along) <= at.width / 2 + slack && Math.abs(across) <= at.height / 2 + slack;
}

/** Width and height of the upright box around the thing. */
export function room({ width, height, rotate }) {
  const [a, b] = [turned([width, height], rotate), turned([width, -height], rotate)];
  return [Math.max(Math.abs(a[0]), Math.abs(b[0])), Math.max(Math.abs(a[1]), Math.abs(b[1]))];
}

/** As asked for, in sight of the picture, and of a size that can be made; the height follows the width. */
export function kept(at, picture) {
  const ratio = at.height / at.width;
  const least = Math.max(LEAST_PX, LEAST_PX / ratio);
  const most = Math.max(least, MOST_TIMES * Math.max(picture.width, picture.height) * Math.min(1, 1 / ratio));
  const width = Math.min(most, Math.max(least, at.width));
  const sized = { ...at, width, height: width * ratio, rotate: angle(at.rotate) };
  const [w, h] = room(sized);
  const within = (value, half, side) => Math.min(side + half - IN_SIGHT_PX, Math.max(IN_SIGHT_PX - half, value));
  return { ...sized, x: within(at.x, w / 2, picture.width), y: within(at.y, h / 2, picture.height) };
}

/** Moved by whole pixels, so that what lay on whole pixels still does. */
export const moved = (at, dx, dy) => ({ ...at, x: at.x + Math.round(dx), y: at.y + Math.round(dy) });

/** Scaled about its centre. */
export const scaled = (at, factor) => ({ ...at, width: at.width * factor, height: at.height * factor });

/** Scaled by a corner, `[±1, ±1]`, that the pointer takes from one point to another; the opposite corner stays. */
export function pulled(at, [sx, sy], from, to) {
  const diagonal = turned([sx * at.width, sy * at.height], at.rotate);
  const length = diagonal[0] ** 2 + diagonal[1] ** 2;
  const along = ((to[0] - from[0]) * diagonal[0] + (to[1] - from[1]) * diagonal[1]) / length;
  const width = Math.max(LEAST_PX, Math.round(at.width * (1 + along)));
  const factor = width / at.width;
  return { ...scaled(at, factor), x: at.x + (diagonal[0] * (factor - 1)) / 2, y: at.y + (diagonal[1] * (factor - 1)) / 2 };
}

/** Turned about its centre by a pointer that goes from one point to another; `steps`: in steps of so many degrees. */
export function swung(at, from, to, steps = 0.5) {
  const direction = ([x, y]) => (Math.atan2(y - at.y, x - at.x) * 180) / Math.PI;
  const wanted = at.rotate + direction(to) - direction(from);
  const upright = Math.round(wanted / 90) * 90;
  return { ...at, rotate: angle(Math.abs(wanted - upright) < UPRIGHT_DEGREES ? upright : Math.round(wanted / steps) * steps) };
}

/** Moved, scaled and turned by two fingers: from two points to two others. */
export function pinched(at, [a, b], [p, q]) {
  const [before, after] = [[b[0] - a[0], b[1] - a[1]], [q[0] - p[0], q[1] - p[1]]];
  const factor = Math.hypot(...after) / Math.max(1e-6, Math.hypot(...before));
  const by = ((Math.atan2(after[1], after[0]) - Math.atan2(before[1], before[0])) * 180) / Math.PI;
  const [dx, dy] = turned([(at.x - (a[0] + b[0]) / 2) * factor, (at.y - (a[1] + b[1]) / 2) * factor], by);
  return { ...scaled(at, factor), x: (p[0] + q[0]) / 2 + dx, y: (p[1] + q[1]) / 2 + dy, rotate: angle(at.rotate + by) };
}
