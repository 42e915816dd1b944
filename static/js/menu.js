// A menu that opens at a button: arrow keys, Home, End, Escape, focus back where it was.
import { clamp, h } from './dom.js';

let openMenu = null;

/** Opens `items` (elements, most of them `menuItem`s) at `anchor`; a second call on the same anchor closes it. */
export function showMenu(anchor, items, label) {
  const again = openMenu?.anchor === anchor;
  closeMenu();
  if (again) return null;
  const menu = h('div.menu', { role: 'menu', 'aria-label': label }, items);
  document.body.append(menu);
  anchor.setAttribute('aria-expanded', 'true');
  openMenu = { anchor, menu };
  place(menu, anchor);
  menu.addEventListener('keydown', onKey);
  menu.addEventListener('click', (event) => { if (event.target.closest('[role=menuitem]')) closeMenu(true); });
  setTimeout(() => addEventListener('pointerdown', onOutside, true));
  addEventListener('resize', onResize);
  entries(menu)[0]?.focus();
  return menu;
}

export function menuItem(tag, props, ...children) {
  return h(`${tag}.menu-item`, { role: 'menuitem', tabIndex: -1, ...props }, ...children);
}

export function closeMenu(refocus = false) {
  if (!openMenu) return;
  const { anchor, menu } = openMenu;
  openMenu = null;
  menu.remove();
  anchor.setAttribute('aria-expanded', 'false');
  removeEventListener('pointerdown', onOutside, true);
  removeEventListener('resize', onResize);
  if (refocus) anchor.focus();
}

const entries = (menu) => [...menu.querySelectorAll('[role=menuitem]')];
const onResize = () => closeMenu();

function onOutside(event) {
  if (openMenu && !openMenu.menu.contains(event.target) && !openMenu.anchor.contains(event.target)) closeMenu();
}

function onKey(event) {
  const all = entries(event.currentTarget);
  const at = all.indexOf(document.activeElement);
  const to = { ArrowDown: (at + 1) % all.length, ArrowUp: (at - 1 + all.length) % all.length, Home: 0, End: all.length - 1 }[event.key];
  if (to !== undefined) { event.preventDefault(); all[to].focus(); }
  // nor does it close a dialog that the menu stands in
  if (event.key === 'Escape') { event.stopPropagation(); event.preventDefault(); closeMenu(true); }
  if (event.key === 'Tab') closeMenu();
}

/** Below the anchor where there is room, else above; always inside the window. */
function place(menu, anchor) {
  const at = anchor.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const below = at.bottom + 4 + size.height <= innerHeight - 8;
  menu.style.top = `${clamp(below ? at.bottom + 4 : at.top - 4 - size.height, 8, Math.max(8, innerHeight - size.height - 8))}px`;
  menu.style.left = `${clamp(at.left, 8, Math.max(8, innerWidth - size.width - 8))}px`;
}
