// Saving a recipe: what it will do in words, its name, and which of its values can be changed each time. An imported file goes the same way.
import { toast } from '../announce.js';
import { button, h } from '../dom.js';
import { failure } from '../failure.js';
import { language, t, useWords } from '../i18n.js';
import { usePart } from '../part.js';
import { openSheet } from '../sheet.js';
import * as calls from './calls.js';
import { pictures, steps } from './parts.js';
import { placeWords, valueWords } from './words.js';

const NAME_CHARS = 80;
const SUGGESTED_CHARS = 40;

/** Saves the steps that led to a version of the open conversation. */
export const saveVersion = (host, version) => begin(host, { session: host.store.session.id, version });

/** Reads a recipe that was exported, a plan, or the recipe that a picture carries, and asks how it is to be saved. */
export async function importRecipe(host, file) {
  await usePart('recipe');
  let json;
  try {
    if (/\.json$/i.test(file.name)) json = JSON.parse(await file.text());
    else json = await calls.read(file);
  } catch (error) {
    if (error.code) { toast(t('recipe.notRead', { name: file.name, why: error.message })); return; }
    json = null;
  }
  if (typeof json !== 'object' || !(json?.plan ?? json?.steps)) { toast(t('recipe.notRecipe', { name: file.name })); return; }
  try {
    await begin(host, json.plan ? { recipe: json } : { plan: json }, json.name || file.name.replace(/(\.recipe)?\.json$/i, ''));
  } catch (error) { toast(t('recipe.notRead', { name: file.name, why: error.message })); }
}

async function begin(host, source, name = null) {
  await Promise.all([usePart('recipe'), usePart('plan'), useWords('params')]);
  const [draft, known] = await Promise.all([calls.draft(source), calls.recipes()]);
  new SaveSheet(host, source, draft, known).open(name ?? suggested(draft.words));
}

/** What the first steps do, in whole words. */
function suggested(words) {
  const comma = language() === 'zh' ? '，' : ', ';
  let text = words[0];
  for (const word of words.slice(1)) if ((text + comma + word).length <= SUGGESTED_CHARS) text += comma + word;
  return text.length <= SUGGESTED_CHARS ? text : text.slice(0, SUGGESTED_CHARS).replace(/\s+\S*$/, '');
}

class SaveSheet {
  constructor(host, source, draft, known) {
    Object.assign(this, { host, source, draft, known });
  }

  open(name) {
    this.name = h('input', { type: 'text', id: 'recipe-name', value: name, maxLength: NAME_CHARS, autocomplete: 'off', 'aria-describedby': 'recipe-name-note', oninput: () => this.note() });
    this.nameNote = h('p.note', { id: 'recipe-name-note' });
    this.top = h('div');
    this.saveButton = button(t('recipe.save'), { type: 'submit' }, null, 'button primary');
    const form = h('form.recipe-save', { id: 'recipe-save', onsubmit: (event) => { event.preventDefault(); this.save(); } }, this.top,
      h('div.field', {}, h('label', { htmlFor: 'recipe-name' }, t('recipe.name')), this.name, this.nameNote),
      h('section', {}, h('h3', {}, t('recipe.steps')), steps(this.draft)),
      pictures(this.draft), this.parameters());
    this.saveButton.setAttribute('form', 'recipe-save');
    this.sheet = openSheet({ title: t(this.source.session ? 'recipe.saveTitle' : 'recipe.importTitle'), body: form, foot: [button(t('cancel'), { onclick: () => this.sheet.close() }), this.saveButton] });
    this.note();
    this.name.focus();
    this.name.select();
  }

  /** Each value that could be changed; ticked ones become parameters under the name beside them. */
  parameters() {
    const { params, possible, plan } = this.draft;
    const all = [...params, ...(possible ?? []).filter((one) => !params.some((param) => param.path === one.path))];
    this.choices = all.map((param, i) => {
      const chosen = h('input', { type: 'checkbox', id: `param-${i}`, checked: params.includes(param), onchange: () => { name.disabled = !chosen.checked; choice.touched = true; } });
      const name = h('input.param-edit', { type: 'text', value: param.name, maxLength: NAME_CHARS, autocomplete: 'off', disabled: !chosen.checked, 'aria-label': t('recipe.paramName', { place: placeWords(param, plan) }), oninput: () => { choice.touched = true; } });
      const choice = { param, chosen, name, element: h('li.param', {}, chosen, h('label', { htmlFor: chosen.id }, h('span', {}, placeWords(param, plan)), h('span.note', {}, valueWords(param, param.default, plan))), name) };
      return choice;
    });
    return h('section', {}, h('h3', { id: 'recipe-params' }, t('recipe.params')), h('p.note', {}, t(all.length ? 'recipe.paramsHelp' : 'recipe.noParams')),
      h('ul.params', { 'aria-labelledby': 'recipe-params' }, this.choices.map((choice) => choice.element)));
  }

  note() {
    const name = this.name.value.trim().toLowerCase();
    const same = this.known.find((one) => one.name.toLowerCase() === name);
    this.nameNote.textContent = same ? t('recipe.becomes', { n: same.newest + 1 }) : t('recipe.nameHelp');
    this.saveButton.disabled = !name;
    if (same?.id !== this.same?.id) this.takeOver(same);
    this.same = same;
  }

  /** What is the next version of a recipe has its parameters, under their names, where they are still the same places; what was changed by hand stays. */
  takeOver(recipe) {
    for (const choice of this.choices.filter((one) => !one.touched)) {
      const { param, chosen, name } = choice;
      const before = recipe?.params.find((one) => one.path === param.path && one.type === param.type);
      chosen.checked = Boolean(before) || this.draft.params.includes(param);
      name.value = before?.name ?? param.name;
      name.disabled = !chosen.checked;
    }
  }

  async save() {
    this.saveButton.disabled = true;
    const params = this.choices.filter((choice) => choice.chosen.checked).map(({ param, name }) => ({ ...param, name: name.value.trim() }));
    try {
      const saved = await calls.save({ ...this.source, name: this.name.value.trim(), params });
      this.sheet.close();
      toast(t(saved.version > 1 ? 'recipe.savedAgain' : 'recipe.saved', { name: saved.name, n: saved.version }));
      this.host.refresh();
    } catch (error) {
      this.top.replaceChildren(failure(error));
      this.top.scrollIntoView({ block: 'nearest' });
      this.saveButton.disabled = false;
    }
  }
}
