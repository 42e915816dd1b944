// What the page knows of the open session: the server's snapshot, kept current by events, plus what is still on its way.
// Emits `session`, `messages`, `versions`, `job` (detail: id), `progress` (detail: id), `looking`, `mask`, `connection`.

const GLOW_MS = 4000;
const TERMINAL = new Set(['succeeded', 'failed', 'cancelled']);
export const isTerminal = (job) => TERMINAL.has(job?.state);

export class Store extends EventTarget {
  constructor() {
    super();
    this.clear();
  }

  clear() {
    for (const live of this.live?.values() ?? []) revoke(live);
    this.session = null;
    this.messages = [];
    this.pending = [];
    this.versions = [];
    this.jobs = new Map();
    this.live = new Map();
    this.lastLeft = new Map();
    this.glows = new Map();
    this.lastSeq = 0;
    this.looking = null;
    this.mask = null;
    this.connection = 'open';
  }

  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  on(types, listener) {
    for (const type of types.split(' ')) this.addEventListener(type, (event) => listener(event.detail, type));
  }

  /** Takes over a snapshot; what it does not know (pending instructions, previews of running jobs) stays. */
  load({ session, messages, versions, jobs, last_seq: lastSeq }) {
    this.session = session;
    this.messages = messages;
    this.versions = versions;
    this.jobs = new Map(jobs.map((job) => [job.id, job]));
    this.lastSeq = lastSeq;
    this.pending = this.pending.filter((p) => p.state === 'sending' && !messages.some((m) => sameInstruction(p, m) && Date.parse(m.created_at) >= p.since - 5000));
    for (const job of jobs) {
      if (isTerminal(job)) this.drop(job.id);
      else this.follow(job);
    }
    if (!this.version(this.looking)) this.looking = null;
    this.emit('session');
    this.emit('versions');
    this.emit('messages');
    this.emit('looking');
  }

  version(number) {
    return number === null || number === undefined ? null : this.versions.find((v) => v.number === number) ?? null;
  }

  get current() { return this.version(this.session?.current); }
  get shown() { return this.version(this.looking) ?? this.current; }
  get runningJob() {
    for (const job of this.jobs.values()) if (!isTerminal(job)) return job;
    return null;
  }

  get runningJobs() { return [...this.jobs.values()].filter((job) => !isTerminal(job)); }

  /** The last picture in progress of a job that just ended, or null. */
  glow(jobId) { return this.glows.get(jobId) ?? null; }

  /** The version that redo leads to: the child last left, else the newest child. */
  get redoTarget() {
    if (!this.current) return null;
    const children = this.versions.filter((v) => v.parent === this.current.number);
    return children.find((v) => v.number === this.lastLeft.get(this.current.number)) ?? children.at(-1) ?? null;
  }

  look(number) {
    this.looking = number === this.session?.current ? null : number;
    this.emit('looking');
  }

  /** The mask that goes with the next instruction, or null. */
  setMask(mask) {
    this.mask = mask;
    this.emit('mask');
  }

  setConnection(state) {
    if (this.connection === state) return;
    this.connection = state;
    this.emit('connection');
  }

  setSession(session) {
    const left = this.current;
    const moved = this.session?.current !== session.current;
    this.session = session;
    if (moved && left?.parent && left.parent === session.current) this.lastLeft.set(left.parent, left.number);
    if (moved) this.looking = null;
    this.emit('session');
    if (moved) { this.emit('versions'); this.emit('looking'); }
  }

  addPending(pending) {
    this.pending.push({ state: 'sending', since: Date.now(), ...pending });
    this.emit('messages');
  }

  dropPending(clientId) {
    this.pending = this.pending.filter((p) => p.clientId !== clientId);
    this.emit('messages');
  }

  addMessage(message) {
    const known = this.messages.findIndex((m) => m.id === message.id);
    if (known >= 0) this.messages[known] = { ...this.messages[known], ...message };
    else this.messages.push(message);
    if (message.role === 'user') {
      const mine = this.pending.findIndex((p) => sameInstruction(p, message));
      if (mine >= 0) this.pending.splice(mine, 1);
    }
    if (message.job && !this.jobs.has(message.job)) this.addJob({ id: message.job, state: 'queued', words: message.words, plan: message.plan, message: message.id, files: [], warnings: [] });
    this.emit('messages');
  }

  addVersion(version) {
    if (!this.version(version.number)) this.versions.push(version);
    this.session.current = version.number;
    this.looking = null;
    this.emit('versions');
    this.emit('looking');
  }

  /** Takes out versions that were deleted; messages and jobs that speak of them stay. */
  dropVersions({ numbers, current }) {
    const gone = new Set(numbers);
    this.versions = this.versions.filter((v) => !gone.has(v.number));
    if (gone.has(this.looking)) this.looking = null;
    this.session = { ...this.session, current };
    this.emit('session');
    this.emit('versions');
    this.emit('looking');
  }

  /** Adds what is newer about a job; a terminal state never changes again. */
  addJob(job) {
    const known = this.jobs.get(job.id);
    if (known && isTerminal(known) && !isTerminal(job)) return;
    const merged = { ...known, ...job };
    // the answer to the instruction may come after the events that it has begun: what runs does not wait any more
    if (known?.state === 'running' && job.state === 'queued') Object.assign(merged, { state: 'running', position: null });
    this.jobs.set(job.id, merged);
    if (isTerminal(merged)) this.drop(job.id);
    else this.follow(merged);
    this.emit('job', job.id);
  }

  follow(job) {
    const live = this.live.get(job.id) ?? { step: null, fraction: null, label: null, finished: new Map(), started: performance.now(), preview: null, stopping: false };
    if (job.elapsed_ms !== undefined && job.elapsed_ms !== null) live.started = performance.now() - job.elapsed_ms;
    if (Number.isInteger(job.step) && live.step === null) live.step = job.step;
    this.live.set(job.id, live);
    return live;
  }

  drop(jobId) {
    const live = this.live.get(jobId);
    if (!live) return;
    this.live.delete(jobId);
    if (!live.preview) return;
    // the done card shows the last preview until the result's own picture is there
    this.glows.set(jobId, live.preview.url);
    setTimeout(() => { this.glows.delete(jobId); revoke(live); }, GLOW_MS);
  }

  stopping(jobId, value) {
    const live = this.live.get(jobId);
    if (live) live.stopping = value;
    this.emit('progress', jobId);
  }

  preview(event, blob) {
    const live = this.live.get(event.job);
    if (!live) return;
    const old = live.preview?.url;
    live.preview = { url: URL.createObjectURL(blob), width: event.width, height: event.height, label: event.label };
    if (old) setTimeout(() => URL.revokeObjectURL(old), 1000);
    this.emit('progress', event.job);
  }

  /** Applies one event; replayed ones that are already known change nothing. */
  apply(event) {
    if (!event.transient) {
      if (event.seq <= this.lastSeq) return;
      this.lastSeq = event.seq;
    }
    const live = event.job ? this.live.get(event.job) : null;
    switch (event.type) {
      case 'message.created': this.addMessage(event.message); break;
      case 'plan.ready': if (event.job) this.addJob({ id: event.job, state: this.jobs.get(event.job)?.state ?? 'queued', plan: event.plan, words: event.words }); break;
      case 'job.queued': this.addJob({ id: event.job, state: 'queued', position: event.position }); break;
      case 'job.started': this.begin(event); break;
      case 'job.succeeded': this.addJob(pick(event, 'succeeded', ['version', 'timings', 'warnings', 'files', 'report', 'report_text', 'exact_outside_target', 'target', 'artifacts', 'suggestions'])); break;
      case 'job.failed': this.addJob(pick(event, 'failed', ['error', 'timings', 'warnings'])); break;
      case 'job.cancelled': this.addJob({ id: event.job, state: 'cancelled' }); break;
      case 'step.started': if (live) { Object.assign(live, { step: event.step, fraction: null, label: null }); this.emit('progress', event.job); } break;
      case 'step.progress': if (live) this.progress(live, event); break;
      case 'step.finished': if (live) { live.finished.set(event.step, event.ms); live.fraction = null; this.emit('progress', event.job); } break;
      case 'version.created': this.addVersion(event.version); break;
      case 'versions.deleted': this.dropVersions(event); break;
      case 'session.updated': this.setSession(event.session); break;
      default: break;
    }
  }

  begin(event) {
    this.addJob({ id: event.job, state: 'running', position: null });
    const live = this.live.get(event.job);
    if (live) live.started = performance.now();
  }

  progress(live, event) {
    live.step = event.step;
    live.fraction = typeof event.fraction === 'number' ? event.fraction : null;
    live.label = event.label ?? null;
    if (typeof event.elapsed_ms === 'number') live.started = performance.now() - event.elapsed_ms;
    this.emit('progress', event.job);
  }
}

function pick(event, state, names) {
  const job = { id: event.job, state };
  for (const name of names) if (event[name] !== undefined) job[name] = event[name];
  return job;
}

/** The words of a plan that is sent are the server's. */
function sameInstruction(pending, message) {
  return message.role === 'user' && (pending.plan || message.text === pending.text)
    && message.images.length === pending.images.length && message.images.every((image, i) => image.id === pending.images[i].id);
}

function revoke(live) {
  if (live.preview) URL.revokeObjectURL(live.preview.url);
}
