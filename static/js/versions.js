// The versions as a tree of thumbnails: a line of edits runs to the right, a second edit of the same picture starts a row below.
import { h, iconButton } from './dom.js';
import { t } from './i18n.js';
import { previewUrl } from './api.js';
import { remove } from './versionmenu.js';

const THUMB_SIDE = 96;
/** As in tree.css. */
const ROW_PX = 72;

export class VersionTree {
  /** `actions`: `choose(number)`, `menu(version, anchor)`, `acts` for the version menu. */
  constructor(store, actions) {
    Object.assign(this, { store, actions });
    this.tree = h('ul.tree', { 'aria-label': t('versions.title') });
    this.more = iconButton('more', t('tree.title'), { 'aria-haspopup': 'menu', 'aria-expanded': 'false', onclick: () => this.store.shown && actions.menu(this.store.shown, this.more) });
    this.tall = iconButton('up', t('tree.tall'), { 'aria-pressed': 'false', onclick: () => this.setTall(this.element.dataset.tall !== 'true') });
    this.element = h('nav.versions', { 'aria-label': t('versions.title') }, this.tree, h('div.tree-tools', {}, this.tall, this.more));
    this.tree.addEventListener('keydown', (event) => this.key(event));
    this.tree.addEventListener('contextmenu', (event) => this.openMenu(event));
    this.drawn = '';
    // on a phone the tree has no size until its tab is opened
    new ResizeObserver(() => this.reveal()).observe(this.tree);
  }

  /** `pair`: the versions that are compared, or the first of them. */
  draw(pair) {
    const { versions, session, looking } = this.store;
    this.element.hidden = versions.length === 0;
    const signature = JSON.stringify(versions.map((v) => [v.number, v.parent, v.image.id]));
    if (signature !== this.drawn) { this.drawn = signature; this.build(versions); }
    for (const button of this.tree.querySelectorAll('.version')) {
      const number = Number(button.dataset.number);
      const current = number === session?.current;
      button.setAttribute('aria-current', String(current));
      button.dataset.looking = String(number === looking);
      button.dataset.pair = String(number === pair.first || Boolean(pair.numbers?.includes(number)));
      button.setAttribute('aria-label', this.name(this.store.version(number)) + (current ? `, ${t('versions.current')}` : ''));
      // one stop for the Tab key however many versions there are
      button.tabIndex = number === this.store.shown?.number ? 0 : -1;
    }
    this.more.title = t('tree.menu', { n: this.store.shown?.number });
    this.more.setAttribute('aria-label', this.more.title);
    const mark = `${session?.current} ${looking} ${signature}`;
    if (mark === this.mark) return;
    this.mark = mark;
    this.reveal();
  }

  setTall(value) {
    this.element.dataset.tall = String(value);
    this.tall.setAttribute('aria-pressed', String(value));
    this.reveal();
  }

  /** The focus on a version, or on the one in sight. */
  focus(number) {
    (this.tree.querySelector(`[data-number="${number}"]`) ?? this.tree.querySelector('[tabindex="0"]'))?.focus();
  }

  openMenu(event) {
    const button = event.target.closest('li')?.querySelector('.version');
    if (!button) return;
    event.preventDefault();
    button.focus({ preventScroll: true });
    this.actions.menu(this.store.version(Number(button.dataset.number)), button);
  }

  /** Scrolls to the version in sight, with the row above it; only the tree moves: scrollIntoView would move the page on a phone. */
  reveal() {
    const shown = this.tree.querySelector('[data-looking="true"]') ?? this.tree.querySelector('[aria-current="true"]');
    const cell = shown?.closest('li');
    if (cell) this.tree.scrollTo({ left: cell.offsetLeft - this.tree.clientWidth / 2, top: cell.offsetTop - ROW_PX - 8 });
    this.tall.hidden = this.element.dataset.tall !== 'true' && this.tree.scrollHeight <= this.tree.clientHeight + 1;
  }

  build(versions) {
    const focused = this.tree.contains(document.activeElement) ? document.activeElement.dataset.number : null;
    const items = [];
    this.cells = layout(versions);
    for (const { version, column, row, parent } of this.cells) {
      if (parent) items.push(line(parent, { column, row }));
      const { number } = version;
      const thumb = h(`span.thumb${version.image.alpha ? '.checker' : ''}`, {}, h('img', { src: previewUrl(version.image, THUMB_SIDE), alt: '', width: 48, height: 48, draggable: false, loading: 'lazy' }));
      const button = h('button.version', { type: 'button', title: this.name(version), dataset: { number }, onclick: () => this.actions.choose(number) }, thumb, h('span', {}, `v${number}`));
      const more = iconButton('more', t('tree.menu', { n: number }), { tabIndex: -1, 'aria-haspopup': 'menu', 'aria-expanded': 'false', onclick: () => this.actions.menu(this.store.version(number), more) });
      more.classList.add('version-more');
      items.push(h('li.cell', { style: { gridColumn: column + 1, gridRow: row + 1 } }, button, more));
    }
    this.tree.replaceChildren(...items);
    if (focused) this.focus(focused);
  }

  name(version) {
    if (version.kind === 'upload' || !version.parent) return t('versions.upload', { n: version.number });
    return t('versions.edit', { n: version.number, parent: version.parent, words: version.words.join(', ') });
  }

  /** Left and right along the line of descent, up and down between the lines, Home and End by number, Delete for the branch. */
  key(event) {
    const number = Number(event.target.closest('.version')?.dataset.number);
    const at = this.cells.find((cell) => cell.version.number === number);
    if (!at || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Delete') { event.preventDefault(); remove(this.store, number, this.actions.acts); return; }
    const to = { ArrowLeft: () => at.parent, ArrowRight: () => this.cells.find((cell) => cell.parent === at), ArrowUp: () => this.beside(at, -1), ArrowDown: () => this.beside(at, 1), Home: () => this.end(0), End: () => this.end(-1) }[event.key]?.();
    if (!to) return;
    event.preventDefault();
    const button = this.tree.querySelector(`[data-number="${to.version.number}"]`);
    button.focus();
  }

  end(index) { return [...this.cells].sort((a, b) => a.version.number - b.version.number).at(index); }

  /** The nearest version in the next line that has one. */
  beside({ row, column }, by) {
    const rows = this.cells.map((cell) => cell.row).filter((one) => (one - row) * by > 0);
    const next = by > 0 ? Math.min(...rows) : Math.max(...rows);
    return this.cells.filter((cell) => cell.row === next).sort((a, b) => Math.abs(a.column - column) - Math.abs(b.column - column))[0];
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
