// An edit's resolved mask can be corrected and the edit run again with it: what that takes, from what the server says about the job.
import { withVersions } from './again.js';

/** Operations whose target is what stays; everywhere else it is what changes. */
const KEEPS = new Set(['cutout', 'background']);
/** Operations whose resolved mask is what changes although their target is what stays. */
const INVERTED = new Set(['background']);

/** What becomes of an operation's target. */
export const roleOf = (op) => (op === 'select' ? 'selected' : KEEPS.has(op) ? 'kept' : 'changed');

/**
 * `{ url, version, plan, words, role, inverted }` for the mask tool, or null where the job has no mask on a version's own pixels: the mask's
 * address, the version it lies on, the plan with that mask as its target, and whether the mask is to be turned round to be the target.
 */
export function correctionOf(store, job) {
  const { target, plan } = job;
  const version = store.version(target?.version);
  if (job.state !== 'succeeded' || !version || !plan) return null;
  const { width, height } = target.mask;
  if (width !== version.image.width || height !== version.image.height) return null;
  const { op } = plan.steps[target.step];
  const again = withVersions(store, job, plan);
  again.steps[target.step].params = { ...again.steps[target.step].params, target: { kind: 'mask', mask: 'upload', grow: 0, feather: 0 } };
  return { url: target.mask.url, version: version.number, plan: again, words: job.words, role: roleOf(op), inverted: INVERTED.has(op) };
}
