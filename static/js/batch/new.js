// A new batch: what to do, to which pictures, with which table, in which format. It is begun before its pictures are sent, so that the first are done while the last come.
import { ApiError, call } from '../api.js';
import { say, toast } from '../announce.js';
import { button, h, icon, iconButton } from '../dom.js';
import { failure } from '../failure.js';
import { bytes, formatName, language, t } from '../i18n.js';
import * as recipes from '../recipe/calls.js';
import { ValuesForm, prepareForm } from '../recipe/form.js';
import { steps } from '../recipe/parts.js';
import { paramLabel } from '../recipe/words.js';
import * as calls from './calls.js';
import { ofEntries, ofInput, sorted } from './pick.js';
import { title } from './screen.js';
import { upload } from './upload.js';

const FORMATS = ['png', 'jpeg', 'webp', 'avif', 'tiff'];
const READ_MS = 500;
const NAME_CHARS = 80;
const SHOWN_FILES = 6;

/** Draws the screen into `element`. */
export async function open(host, element) {
  const [known, all] = await Promise.all([prepareForm(), recipes.recipes()]);
  const screen = new NewBatch(host, element, known, all);
  await screen.begin();
  return screen;
}

class NewBatch {
  constructor(host, element, known, all) {
    Object.assign(this, { host, element, known, all, how: 'words', recipe: null, form: null, plan: null, files: { pictures: [], archives: [], left: 0 }, table: null, reading: 0 });
  }

  async begin() {
    const wanted = new URLSearchParams(location.search).get('recipe');
    const kept = this.host.batchOf?.id === wanted ? this.host.batchOf : null;
    delete this.host.batchOf;
    this.build();
    if (wanted) {
      this.how = 'recipe';
      await this.choose(wanted, kept?.values);
      if (this.anyModels) this.anyModels.checked = Boolean(kept?.anyModels);
    }
    this.drawHow();
  }

  build() {
    title(t('batch.new'));
    this.text = h('textarea', { id: 'batch-text', rows: 2, value: this.text?.value ?? '', placeholder: t('batch.placeholder'), 'aria-describedby': 'batch-reading', oninput: () => this.typed() });
    this.reading = h('div.batch-reading', { id: 'batch-reading', role: 'status' });
    this.what = h('div.batch-what');
    this.name = h('input', { type: 'text', id: 'batch-name', maxLength: NAME_CHARS, autocomplete: 'off', value: this.name?.value ?? '' });
    this.format = h('select', { id: 'batch-format' }, h('option', { value: '' }, t('batch.formatKept')), FORMATS.map((one) => h('option', { value: one, selected: one === this.format?.value }, formatName(one))));
    this.top = h('div.batch-top');
    this.picked = h('div.batch-picked', { role: 'status' });
    this.tablePlace = h('div.batch-table');
    this.startButton = button('', { type: 'submit' }, 'play', 'button primary');
    this.ways = h('div.segmented', { role: 'group', 'aria-labelledby': 'batch-what' }, ['words', 'recipe'].map((how) => h('button', { type: 'button', dataset: { how }, onclick: () => { this.how = how; this.drawHow(); } }, t(`batch.by.${how}`))));
    const form = h('form.batch-new', { onsubmit: (event) => { event.preventDefault(); this.start(); } }, this.top,
      h('section', {}, h('div.batch-line', {}, h('h2', { id: 'batch-what' }, t('batch.what')), this.ways), this.what),
      this.pictures(), this.tableSection(),
      h('section.batch-two', {}, h('div.field', {}, h('label', { htmlFor: 'batch-format' }, t('batch.format')), this.format), h('div.field', {}, h('label', { htmlFor: 'batch-name' }, t('batch.name')), this.name)),
      h('div.batch-start', {}, this.startButton, this.startNote = h('span.note')));
    this.element.replaceChildren(h('header.screen-head', {}, h('h1', {}, t('batch.new'))), h('div.screen-body.narrow', {}, h('p.lede', {}, t('batch.lede')), form));
    this.drawFiles();
    this.drawTable();
  }

  redraw() {
    this.form = this.recipe && new ValuesForm(this.recipe, this.known, this.form?.values);
    this.build();
    this.drawHow();
    if (this.recipe) this.choose(this.recipe.id, this.form.values);
    if (this.text.value) this.read();
  }

  // what to do

  drawHow() {
    for (const one of this.ways.children) one.setAttribute('aria-pressed', String(one.dataset.how === this.how));
    if (this.how === 'words') this.what.replaceChildren(h('label.visually-hidden', { htmlFor: 'batch-text' }, t('batch.text')), this.text, this.reading);
    else this.drawRecipe();
    this.drawTable();
    this.ready();
  }

  typed() {
    this.plan = null;
    clearTimeout(this.reads);
    this.reads = setTimeout(() => this.read(), READ_MS);
    this.ready();
  }

  /** Says how the instruction is understood, or asks what it leaves open. */
  async read() {
    const text = this.text.value.trim();
    if (!text) { this.reading.replaceChildren(); return; }
    try {
      const read = await call('POST', '/plan', { instruction: text, context: { attached: 1 } });
      if (text !== this.text.value.trim() || this.plan) return;
      if (read.plan) this.reading.replaceChildren(steps(read));
      else if (read.question) this.ask(read.question);
      else this.reading.replaceChildren(h('p.note', {}, typeof read.reply === 'string' ? read.reply : t('batch.notAnEdit')));
    } catch { /* the server says it again when the batch begins */ }
  }

  /** A question with its options; the one that is chosen is the plan. */
  ask(question) {
    const options = question.options.map((option) => button(option.label, { 'aria-pressed': 'false', onclick: (event) => {
      this.plan = option.plan;
      for (const one of options) one.setAttribute('aria-pressed', String(one === event.currentTarget));
      say(option.label);
      this.top.replaceChildren();
      this.ready();
    } }, null, 'button option'));
    this.reading.replaceChildren(h('div.question', { role: 'group', 'aria-label': question.text }, h('p', {}, question.text), h('div.options', {}, options)));
  }

  drawRecipe() {
    const select = h('select', { id: 'batch-recipe', onchange: () => this.choose(select.value) }, h('option', { value: '' }, t(this.all.length ? 'batch.chooseRecipe' : 'batch.noRecipes')),
      this.all.map((one) => h('option', { value: one.id, selected: one.id === this.recipe?.id }, one.name)));
    this.recipePlace = h('div.batch-recipe');
    this.what.replaceChildren(h('label.visually-hidden', { htmlFor: select.id }, t('batch.by.recipe')), select, this.recipePlace);
    this.drawValues();
  }

  async choose(id, values = {}) {
    try {
      this.recipe = id ? await recipes.recipe(id) : null;
      this.form = this.recipe && new ValuesForm(this.recipe, this.known, values);
    } catch (error) { this.recipe = null; this.form = null; this.top.replaceChildren(failure(error)); }
    if (this.how === 'recipe') this.drawHow();
  }

  drawValues() {
    const { recipe } = this;
    this.anyModels = null;
    if (!recipe) { this.recipePlace.replaceChildren(); return; }
    if (recipe.warnings.length) this.anyModels = h('input', { type: 'checkbox', id: 'batch-any', onchange: () => this.ready() });
    this.recipePlace.replaceChildren(...[steps(recipe), recipe.warnings.length && h('div.recipe-warnings', {}, recipe.warnings.map((one) => h('p.warning', {}, icon('warn'), h('span', {}, one.message))), h('label.check-row', {}, this.anyModels, h('span', {}, t('recipe.anyModels')))),
      recipe.params.length && h('h3', {}, t('batch.values')), recipe.params.length && this.form.element].filter(Boolean));
  }

  // to which pictures

  pictures() {
    const input = (props, take) => h('input', { type: 'file', multiple: true, hidden: true, tabIndex: -1, 'aria-hidden': 'true', ...props, onchange: (event) => { take(ofInput(event.target.files)); event.target.value = ''; } });
    const files = input({ id: 'batch-files', accept: 'image/*,.zip,.tif,.tiff,.heic,.heif,.avif' }, (some) => this.add(some));
    const folder = input({ id: 'batch-folder', webkitdirectory: true }, (some) => this.add(some));
    return h('section', {}, h('h2', {}, t('batch.pictures')), h('div.batch-drop', {}, icon('image'), h('p', {}, t('batch.drop')),
      h('div.batch-choose', {}, button(t('batch.folder'), { onclick: () => folder.click() }, 'folder'), button(t('batch.files'), { onclick: () => files.click() }, 'image'))), files, folder, this.picked);
  }

  async take(entries) {
    try { this.add(await ofEntries(entries)); } catch { toast(t('batch.folderFailed')); }
  }

  add(some) {
    const more = sorted(some);
    const merged = (name) => [...new Map([...this.files[name], ...more[name]].map((one) => [one.path, one])).values()];
    this.files = { pictures: merged('pictures'), archives: merged('archives'), left: this.files.left + more.left };
    if (more.tables.length) this.takeTable(more.tables[0].file);
    this.drawFiles();
    this.ready();
    say(this.picked.textContent);
  }

  drawFiles() {
    const { pictures, archives, left } = this.files;
    const weight = [...pictures, ...archives].reduce((sum, { file }) => sum + file.size, 0);
    if (!pictures.length && !archives.length) { this.picked.replaceChildren(...(left ? [h('p.note', {}, t('batch.left', { n: left }))] : [])); return; }
    const names = [...archives, ...pictures].slice(0, SHOWN_FILES).map((one) => h('li', {}, one.path));
    const more = archives.length + pictures.length - names.length;
    this.picked.replaceChildren(h('div.batch-line', {}, h('b', {}, this.count()), h('span.note.grow', {}, bytes(weight)), button(t('batch.clear'), { onclick: () => { this.files = { pictures: [], archives: [], left: 0 }; this.drawFiles(); this.ready(); } }, 'x', 'button quiet')),
      h('ul.batch-names', {}, names, more > 0 && h('li.note', {}, t('batch.more', { n: more }))), ...(left > 0 ? [h('p.note', {}, t('batch.left', { n: left }))] : []));
  }

  count() {
    const { pictures, archives } = this.files;
    return [pictures.length && t(pictures.length === 1 ? 'batch.count1' : 'batch.count', { n: pictures.length }), archives.length && t(archives.length === 1 ? 'batch.archive1' : 'batch.archives', { n: archives.length })].filter(Boolean).join(language() === 'zh' ? '，' : ', ');
  }

  // with which table

  tableSection() {
    this.tableInput = h('input', { type: 'file', id: 'batch-rows', accept: '.csv,.xlsx,text/csv', hidden: true, tabIndex: -1, 'aria-hidden': 'true', onchange: () => { const [file] = this.tableInput.files; this.tableInput.value = ''; if (file) this.takeTable(file); } });
    return h('section', {}, h('h2', {}, t('batch.table')), this.tablePlace, this.tableInput);
  }

  takeTable(file) {
    this.table = file;
    this.drawTable();
    say(t('batch.tableIs', { name: file.name }));
  }

  drawTable() {
    const params = this.how === 'recipe' ? this.recipe?.params ?? [] : [];
    const columns = params.map((param) => h('code', { title: paramLabel(param, this.recipe.plan) }, param.name));
    this.tablePlace.replaceChildren(h('p.note', {}, t(params.length ? 'batch.tableHelp' : 'batch.tablePlain'), ...columns.flatMap((one) => [' ', one])),
      this.table ? h('div.batch-line', {}, icon('file'), h('b.grow', {}, this.table.name), iconButton('x', t('batch.tableDrop', { name: this.table.name }), { onclick: () => { this.table = null; this.drawTable(); this.tablePlace.querySelector('button')?.focus(); } }))
        : h('div.batch-choose', {}, button(t('batch.tableChoose'), { onclick: () => this.tableInput.click() }, 'file'), params.length > 0 && button(t('batch.template'), { onclick: () => this.template(params) }, 'download', 'button quiet')));
  }

  /** A table to fill in: a row for each picture, a column for each parameter, the defaults in it. */
  template(params) {
    const cell = (value) => `"${String(Array.isArray(value) ? value.join('|') : value ?? '').replaceAll('"', '""')}"`;
    const rows = [['file', ...params.map((param) => param.name)], ...this.files.pictures.map(({ path }) => [path, ...params.map((param) => (['image', 'mask'].includes(param.type) ? '' : param.default))])];
    const url = URL.createObjectURL(new Blob(['\ufeff', rows.map((row) => row.map(cell).join(',')).join('\r\n'), '\r\n'], { type: 'text/csv' }));
    h('a', { href: url, download: `${this.recipe.name}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  // begin

  ready() {
    const { pictures, archives } = this.files;
    const some = pictures.length + archives.length > 0;
    const told = this.how === 'words' ? Boolean(this.text.value.trim()) : Boolean(this.recipe);
    const held = this.how === 'recipe' && this.anyModels && !this.anyModels.checked;
    this.startButton.querySelector('span').textContent = some ? t('batch.start', { what: this.count() }) : t('batch.startPlain');
    this.startButton.disabled = !told || !some || Boolean(held);
    this.startNote.textContent = told && some ? '' : t(told ? 'batch.needPictures' : 'batch.needWhat');
  }

  get body() {
    const text = this.text.value.trim();
    const form = new FormData();
    if (this.how === 'recipe') {
      form.append('recipe', this.recipe.id);
      form.append('values', JSON.stringify(this.form.values));
      if (this.anyModels?.checked) form.append('any_models', 'true');
    } else if (this.plan) form.append('plan', JSON.stringify(this.plan));
    else form.append('instruction', text);
    const name = this.name.value.trim() || (this.how === 'words' ? text.slice(0, NAME_CHARS) : '');
    if (name) form.append('name', name);
    if (this.format.value) form.append('format', this.format.value);
    if (this.table) form.append('rows', this.table, this.table.name);
    return form;
  }

  async start() {
    if (this.how === 'recipe' && (this.form.busy || !this.form.check())) return;
    this.startButton.disabled = true;
    this.top.replaceChildren();
    try {
      const batch = await create(this.body);
      const { pictures, archives } = this.files;
      upload(batch.id, [...archives.map((one) => ({ ...one, archive: true })), ...pictures]);
      this.host.refresh();
      this.host.go(`/b/${batch.id}`);
    } catch (error) {
      this.ready();
      if (error.question) { this.ask(error.question); this.reading.querySelector('button')?.focus(); return; }
      if (this.form?.point(error.field?.replace(/^values\./, ''), error.message)) return;
      this.top.replaceChildren(failure(error));
      this.top.scrollIntoView({ block: 'nearest' });
    }
  }
}

async function create(form) {
  let response;
  let text;
  try {
    response = await fetch(calls.batchesUrl, { method: 'POST', headers: { Accept: 'application/json', 'Accept-Language': language() }, body: form });
    text = await response.text();
  } catch { throw ApiError.network(); }
  if (response.ok) return JSON.parse(text);
  const error = ApiError.from(response.status, text, response.headers.get('Retry-After'));
  try { error.question = JSON.parse(text).question ?? null; } catch { error.question = null; }
  throw error;
}
