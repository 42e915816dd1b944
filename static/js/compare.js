// Before and after of one picture under a divider that is dragged or moved with the keys; the version's map lays the old picture where the new one shows it.
import { clamp, h, icon } from './dom.js';
import { percent, t } from './i18n.js';
import { previewUrl } from './api.js';

const CARD_SIDE = 1024;

/**
 * The CSS transform that puts the parent's picture into the child's frame, in the child's pixels. Crops, pads and
 * scalings are followed; a turned or mirrored picture is shown as it was, since following would hide the change.
 */
export function beforeTransform(version, parent, map = version.map) {
  if (map) {
    const [a, b, c, d, e, f] = map; // from the child to its parent
    if (Math.abs(b) + Math.abs(d) < 1e-6 && a > 0 && e > 0) return `matrix(${1 / a}, 0, 0, ${1 / e}, ${-c / a}, ${-f / e})`;
  }
  const { width, height } = version.image;
  const scale = Math.min(width / parent.image.width, height / parent.image.height);
  return `matrix(${scale}, 0, 0, ${scale}, ${(width - parent.image.width * scale) / 2}, ${(height - parent.image.height * scale) / 2})`;
}

/** An image element that covers the picture's own pixels, filled from a preview. */
export function pictureLayer(image, side, alt = '') {
  return h('img', { src: previewUrl(image, side), alt, draggable: false, decoding: 'async', style: { width: `${image.width}px`, height: `${image.height}px` } });
}

/** The divider: `moved(share)` with the share of the width that shows the old picture, 0..1. */
export function divider(moved, share = 0.5) {
  const handle = h('div.divider', { role: 'slider', tabIndex: 0, 'aria-label': t('compare.label'), 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-orientation': 'horizontal' }, h('div.knob', {}, icon('arrows')));
  const set = (value) => {
    share = clamp(value, 0, 1);
    handle.setAttribute('aria-valuenow', Math.round(share * 100));
    handle.setAttribute('aria-valuetext', t('compare.value', { percent: percent(share) }));
    moved(share);
  };
  handle.addEventListener('keydown', (event) => {
    const step = event.shiftKey ? 0.1 : 0.02;
    const to = { ArrowLeft: share - step, ArrowDown: share - step, ArrowRight: share + step, ArrowUp: share + step, PageDown: share - 0.1, PageUp: share + 0.1, Home: 0, End: 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    set(to);
  });
  return { handle, set, get share() { return share; } };
}

/** Drags the divider by the pointer anywhere on `surface`; `toShare(clientX)` says where that is. */
export function dragDivider(surface, toShare, set) {
  surface.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || event.target.closest('button, a')) return;
    surface.setPointerCapture(event.pointerId);
    surface.querySelector('.divider')?.focus({ preventScroll: true });
    event.preventDefault();
    set(toShare(event.clientX));
    const move = (e) => { if (e.pointerId === event.pointerId) set(toShare(e.clientX)); };
    const end = () => { surface.removeEventListener('pointermove', move); surface.removeEventListener('pointerup', end); surface.removeEventListener('pointercancel', end); };
    surface.addEventListener('pointermove', move);
    surface.addEventListener('pointerup', end);
    surface.addEventListener('pointercancel', end);
  });
}

/** Sizes a box by the picture's aspect, at most `maxHeight` high and never wider than its column. */
export function reserve(box, width, height, maxHeight) {
  box.style.aspectRatio = `${width} / ${height}`;
  box.style.maxWidth = `${Math.round(Math.min(maxHeight * (width / height), width * 2))}px`;
  box.style.width = '100%';
}

/** The last picture in progress stays in place until the result's own is decoded, so that nothing goes blank. */
function underlay(box, url, result) {
  const image = h('img.glow', { src: url, alt: '' });
  box.prepend(image);
  result.decode().catch(() => {}).then(() => image.remove());
}

/** The picture of a version for a card, with the slider where it has a parent; `glow`: a picture to show until it is there. */
export function comparison(version, parent, alt, glow = null) {
  const { width, height, alpha } = version.image;
  const backdrop = alpha ? '.checker' : '';
  const now = pictureLayer(version.image, CARD_SIDE, alt);
  const frame = h(`div.frame${backdrop}`, { style: { width: `${width}px`, height: `${height}px` } }, now);
  const box = h('div.compare', {}, frame);
  if (glow) underlay(box, glow, now);
  reserve(box, width, height, 360);
  new ResizeObserver(() => {
    const k = box.clientWidth / width;
    if (!k) return;
    frame.style.transform = `scale(${k})`;
    frame.style.setProperty('--k', k);
  }).observe(box);
  if (!parent) return box;

  const old = pictureLayer(parent.image, CARD_SIDE);
  old.style.transform = beforeTransform(version, parent);
  const before = h(`div.layer.before${parent.image.alpha ? '.checker' : ''}`, {}, old);
  before.hidden = true;
  old.decode().catch(() => {}).then(() => { before.hidden = false; });
  frame.append(before);
  const tags = [h('span.tag.before', {}, t('compare.before')), h('span.tag.after', {}, t('compare.after'))];
  const { handle, set } = divider((share) => {
    before.style.clipPath = `inset(0 ${(1 - share) * 100}% 0 0)`;
    handle.style.left = `${share * 100}%`;
    tags[0].style.opacity = share > 0.2 ? 1 : 0;
    tags[1].style.opacity = share < 0.8 ? 1 : 0;
  });
  box.append(...tags, handle);
  set(0.5);
  dragDivider(box, (x) => { const at = box.getBoundingClientRect(); return (x - at.left) / at.width; }, set);
  return box;
}
