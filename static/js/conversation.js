// The conversation: one element per message, redrawn only when something about it changed; stays at the end while one is there.
import { byId, button, h } from './dom.js';
import { doneCard, failedCard, ideas, leftAsItWas, stoppedCard, suggestions } from './donecard.js';
import { failure, warnings } from './failure.js';
import { AnswerGroup, groupOf } from './group.js';
import { onLanguage, seconds, t } from './i18n.js';
import { menuItem, showMenu } from './menu.js';
import { RunCard } from './runcard.js';
import { alarm, say } from './announce.js';
import { isTerminal } from './store.js';
import { previewUrl } from './api.js';

const TICK_MS = 200;
const NEAR_END_PX = 96;

export class Conversation {
  /** `actions`: `send(text)`, `answer(question, index)`, `stop(jobId)`, `retry(message)`, `reuse(image)`, `look(number)`, `correct(job)`, `move(job)`, `editPlan(job)`, `editOption(question, index)`. */
  constructor(store, actions) {
    Object.assign(this, { store, actions, entries: new Map(), groups: new Map(), spoken: new Set() });
    this.list = byId('messages');
    this.scroller = byId('scroller');
    store.on('messages versions', () => this.draw());
    store.on('job', (id) => this.draw(id));
    store.on('progress', (id) => this.cardOf(id)?.run?.update());
    onLanguage(() => { this.entries.clear(); this.groups.clear(); this.list.replaceChildren(); this.draw(); });
    // a box that grows (pictures, a LUT, several lines) does not cover what one reads at the end
    this.scroller.addEventListener('scroll', () => { this.atEnd = this.isAtEnd(); }, { passive: true });
    new ResizeObserver(() => { if (this.atEnd) this.toEnd(); }).observe(this.scroller);
    setInterval(() => { for (const entry of this.entries.values()) entry.run?.tick(); }, TICK_MS);
  }

  cardOf(jobId) {
    for (const entry of this.entries.values()) if (entry.jobId === jobId) return entry;
    return null;
  }

  /** Forgets what belongs to another session. */
  reset() {
    this.entries.clear();
    this.groups.clear();
    this.spoken.clear();
    this.list.replaceChildren();
    this.quiet = true;
  }

  draw() {
    const near = this.isAtEnd();
    const before = this.list.childElementCount;
    const { messages, pending } = this.store;
    const wanted = [...messages.map((message, i) => this.entry(message, i === messages.length - 1)), ...pending.map((p) => this.pendingEntry(p))];
    const elements = this.arrange(wanted, messages);
    elements.forEach((element, i) => { if (this.list.children[i] !== element) this.list.insertBefore(element, this.list.children[i] ?? null); });
    while (this.list.childElementCount > elements.length) this.list.lastChild.remove();
    for (const [key, entry] of this.entries) if (!wanted.includes(entry)) this.entries.delete(key);
    if (elements.length && (this.quiet || near || elements.length > before)) this.toEnd();
    else if (!elements.length) this.scroller.scrollTop = 0;
    if (messages.length) this.quiet = false;
  }

  /** The elements in the order of the conversation; answers to several pictures of one message stand in one group. */
  arrange(wanted, messages) {
    const together = new Map();
    const elements = new Set();
    wanted.forEach((entry, i) => {
      const key = i < messages.length ? groupOf(this.store, messages[i]) : null;
      if (!key) { elements.add(entry.element); return; }
      if (!this.groups.has(key)) this.groups.set(key, new AnswerGroup(this.store));
      together.set(key, [...(together.get(key) ?? []), entry]);
      elements.add(this.groups.get(key).element);
    });
    for (const [key, entries] of together) this.groups.get(key).draw(entries);
    return [...elements];
  }

  isAtEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < NEAR_END_PX;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    requestAnimationFrame(() => { this.scroller.scrollTop = this.scroller.scrollHeight; });
  }

  /** The entry of a message, drawn again only where its signature differs. */
  entry(message, last) {
    const job = message.job && message.role === 'assistant' ? this.store.jobs.get(message.job) : null;
    const version = job ? this.store.version(job.version) : null;
    const signature = JSON.stringify([job?.state, !job && last && this.store.versions.length > 0, Boolean(version), last, message.question?.answered, message.error?.code, message.images.length, job && isTerminal(job) ? [job.words, job.remakes] : null]);
    const known = this.entries.get(message.id);
    if (known?.signature === signature && !known.run) return known;
    if (known?.run && job && !isTerminal(job)) { known.run.update(); return known; }
    const focused = known?.element.contains(document.activeElement);
    const made = message.role === 'user' ? { element: userBubble(message) } : this.answer(message, job, version, last);
    const entry = { ...made, signature, jobId: job?.id ?? null };
    entry.element.dataset.id = message.id;
    known?.element.replaceWith(entry.element);
    if (focused) byId('instruction').focus();
    this.entries.set(message.id, entry);
    this.speak(message, job);
    return entry;
  }

  pendingEntry(pending) {
    const known = this.entries.get(pending.clientId);
    if (known) return known;
    const entry = { element: userBubble(pending, true) };
    this.entries.set(pending.clientId, entry);
    return entry;
  }

  answer(message, job, version, last) {
    const wrap = (...children) => ({ element: h('div.message.from-portico', {}, ...children) });
    if (job) return this.jobEntry(message, job, version, last, wrap);
    if (message.question) return wrap(this.question(message.question, last));
    if (message.error) return wrap(failure(message.error, { reference: message.error.request_id ?? message.id }));
    const { command } = message;
    const picture = this.store.versions.length > 0;
    return wrap(h('p.reply', {}, message.text), last && !command && (picture ? ideas(this.actions.send) : h('div.suggestions', {}, button(t('composer.choose'), { onclick: () => byId('choose').click() }, 'image'))),
      command?.name === 'recipe' && command.recipe && button(t('done.openRecipe'), { onclick: () => this.actions.openRecipe(command.recipe) }, 'recipe'));
  }

  jobEntry(message, job, version, last, wrap) {
    const actions = { ...this.actions, retry: () => this.actions.retry(message) };
    const words = job.words?.length ? job.words : message.words;
    if (job.state === 'succeeded') return wrap(doneCard(this.store, job, message, actions), last && suggestions(job, this.actions.send));
    if (job.state === 'failed') return wrap(failedCard(job, message, words, actions));
    if (job.state === 'cancelled') return wrap(stoppedCard(job, message, actions));
    const run = new RunCard(this.store, job.id, message.words, this.sourceOf(message), () => this.actions.stop(job.id));
    return { ...wrap(run.element), run };
  }

  /** The picture that a running job works on, as far as the page can know: the message's, else the current one. */
  sourceOf(message) {
    const asked = this.store.messages.find((m) => m.id === message.reply_to);
    return asked?.images[0] ?? this.store.current?.image ?? null;
  }

  question(question, last) {
    const open = last && (question.answered === null || question.answered === undefined);
    return h('div.question', { role: 'group', 'aria-label': question.text }, h('p', {}, question.text),
      h('div.options', {}, question.options.map((option, i) => button(option.label, {
        'aria-pressed': question.answered === null || question.answered === undefined ? null : String(question.answered === i + 1), disabled: !open, onclick: () => this.actions.answer(question, i, option.label),
      }, null, 'button option'))),
      open && h('div.question-foot', {}, h('p.note', {}, t('question.options')), this.optionEditor(question)));
  }

  /** An option's plan can be changed before it runs. */
  optionEditor(question) {
    const edit = button(t('done.editPlan'), { 'aria-haspopup': question.options.length > 1 ? 'menu' : null, 'aria-expanded': question.options.length > 1 ? 'false' : null }, 'sliders', 'button quiet');
    edit.addEventListener('click', () => {
      if (question.options.length === 1) { this.actions.editOption(question, 0); return; }
      // the menu gives its focus back before the editor takes it
      showMenu(edit, question.options.map((option, i) => menuItem('button', { type: 'button', onclick: () => setTimeout(() => this.actions.editOption(question, i)) }, h('span.grow', {}, option.label))), t('done.editPlan'));
    });
    return question.options.length > 0 && edit;
  }

  /** Says once what a message brought, unless it was there when the page opened. */
  speak(message, job) {
    const key = `${message.id}:${job?.state ?? ''}`;
    if (this.spoken.has(key)) return;
    this.spoken.add(key);
    if (this.quiet || message.role !== 'assistant') return;
    if (message.question) say(t('question.announce', { text: message.question.text }));
    else if (message.error) alarm(message.error.message);
    else if (job?.state === 'failed') alarm(job.error?.message ?? '');
    else if (job?.state === 'cancelled') say(t('stopped.title'));
    else if (job?.state === 'succeeded' && leftAsItWas(job)) say(`${t('done.unchanged')}. ${job.warnings[0].message}`);
    else if (job?.state === 'succeeded') say(t('done.announce', { time: seconds(job.timings?.total_ms ?? 0), words: (job.words ?? message.words).join(', ') }));
    else if (!message.job) say(message.text);
  }
}

function userBubble({ text, images, mask }, sending = false) {
  return h(`div.message.from-user${sending ? '.sending' : ''}`, { 'aria-label': t('message.you', { text }), role: 'group' },
    images.length > 0 && h('div.pictures', {}, images.map((image) => h('img', { src: previewUrl(image, 256), alt: t('message.picture', { name: image.name }), height: 112, width: Math.min(200, Math.round((112 * image.width) / image.height)) }))),
    mask?.preview_url && h('div.pictures', {}, h('img.mask-sent', { src: previewUrl(mask, 256), alt: t('message.mask'), title: t('message.mask') })),
    text && h('div.bubble', {}, text),
    images.flatMap((image) => warnings(image, images.length > 1 ? image.name : null)));
}
