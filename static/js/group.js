// The answers to a message with several pictures: one card for each picture, beside each other, with what is done of them and all files at once.
import { versionsUrl } from './api.js';
import { h, icon } from './dom.js';
import { t } from './i18n.js';
import { isTerminal } from './store.js';

/** The id of the message with several pictures that this one answers for one of them, or null. */
export function groupOf(store, message) {
  if (message.role !== 'assistant' || !message.reply_to) return null;
  const asked = store.messages.find((m) => m.id === message.reply_to);
  if (!(asked?.images.length > 1)) return null;
  return store.messages.filter((m) => m.reply_to === asked.id && m.role === 'assistant').length === asked.images.length ? asked.id : null;
}

export class AnswerGroup {
  constructor(store) {
    this.store = store;
    this.state = h('span.grow');
    this.all = h('a.button', { download: '' }, icon('download'), h('span', {}, t('group.zip')));
    this.grid = h('div.group-grid');
    this.element = h('div.group', { role: 'group' }, h('div.group-head', {}, this.state, this.all), this.grid);
  }

  /** `entries`: of the conversation, in order, with `element` and `jobId`. */
  draw(entries) {
    entries.forEach(({ element }, i) => { if (this.grid.children[i] !== element) this.grid.insertBefore(element, this.grid.children[i] ?? null); });
    while (this.grid.childElementCount > entries.length) this.grid.lastChild.remove();
    // there is no room for words on the small cards' buttons
    for (const quiet of this.grid.querySelectorAll('.actions .button:not([title])')) quiet.title = quiet.textContent;
    this.count(entries);
  }

  count(entries) {
    const jobs = entries.map((entry) => this.store.jobs.get(entry.jobId));
    const ended = jobs.filter((job) => !job || isTerminal(job)).length;
    const numbers = jobs.map((job) => this.store.version(job?.version)?.number).filter(Boolean);
    const words = ended < jobs.length ? t('group.running', { done: ended, count: jobs.length }) : t('group.done', { count: jobs.length });
    this.state.textContent = words;
    this.element.setAttribute('aria-label', words);
    this.all.hidden = ended < jobs.length || numbers.length < 2;
    if (!this.all.hidden) this.all.href = versionsUrl(this.store.session.id, numbers);
  }
}
