// Which plan stands behind a job or a version, and what running it again with changes takes: the picture that it began with, and what followed.
import { askedFor, picturesOf, withVersions } from './again.js';
import { language } from './i18n.js';

/**
 * `{ plan, words, version, base, mask, job, follow, retry }` for the plan editor: `version` is the number of what the plan made or null, `base` the
 * version that it began with, `mask` the picture of the mask that came with the message, `follow` the numbers of the versions that came after it.
 */
export function planOf(store, job, version = store.version(job?.version)) {
  const asked = job ? askedFor(store, job) : null;
  const plan = version?.plan ?? job?.plan;
  if (!plan) return null;
  const root = store.versions.find((v) => v.kind === 'upload' && v.image.id === picturesOf(store, job ?? {})[0]?.id);
  // what was said in one language is not shown among the words of the other
  const words = (asked?.lang ?? language()) === language() ? (job?.words?.length ? job.words : version?.words) ?? [] : [];
  const base = store.version(version?.parent ?? job?.target?.version ?? root?.number) ?? (version ? null : store.current);
  return {
    plan: job ? withVersions(store, job, plan) : plan, words, version: version?.number ?? null,
    base, mask: asked?.mask ?? null, job, follow: version ? followers(store, version.number) : [],
  };
}

/** A plan that nobody ran yet, such as the option of a question. */
export const planAsked = (store, plan, words) => ({ plan, words, version: null, base: store.shown, mask: null, job: null, follow: [] });

/** What followed a version on the way to the current one, or where that is elsewhere, to its newest descendant. */
export function followers(store, number) {
  const wayTo = (to) => {
    const way = [];
    for (let at = store.version(to); at && at.number !== number; at = store.version(at.parent)) way.unshift(at.number);
    return way;
  };
  const below = descendants(store, number);
  if (!below.length) return [];
  const { current } = store.session;
  return wayTo(below.includes(current) ? current : Math.max(...below));
}

/** Everything that comes from a version, at any remove, by number. */
export function descendants(store, number) {
  const found = new Set([number]);
  // a child always has a higher number than its parent
  for (const version of [...store.versions].sort((a, b) => a.number - b.number)) if (found.has(version.parent)) found.add(version.number);
  found.delete(number);
  return [...found];
}
