// Where a pixel of one version lies in another, through the version that both come from.

/** Affine maps `[a, b, c, d, e, f]`: x' = ax + by + c, y' = dx + ey + f. */
const then = ([a, b, c, d, e, f], [A, B, C, D, E, F]) => [A * a + B * d, A * b + B * e, A * c + B * f + C, D * a + E * d, D * b + E * e, D * c + E * f + F];

function inverse([a, b, c, d, e, f]) {
  const det = a * e - b * d;
  if (Math.abs(det) < 1e-9) return null;
  return [e / det, -b / det, (b * f - c * e) / det, -d / det, a / det, (c * d - a * f) / det];
}

/** The map from the pixels of version `from` to those of `to`, or null where some edit on the way has none. */
export function mapBetween(store, from, to) {
  const up = new Map();
  for (let [at, map] = [from, [1, 0, 0, 0, 1, 0]]; at; at = store.version(at.parent)) {
    up.set(at.number, map);
    map = map && at.map ? then(map, at.map) : null;
  }
  for (let [at, map] = [to, [1, 0, 0, 0, 1, 0]]; at; at = store.version(at.parent)) {
    const back = map && inverse(map);
    if (up.has(at.number)) return up.get(at.number) && back ? then(up.get(at.number), back) : null;
    map = map && at.map ? then(map, at.map) : null;
  }
  return null;
}
