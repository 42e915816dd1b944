// The plan that is being edited: values by path, steps that move, and what the server's `field` points at.

/** `steps[1].params.target.grow`, as the server writes it. */
export const pathText = (path) => path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i ? `.${part}` : part)).join('');

/** The other way round; what a client may put in front (`plan.`) is left out. */
export function pathOf(text) {
  const parts = [...text.matchAll(/[^.[\]]+/g)].map(([part]) => (/^\d+$/.test(part) ? Number(part) : part));
  return parts[0] === 'plan' ? parts.slice(1) : parts;
}

export class Draft {
  /** `changed(path)` after every change of a value, `rebuilt()` after a change of what there is. */
  constructor(plan, { changed = () => {}, rebuilt = () => {} } = {}) {
    Object.assign(this, { changed, rebuilt });
    this.plan = plain(plan);
  }

  get steps() { return this.plan.steps; }

  get(path) {
    return path.reduce((value, part) => value?.[part], this.plan);
  }

  set(path, value) {
    const parent = path.slice(0, -1).reduce((at, part) => (at[part] ??= {}), this.plan);
    parent[path.at(-1)] = value;
    this.changed(path);
  }

  unset(path) {
    const parent = this.get(path.slice(0, -1));
    if (parent) delete parent[path.at(-1)];
    this.changed(path);
  }

  replace(plan) {
    this.plan = plain(plan);
    this.rebuilt();
  }

  add(op, params) {
    const taken = new Set(this.steps.map((step) => step.id));
    let n = this.steps.length + 1;
    while (taken.has(`s${n}`)) n += 1;
    this.steps.push({ id: `s${n}`, op, params });
    this.rebuilt();
  }

  remove(index) {
    this.steps.splice(index, 1);
    this.rebuilt();
  }

  move(index, by) {
    const [step] = this.steps.splice(index, 1);
    this.steps.splice(index + by, 0, step);
    this.rebuilt();
  }

  /** As it is sent: without empty parts. */
  get sent() {
    return { version: this.plan.version, steps: this.steps.map(({ params, ...step }) => ({ ...step, ...(params && Object.keys(params).length && { params }) })) };
  }
}

/**
 * A copy in which every step has an id and parameters, and no step names the picture that it works on anyway (the one before, at first the
 * current one), so that steps can change places.
 */
function plain({ version = 1, steps }) {
  const copy = structuredClone(steps);
  copy.forEach((step, i) => { step.id ||= `s${i + 1}`; step.params ??= {}; });
  return {
    version,
    steps: copy.map(({ input, ...step }, i) => (input && input !== (i ? copy[i - 1].id : 'current') ? { input, ...step } : step)),
  };
}

/** Whether a text is a plan as far as its shape goes: the plan, or the words' key for what is wrong with it. */
export function readPlan(text) {
  let plan;
  try { plan = JSON.parse(text); } catch (error) {
    // browsers say where it broke in their own words; only the number is taken
    const at = error.message.match(/position (\d+)/)?.[1] ?? text.length;
    return { fault: 'plan.notJson', values: { line: text.slice(0, at).split('\n').length } };
  }
  if (typeof plan !== 'object' || plan === null || !Array.isArray(plan.steps) || !plan.steps.length) return { fault: 'plan.noSteps' };
  const bad = plan.steps.findIndex((step) => typeof step?.op !== 'string' || (step.params !== undefined && (typeof step.params !== 'object' || step.params === null || Array.isArray(step.params))));
  return bad >= 0 ? { fault: 'plan.badStep', values: { n: bad + 1 } } : { plan };
}
