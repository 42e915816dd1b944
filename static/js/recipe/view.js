// One recipe: what it does, its values, its versions, and what can be done with it.
import { API } from '../api.js';
import { copyText, toast } from '../announce.js';
import { ask, confirm } from '../dialog.js';
import { button, h, icon } from '../dom.js';
import { failure } from '../failure.js';
import { t } from '../i18n.js';
import { menuItem, showMenu } from '../menu.js';
import { openSheet } from '../sheet.js';
import { curlOfRecipe } from '../plan/curl.js';
import * as calls from './calls.js';
import { ValuesForm, prepareForm } from './form.js';
import { models, pictures, steps } from './parts.js';

export async function openRecipe(host, id) {
  const [known, recipe] = await Promise.all([prepareForm(), calls.recipe(id)]);
  new RecipeSheet(host, known).open(recipe);
}

class RecipeSheet {
  constructor(host, known) {
    Object.assign(this, { host, known });
  }

  open(recipe) {
    this.top = h('div');
    this.content = h('div.recipe-view');
    this.sheet = openSheet({ title: recipe.name, body: [this.top, this.content] });
    this.sheet.dialog.dataset.recipe = recipe.id;
    this.draw(recipe);
  }

  draw(recipe) {
    this.recipe = recipe;
    this.sheet.title(recipe.name);
    this.form = new ValuesForm(recipe, this.known);
    this.anyModels = recipe.warnings.length ? h('input', { type: 'checkbox', id: 'any-models', onchange: () => this.drawFoot() }) : null;
    this.content.replaceChildren(...[this.versions(), this.warnings(), steps(recipe), this.values(), pictures(recipe), models(recipe)].filter(Boolean));
    this.drawFoot();
  }

  versions() {
    const { recipe } = this;
    const saved = recipe.saved_at && new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(recipe.saved_at));
    const note = h('span.note', {}, t('recipe.savedAt', { when: saved }));
    if (recipe.newest < 2) return h('p.recipe-versions', {}, note);
    const select = h('select', { id: 'recipe-version', onchange: () => this.look(Number(select.value)) }, Array.from({ length: recipe.newest }, (_, i) => recipe.newest - i)
      .map((n) => h('option', { value: n, selected: n === recipe.version }, t(n === recipe.newest ? 'recipe.newest' : 'recipe.version', { n }))));
    return h('p.recipe-versions', {}, h('label', { htmlFor: select.id }, t('recipe.versions')), select, note);
  }

  async look(n) {
    try {
      this.draw(await calls.recipe(this.recipe.id, n));
      this.content.querySelector('select')?.focus();
    } catch (error) { this.top.replaceChildren(failure(error)); }
  }

  /** Why it cannot run here as it is, and the way to run it anyway. */
  warnings() {
    const { warnings } = this.recipe;
    if (!warnings.length) return null;
    return h('div.recipe-warnings', {}, warnings.map((one) => h('p.warning', {}, icon('warn'), h('span', {}, one.message))),
      h('label.check-row', {}, this.anyModels, h('span', {}, t('recipe.anyModels'))));
  }

  values() {
    return h('section', {}, h('h3', {}, t('recipe.values')), this.recipe.params.length ? this.form.element : h('p.note', {}, t('recipe.noValues')));
  }

  drawFoot() {
    const { host } = this;
    const { images } = host;
    const shown = host.store.shown;
    const held = this.anyModels && !this.anyModels.checked;
    const on = images.length ? t('recipe.runOn', { n: images.length }) : shown ? t('recipe.runCurrent', { n: shown.number }) : t('recipe.run');
    const run = button(on, { disabled: held || host.uploading || (!images.length && !shown), onclick: () => this.run() }, 'play', 'button primary');
    const many = button(t('recipe.many'), { disabled: held, onclick: () => this.many() }, 'stack');
    const more = button(t('recipe.more'), { 'aria-haspopup': 'menu', 'aria-expanded': 'false', onclick: () => this.menu(more) }, 'more', 'button quiet');
    this.sheet.foot.replaceChildren(more, h('span.spacer'), many, run);
    const why = held ? null : host.uploading ? t('recipe.waits') : !images.length && !shown ? t('recipe.noPicture') : null;
    if (why) this.sheet.foot.prepend(h('p.note.foot-note', {}, why));
  }

  menu(anchor) {
    const { recipe } = this;
    const item = (iconName, key, onclick, danger = false) => menuItem('button', { type: 'button', className: `menu-item${danger ? ' danger' : ''}`, onclick: () => setTimeout(onclick) }, icon(iconName), h('span.grow', {}, t(key)));
    const menu = showMenu(anchor, [item('pencil', 'recipe.rename', () => this.rename()),
      menuItem('a', { href: calls.exportUrl(recipe.id, recipe.version), download: '' }, icon('download'), h('span.grow', {}, t('recipe.export'))),
      item('copy', 'recipe.curl', () => this.copyCurl()), h('hr'), item('trash', 'recipe.delete', () => this.remove(), true)], t('recipe.moreOf', { name: recipe.name }));
    // what is outside a modal dialog cannot be pressed
    if (menu) this.sheet.dialog.append(menu);
    menu?.querySelector('[role=menuitem]')?.focus();
  }

  /** What is sent to run it as the form stands. */
  get request() {
    const { recipe } = this;
    return { recipe: recipe.id, version: recipe.version, values: this.form.values, ...(this.anyModels?.checked && { any_models: true }) };
  }

  get ready() {
    if (this.form.busy) { toast(t('recipe.waits')); return false; }
    return this.form.check();
  }

  async run() {
    if (!this.ready) return;
    const button = this.sheet.foot.querySelector('.primary');
    button.disabled = true;
    try {
      await this.host.run(this.request, t('recipe.said', { name: this.recipe.name }));
      this.sheet.close();
    } catch (error) {
      this.drawFoot();
      if (!this.form.point(error.field, error.message)) { this.top.replaceChildren(failure(error)); this.top.scrollIntoView({ block: 'nearest' }); }
    }
  }

  many() {
    if (!this.ready) return;
    this.sheet.close();
    this.host.batchOf = { id: this.recipe.id, values: this.form.values, anyModels: Boolean(this.anyModels?.checked) };
    this.host.go(`/b/new?recipe=${encodeURIComponent(this.recipe.id)}`);
  }

  async rename() {
    const name = await ask(t('recipe.name'), this.recipe.name, t('recipe.save'));
    if (!name) return;
    try {
      const renamed = await calls.rename(this.recipe.id, name);
      this.recipe.name = renamed.name;
      this.sheet.title(renamed.name);
      this.host.refresh();
    } catch (error) { this.top.replaceChildren(failure(error)); }
  }

  async remove() {
    const { recipe } = this;
    if (!(await confirm(t('recipe.deleteTitle'), t(recipe.newest > 1 ? 'recipe.deleteAll' : 'recipe.deleteOne', { name: recipe.name, n: recipe.newest }), t('recipe.delete')))) return;
    try {
      await calls.remove(recipe.id);
      this.sheet.close();
      toast(t('recipe.deleted', { name: recipe.name }));
      this.host.refresh();
    } catch (error) { this.top.replaceChildren(failure(error)); }
  }

  copyCurl() {
    if (!this.form.check()) return;
    const { recipe, values } = this.request;
    copyText(curlOfRecipe({ recipe, values, api: location.origin + API, signed: 'accounts' in document.documentElement.dataset }), t('plan.curlCopied'), t('error.clipboard'));
  }
}
