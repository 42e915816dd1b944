// The plan editor: the form and its JSON, what running it again takes along, and the command for a shell.
import * as api from '../api.js';
import { copyText, say } from '../announce.js';
import { correctionOf, roleOf } from '../correction.js';
import { button, h, iconButton } from '../dom.js';
import { failure } from '../failure.js';
import { t, useWords } from '../i18n.js';
import { usePart } from '../part.js';
import { curlOf } from './curl.js';
import { Draft, readPlan } from './draft.js';
import { PlanForm } from './form.js';

/** Loads what the editor needs beside its code: its words, the names of all parameters, its style, and what this server can do. */
export async function prepare() {
  const [operations] = await Promise.all([api.operations(), usePart('plan'), useWords('params')]);
  return operations;
}

export class PlanEditor {
  /** `source` as `planOf` gives it; `actions`: `run(request)`, `mark(task)`, `close()`, `back()` from the canvas. */
  constructor(store, source, operations, actions, kept = null) {
    Object.assign(this, { store, source, operations, actions, view: kept?.view ?? 'form', masks: kept?.masks ?? new Map(), before: JSON.stringify(source.plan) });
    this.draft = kept?.draft ?? new Draft(source.plan);
    this.words = new Map(source.plan.steps.map((step, i) => [step.id || `s${i + 1}`, { words: source.words[i], as: JSON.stringify(step.params ?? {}) }]));
    this.build();
    Object.assign(this.draft, { changed: () => this.edited(), rebuilt: () => this.redraw() });
    if (source.job?.error) this.found(source.job.error);
  }

  build() {
    const { source } = this;
    this.form = new PlanForm(this.draft, this.operations, { pictures: (step) => this.pictures(step), masks: { of: (path, target) => this.maskOf(path, target) }, wordsOf: (step) => this.wordsOf(step) });
    this.code = h('textarea.plan-code', { spellcheck: false, 'aria-label': t('plan.json'), 'aria-describedby': 'plan-json-fault', oninput: () => this.typed() });
    this.codeFault = h('p.plan-fault', { id: 'plan-json-fault', role: 'status' });
    this.codeView = h('div.plan-json', { hidden: true }, this.code, this.codeFault);
    this.views = h('div.segmented', { role: 'group', 'aria-label': t('plan.view') }, ['form', 'json'].map((name) => h('button', { type: 'button', dataset: { view: name }, onclick: () => this.show(name) }, t(`plan.${name}`))));
    this.top = h('div.plan-top');
    this.follow = source.follow.length ? h('input', { type: 'checkbox', id: 'plan-follow' }) : null;
    this.runButton = button(t(source.version ? 'plan.runAgain' : 'plan.run'), { onclick: () => this.run() }, source.version ? 'retry' : 'check', 'button primary');
    this.note = h('p.plan-note', {}, source.version ? t('plan.sibling', { n: source.version }) : t('plan.newVersion'));
    this.title = h('h2', { tabIndex: -1, id: 'plan-title' }, source.version ? t('plan.titleOf', { n: source.version }) : t('plan.title'));
    this.element = h('section.plan-editor', { role: 'dialog', 'aria-labelledby': 'plan-title' },
      h('header.plan-bar', {}, this.title, this.views, iconButton('x', t('close'), { onclick: () => this.leave() })),
      h('div.plan-body', {}, this.top, this.form.element, this.codeView),
      h('footer.plan-foot', {}, this.follow && h('label.plan-follow', {}, this.follow, h('span', {}, t('plan.follow', { versions: source.follow.map((n) => `v${n}`).join(t('plan.comma')) }))),
        this.note, h('div.plan-buttons', {}, button(t('plan.curl'), { onclick: () => this.copyCurl(), disabled: !source.base }, 'copy', 'button quiet'), h('span.spacer'), button(t('cancel'), { onclick: () => this.leave() }), this.runButton)));
    this.element.addEventListener('keydown', (event) => { if (event.key === 'Escape' && !event.defaultPrevented) { event.preventDefault(); this.leave(); } });
    this.show(this.view, false);
  }

  // what the form asks for

  /** The pictures that step `at` may name. */
  pictures(at) {
    const { versions, current } = this.store;
    const versionsFirst = versions.map((v) => ({ value: `version:${v.number}`, label: t('canvas.version', { n: v.number }), url: api.previewUrl(v.image, 96) }));
    const earlier = this.draft.steps.slice(0, at).map((step, i) => ({ value: step.id, label: t('plan.result', { n: i + 1 }) }));
    const { base } = this.source;
    return [{ value: 'current', label: t('plan.current'), url: base && api.previewUrl((base ?? current).image, 96) }, { value: 'original', label: t('plan.original') }, ...earlier, ...versionsFirst];
  }

  wordsOf(step) {
    const known = this.words.get(step.id);
    return known && known.as === JSON.stringify(step.params ?? {}) ? known.words : undefined;
  }

  /** The mask of a target as a picture, and the mask tool on it; also where the target was found by itself, to be corrected by hand. */
  maskOf(path, target) {
    const { base, job, mask: sent } = this.source;
    if (!base) return null;
    const of = (image) => image && { url: api.previewUrl(image, 96), full: image.url };
    const open = (task) => () => this.actions.mark({ role: roleOf(this.draft.steps[path[1]].op), ...task, version: base.number, use: (file) => this.takeMask(path, file) });
    if (target.kind === 'mask') {
      const known = target.mask === 'upload' ? of(sent) : target.mask ? this.masks.get(target.mask) ?? stored(target.mask) : null;
      return { url: known?.url, label: t(known ? 'plan.editMask' : 'plan.drawMask'), open: open({ url: known?.full }) };
    }
    // `steps[i].params.target`, not a target within another parameter
    const found = job && job.target?.step === path[1] && path.length === 4 && job.plan.steps[path[1]].op === this.draft.steps[path[1]].op ? correctionOf(this.store, job) : null;
    if (found && found.version === base.number) return { url: api.previewUrl(job.target.mask, 96), label: t('plan.correctMask'), open: open({ url: found.url, inverted: found.inverted, role: found.role }) };
    return { url: null, label: t('plan.drawMask'), open: open({}) };
  }

  /** A mask that was drawn becomes the target. */
  async takeMask(path, file) {
    const image = await api.upload(file, () => {}).done;
    this.masks.set(image.id, { url: api.previewUrl(image, 96), full: image.url });
    this.draft.set(path, { kind: 'mask', mask: image.id, grow: 0, feather: 0 });
    this.form.rebuild([...path, 'kind']);
    this.actions.back();
    this.form.rowAt(path)?.element.querySelector('.plan-mask')?.focus();
  }

  // the two views

  show(view, focus = true) {
    if (view === 'form' && this.view === 'json' && !this.read()) return;
    this.view = view;
    const json = view === 'json';
    this.form.element.hidden = json;
    this.codeView.hidden = !json;
    if (json) this.write();
    for (const one of this.views.children) one.setAttribute('aria-pressed', String(one.dataset.view === view));
    if (json && focus) this.code.focus();
  }

  write() {
    this.code.value = JSON.stringify(this.draft.sent, null, 2);
    this.codeFault.textContent = '';
    this.code.setAttribute('aria-invalid', 'false');
  }

  /** What stands in the text becomes the plan; false, and a word about it, where it is none. */
  read() {
    const { plan, fault, values } = readPlan(this.code.value);
    this.codeFault.textContent = fault ? t(fault, values) : '';
    this.code.setAttribute('aria-invalid', String(Boolean(fault)));
    if (fault) return false;
    if (JSON.stringify(plan) !== JSON.stringify(this.draft.sent)) this.draft.replace(plan);
    return true;
  }

  typed() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => { if (this.view === 'json') this.read(); }, 300);
  }

  edited() { this.top.replaceChildren(); }

  redraw() {
    this.edited();
    this.form.draw();
  }

  // out

  get changed() { return JSON.stringify(this.draft.sent) !== JSON.stringify(new Draft(this.source.plan).sent); }

  copyCurl() {
    if (this.view === 'json' && !this.read()) return;
    const { base, mask } = this.source;
    let root = base;
    while (root.parent && this.store.version(root.parent)) root = this.store.version(root.parent);
    const painted = JSON.stringify(this.draft.sent).includes('"upload"');
    copyText(curlOf({ plan: this.draft.sent, base: base.image, original: root.image, versions: (n) => this.store.version(n)?.image, mask: painted ? mask?.id : null, api: location.origin + api.API, signed: 'accounts' in document.documentElement.dataset }), t('plan.curlCopied'), t('error.clipboard'));
  }

  async run() {
    if (this.view === 'json' && !this.read()) { this.code.focus(); return; }
    if (this.view === 'form' && !this.form.check()) { say(t('plan.faults')); return; }
    const { source } = this;
    const plan = this.draft.sent;
    const painted = JSON.stringify(plan).includes('"upload"');
    this.runButton.disabled = true;
    try {
      await this.actions.run({
        plan, words: source.words, maskId: painted ? source.mask?.id ?? null : null,
        ...(source.version ? { insteadOf: source.version, follow: Boolean(this.follow?.checked), upto: this.follow?.checked ? source.follow.at(-1) : null } : { fromVersion: source.base?.number ?? null }),
      });
    } catch (error) {
      this.found(error);
    } finally {
      this.runButton.disabled = false;
    }
  }

  /** Shows an error where it belongs: at its field, else above the form. */
  found(error) {
    if (error.field) this.show('form', false);
    const placed = this.view === 'form' && this.form.point(error.field, error.message);
    this.top.replaceChildren(...(placed ? [] : [failure(error)]));
    if (!placed) this.top.scrollIntoView({ block: 'nearest' });
  }

  leave() { this.actions.close(); }

  /** What stays when the language changes. */
  get kept() { return { draft: this.draft, view: this.view === 'json' && !this.read() ? 'form' : this.view, masks: this.masks }; }
}

/** A mask by its id alone. */
const stored = (id) => ({ url: `${api.API}/images/${id}/preview?side=96`, full: `${api.API}/images/${id}/content` });
