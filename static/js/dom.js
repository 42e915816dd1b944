// Builds elements; text is always set as text, never as HTML.
import { at } from './base.js';

const SVG = 'http://www.w3.org/2000/svg';

/** `h('p.note', {hidden: true, onclick}, 'text', child)`: properties where the element has them, attributes otherwise. */
export function h(selector, props = {}, ...children) {
  const [tag, ...classes] = selector.split('.');
  const element = document.createElement(tag || 'div');
  if (classes.length) element.className = classes.join(' ');
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'dataset') Object.assign(element.dataset, value);
    else if (name === 'style') Object.assign(element.style, value);
    else if (name.includes('-') || name === 'role' || !(name in element)) element.setAttribute(name, value === true ? '' : value);
    else element[name] = value;
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An icon of the sprite; decorative, so hidden from screen readers. */
export function icon(name, className = 'icon') {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', className);
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', at(`/static/icons.svg#${name}`));
  svg.append(use);
  return svg;
}

/** A button that shows only an icon and is named for everyone. */
export function iconButton(name, label, props = {}) {
  return h('button.icon-button', { type: 'button', title: label, 'aria-label': label, ...props }, icon(name));
}

/** A button with words, and an icon before them where one is given. */
export function button(label, props = {}, iconName = null, className = 'button') {
  return h(`button.${className.replaceAll(' ', '.')}`, { type: 'button', ...props }, iconName && icon(iconName), h('span', {}, label));
}

export const byId = (id) => document.getElementById(id);
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** Runs `task` at most once per frame, however often it is asked for. */
export function perFrame(task) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; task(); });
  };
}
