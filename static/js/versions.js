// The versions as a tree of thumbnails: a line of edits runs to the right, a second edit of the same picture starts a row below.
import { h } from './dom.js';
import { t } from './i18n.js';
import { previewUrl } from './api.js';

const THUMB_SIDE = 96;
/** As in canvas.css. */
const ROW_PX = 72;

export class VersionTree {
  constructor(store) {
    this.store = store;
    this.tree = h('ul.tree', { 'aria-label': t('versions.title') });
    this.element = h('nav.versions', { 'aria-label': t('versions.title') }, this.tree);
    this.tree.addEventListener('keydown', (event) => this.key(event));
    this.drawn = '';
    // on a phone the tree has no size until its tab is opened
    new ResizeObserver(() => this.reveal()).observe(this.tree);
  }

  draw() {
    const { versions, session, looking } = this.store;
    this.element.hidden = versions.length === 0;
    const signature = JSON.stringify(versions.map((v) => [v.number, v.parent, v.image.id]));
    if (signature !== this.drawn) { this.drawn = signature; this.build(versions); }
    for (const button of this.tree.querySelectorAll('.version')) {
      const number = Number(button.dataset.number);
      const current = number === session?.current;
      button.setAttribute('aria-current', String(current));
      button.dataset.looking = String(number === looking);
      button.setAttribute('aria-label', this.name(this.store.version(number)) + (current ? `, ${t('versions.current')}` : ''));
    }
    const mark = `${session?.current} ${looking} ${signature}`;
    if (mark === this.mark) return;
    this.mark = mark;
    this.reveal();
  }

  /** Scrolls to the version in sight, with the row above it; only the tree moves: scrollIntoView would move the page on a phone. */
  reveal() {
    const shown = this.tree.querySelector('[data-looking="true"]') ?? this.tree.querySelector('[aria-current="true"]');
    const cell = shown?.closest('li');
    if (cell) this.tree.scrollTo({ left: cell.offsetLeft - this.tree.clientWidth / 2, top: cell.offsetTop - ROW_PX - 8 });
  }

  build(versions) {
    const focused = this.tree.contains(document.activeElement) ? document.activeElement.dataset.number : null;
    const cells = layout(versions);
    const items = [];
    for (const { version, column, row, parent } of cells) {
      if (parent) items.push(line(parent, { column, row }));
      const thumb = h(`span.thumb${version.image.alpha ? '.checker' : ''}`, {}, h('img', { src: previewUrl(version.image, THUMB_SIDE), alt: '', width: 48, height: 48, draggable: false }));
      const button = h('button.version', { type: 'button', title: this.name(version), dataset: { number: version.number }, onclick: () => this.store.look(version.number) }, thumb, h('span', {}, `v${version.number}`));
      items.push(h('li', { style: { gridColumn: column + 1, gridRow: row + 1 } }, button));
    }
    this.tree.replaceChildren(...items);
    if (focused) this.tree.querySelector(`[data-number="${focused}"]`)?.focus();
  }

  name(version) {
    if (version.kind === 'upload' || !version.parent) return t('versions.upload', { n: version.number });
    return t('versions.edit', { n: version.number, parent: version.parent, words: version.words.join(', ') });
  }

  key(event) {
    const all = [...this.tree.querySelectorAll('.version')].sort((a, b) => a.dataset.number - b.dataset.number);
    const at = all.indexOf(document.activeElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || !all[to]) return;
    event.preventDefault();
    all[to].focus();
  }
}

/** A column per generation, a row per line of descent; the first child stays in its parent's row. */
export function layout(versions) {
  const children = Map.groupBy ? Map.groupBy(versions, (v) => v.parent ?? null) : groupByParent(versions);
  const cells = [];
  let rows = 0;
  const place = (version, column, row, parent) => {
    const cell = { version, column, row, parent };
    cells.push(cell);
    (children.get(version.number) ?? []).forEach((child, i) => place(child, column + 1, i === 0 ? row : rows++, cell));
  };
  for (const root of children.get(null) ?? []) place(root, 0, rows++, null);
  return cells;
}

function groupByParent(versions) {
  const groups = new Map();
  for (const version of versions) groups.set(version.parent ?? null, [...(groups.get(version.parent ?? null) ?? []), version]);
  return groups;
}

/** The line from a parent to its child: straight in one row, bent down to a lower one. */
function line(from, to) {
  const straight = from.row === to.row;
  const style = straight
    ? { gridColumn: to.column + 1, gridRow: to.row + 1 }
    : { gridColumn: `${from.column + 2} / ${to.column + 2}`, gridRow: `${from.row + 2} / ${to.row + 2}` };
  return h(`li.branch.${straight ? 'straight' : 'bend'}`, { 'aria-hidden': 'true', style });
}
