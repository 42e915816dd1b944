// Sends many pictures to a batch: a few at a time, two requests beside each other, again where the connection failed; what could not be sent is named.
import { ApiError } from '../api.js';
import { language, t } from '../i18n.js';
import * as calls from './calls.js';

const CHUNK_FILES = 8;
const CHUNK_BYTES = 30_000_000;
const AT_ONCE = 2;
const TRIES = 6;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const LIST = 1000;

/** Uploads by batch; they go on while one looks at something else on this page. */
const running = new Map();
export const uploadOf = (batch) => running.get(batch) ?? null;
addEventListener('beforeunload', (event) => { if ([...running.values()].some((upload) => upload.busy)) event.preventDefault(); });

/** Sends files to a batch, after those that are on their way already. `files`: `{ file, path }`, archives with `archive: true`. */
export function upload(batch, files) {
  if (!running.has(batch)) running.set(batch, new Upload(batch));
  return running.get(batch).add(files);
}

/** Emits `change`. */
class Upload extends EventTarget {
  constructor(batch) {
    super();
    Object.assign(this, { batch, waiting: [], total: 0, bytes: 0, sent: 0, done: 0, failed: [], active: new Map(), workers: 0, stopped: false });
  }

  add(files) {
    if (!this.busy) Object.assign(this, { total: 0, bytes: 0, sent: 0, done: 0, stopped: false });
    this.waiting.push(...chunks(files));
    this.total += files.length;
    this.bytes += weightOf(files);
    for (let n = this.workers; n < AT_ONCE && this.waiting.length; n += 1) this.work();
    this.changed();
    return this;
  }

  get busy() { return this.workers > 0; }
  get fraction() { return this.bytes ? Math.min(1, (this.sent + [...this.active.values()].reduce((sum, one) => sum + one.loaded, 0)) / this.bytes) : 1; }

  stop() {
    this.stopped = true;
    for (const { request } of this.active.values()) request?.abort();
    this.failed.push(...this.waiting.flat().map((one) => ({ ...one, error: new ApiError({ code: 'aborted', message: t('batch.stopped') }) })));
    this.waiting = [];
    this.changed();
  }

  /** Tries the failed ones again. */
  again() { this.add(this.failed.splice(0).map(({ error, ...one }) => one)); }

  /** Names of what could not be sent are let go. */
  forget() { this.failed = []; this.changed(); }

  changed() { this.dispatchEvent(new Event('change')); }

  async work() {
    this.workers += 1;
    while (this.waiting.length && !this.stopped) await this.one(this.waiting.shift());
    this.workers -= 1;
    this.changed();
  }

  async one(chunk, tries = TRIES) {
    let wait = FIRST_WAIT_MS;
    for (let n = 1; ; n += 1) {
      try {
        await this.send(chunk);
        this.finished(chunk);
        return;
      } catch (error) {
        if (this.stopped || error.code === 'aborted') { this.fail(chunk, error); return; }
        // the answer may be what was lost
        if (error.code === 'network' && (chunk = await this.missing(chunk)).length === 0) return;
        if (!passing(error) || n >= tries) {
          if (chunk.length > 1 && error.status >= 400 && error.status < 500 && ![401, 404, 409].includes(error.status)) { for (const file of chunk) await this.one([file]); return; }
          this.fail(chunk, error);
          // nothing else gets in either
          if ([401, 404, 409, 507].includes(error.status)) { for (const rest of this.waiting.splice(0)) this.fail(rest, error); }
          return;
        }
        await new Promise((resolve) => { setTimeout(resolve, Math.max(error.wait ? error.wait * 1000 : 0, wait)); });
        wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      }
    }
  }

  send(chunk) {
    const key = Symbol('chunk');
    const request = new XMLHttpRequest();
    const weight = weightOf(chunk);
    this.active.set(key, { request, loaded: 0 });
    return new Promise((resolve, reject) => {
      request.upload.onprogress = (event) => { if (event.lengthComputable) { this.active.get(key).loaded = (event.loaded / event.total) * weight; this.changed(); } };
      request.onload = () => (request.status >= 200 && request.status < 300 ? resolve() : reject(ApiError.from(request.status, request.responseText, request.getResponseHeader('Retry-After'))));
      request.onerror = () => reject(ApiError.network());
      request.onabort = () => reject(new ApiError({ code: 'aborted', message: t('batch.stopped') }));
      const form = new FormData();
      for (const { file, path, archive } of chunk) form.append(archive ? 'zip' : 'image', file, path);
      request.open('POST', calls.itemsUrl(this.batch));
      request.setRequestHeader('Accept', 'application/json');
      request.setRequestHeader('Accept-Language', language());
      request.send(form);
    }).finally(() => this.active.delete(key));
  }

  /** What of a chunk the batch does not have, asked for after the connection broke. */
  async missing(chunk) {
    if (chunk.some((one) => one.archive)) return chunk;
    try {
      const there = new Set();
      for (let after = 0; after !== null;) {
        const page = await calls.items(this.batch, { after, limit: LIST });
        for (const item of page.items) if (item.state !== 'waiting') there.add(item.file);
        after = page.next;
      }
      const arrived = chunk.filter(({ path }) => there.has(path));
      this.finished(arrived);
      return chunk.filter((one) => !arrived.includes(one));
    } catch { return chunk; }
  }

  finished(chunk) {
    this.done += chunk.length;
    this.sent += weightOf(chunk);
    this.changed();
  }

  fail(chunk, error) {
    this.failed.push(...chunk.map((one) => ({ ...one, error })));
    this.sent += weightOf(chunk);
    this.changed();
  }
}

const weightOf = (files) => files.reduce((sum, { file }) => sum + file.size, 0);

/** Whether it may go well the next time. */
const passing = (error) => error.code === 'network' || [408, 425, 429, 500, 502, 503, 504].includes(error.status);

/** Files as requests: a few pictures in each, every archive in one of its own. */
function chunks(files) {
  const out = [];
  let [open, bytes] = [[], 0];
  for (const one of files) {
    if (one.archive) { out.push([one]); continue; }
    if (open.length && (open.length >= CHUNK_FILES || bytes + one.file.size > CHUNK_BYTES)) { out.push(open); [open, bytes] = [[], 0]; }
    open.push(one);
    bytes += one.file.size;
  }
  if (open.length) out.push(open);
  return out;
}
