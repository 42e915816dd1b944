// What an edit put into a picture can be moved, scaled and turned, and the edit run again with it: what that takes, from what the server says about the job.
import { askedFor, withVersions } from './again.js';

const MOVABLE = new Set(['swap', 'place', 'compose']);
/** Parameters of `place` that say the same in other words; where something was moved by hand they no longer hold. */
const IN_WORDS = ['position', 'on', 'scale'];
const isPlace = (at) => ['x', 'y', 'width', 'height', 'rotate'].every((name) => Number.isFinite(at[name]));

/**
 * `{ job, version, scene, things, run }` for the placing tool, or null where the job's last step put nothing in: the version that it made, the
 * picture without the things, each thing with `image` (as it was put in) and `at` (its place there), and `run(places)`, which gives what is sent to
 * make a sibling of the version: the same plan with other places in its last step.
 */
export function placingOf(store, job) {
  const version = store.version(job?.version);
  const steps = version?.resolved_plan?.steps ?? [];
  const step = steps.length - 1;
  if (job?.state !== 'succeeded' || !job.plan || !MOVABLE.has(steps[step]?.op)) return null;
  const { params } = steps[step];
  const made = (role) => (job.artifacts ?? []).filter((a) => a.step === step && a.role === role).map((a) => a.image);
  const [places, cutouts] = [params.placements ?? [params], made('cutout')];
  const scene = made('scene')[0] ?? (step === 0 ? store.version(version.parent)?.image : null);
  if (!scene || scene.width !== version.image.width || scene.height !== version.image.height) return null;
  if (!cutouts.length || cutouts.length !== places.length || !places.every(isPlace)) return null;
  const things = cutouts.map((image, i) => ({ image, at: pick(places[i]), opacity: params.opacity ?? 1 }));
  return { job, version, scene, things, run: (moved) => again(store, job, version, moved) };
}

const pick = ({ x, y, width, height, rotate }) => ({ x, y, width, height, rotate });
const tenth = (value) => Math.round(value * 10) / 10;
const rounded = ({ x, y, width, height, rotate }) => ({ x: tenth(x), y: tenth(y), width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round(height)), rotate: tenth(rotate) });

function again(store, job, version, moved) {
  const places = moved.map(rounded);
  const ran = version.resolved_plan.steps.at(-1).params;
  const params = { ...ran, ...(ran.placements ? { placements: places } : places[0]) };
  for (const name of IN_WORDS) if (!ran.placements) delete params[name];
  const plan = withVersions(store, job, { ...job.plan, steps: [...job.plan.steps.slice(0, -1), { ...job.plan.steps.at(-1), params }] });
  const painted = JSON.stringify(plan).includes('"upload"');
  return { plan, maskId: painted ? askedFor(store, job)?.mask?.id ?? null : null, fromVersion: version.parent };
}
