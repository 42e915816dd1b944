// Two versions beside each other: they zoom and move together, whatever their sizes.
import { pictureLayer } from './compare.js';
import { h } from './dom.js';
import { t } from './i18n.js';
import { Viewport } from './viewport.js';

const SIDE_PX = 1600;

export class SideBySide {
  /** Lays `versions` (left, right) over `stage`; `changed()` after every move, `backdrop` for clear parts. */
  constructor(stage, versions, { changed, backdrop }) {
    const size = versions[1].image;
    this.sheets = versions.map(({ image, number }) => {
      const picture = pictureLayer(image, SIDE_PX, t('canvas.picture', { n: number, width: image.width, height: image.height }));
      const scale = Math.min(size.width / image.width, size.height / image.height);
      picture.style.transform = `translate(${(size.width - image.width * scale) / 2}px, ${(size.height - image.height * scale) / 2}px) scale(${scale})`;
      return h(`div.sheet${image.alpha ? `.${backdrop}` : ''}`, {}, picture);
    });
    this.panes = this.sheets.map((sheet, i) => h('div.side', { tabIndex: 0, role: 'group', 'aria-label': `${t('canvas.version', { n: versions[i].number })}. ${t('canvas.stage')}` }, sheet, h('span.tag.before', {}, t('canvas.version', { n: versions[i].number }))));
    this.element = h('div.sides', {}, this.panes);
    // over the picture, below what floats on it
    stage.firstElementChild.after(this.element);
    this.element.addEventListener('wheel', (event) => event.stopPropagation());
    let following = false;
    this.views = this.panes.map((pane, i) => new Viewport(pane, this.sheets[i], {
      skip: () => false,
      changed: () => {
        if (following || !this.views) return;
        following = true;
        const [from, to] = [this.views[i], this.views[1 - i]];
        Object.assign(to, { scale: from.scale, x: from.x, y: from.y, fitted: from.fitted });
        to.apply();
        following = false;
        changed();
      },
    }));
    for (const view of this.views) view.setSize(size.width, size.height);
  }

  get view() { return this.views[1]; }

  remove() { this.element.remove(); }
}
