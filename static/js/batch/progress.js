// How far a batch is, in words.
import { language, t } from '../i18n.js';

const joined = (parts) => parts.filter(Boolean).join(language() === 'zh' ? '，' : ', ');

/** Whether nothing is left to be done. */
export const isOver = ({ state }) => state === 'done' || state === 'cancelled';

/** `12 / 40`, and what is not as one wishes. */
export function progressWords({ state, counts }) {
  if (!counts.total) return t('batch.empty');
  return joined([t('batch.of', { done: counts.succeeded, total: counts.total }), counts.failed && t('batch.failed', { n: counts.failed }), state === 'paused' && t('batch.is.paused'), state === 'cancelled' && t('batch.is.cancelled')]);
}

/** What there is of each state. */
export function countWords({ counts }) {
  return joined([t('batch.of', { done: counts.succeeded, total: counts.total }), counts.running && t('batch.running', { n: counts.running }), counts.queued && t('batch.queued', { n: counts.queued }), counts.failed && t('batch.failed', { n: counts.failed }),
    counts.cancelled && t('batch.cancelled', { n: counts.cancelled }), counts.waiting && t('batch.waiting', { n: counts.waiting })]);
}

/** About how long it will still take, or null. */
export function leftWords({ state, seconds_left: left }) {
  if (state !== 'running' || typeof left !== 'number') return null;
  if (left < 60) return t('batch.left.seconds');
  const minutes = Math.round(left / 60);
  return minutes < 120 ? t('batch.left.minutes', { n: minutes }) : t('batch.left.hours', { n: Math.round(minutes / 60) });
}
