// What the browser tests stand on: the real server on a folder of its own, Chromium, checks printed as TAP, pictures compared by pixels.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const OUTPUT = path.join(ROOT, 'tests/browser/output');
const START_MS = 60_000;

const firstFile = (candidates) => candidates.filter(Boolean).find((file) => fs.existsSync(file));

/** The server under test; `kill()` ends it as a crash would, `start()` brings it back on the same folder and port. */
export class Server {
  /** `args`: further arguments of `serve`; `env`: further variables. */
  constructor({ args = [], env = {} } = {}) {
    Object.assign(this, { args, env, setup: null });
    this.binary = firstFile([process.env.PORTICO_BIN, path.join(ROOT, 'target/release/portico'), path.join(ROOT, 'target/debug/portico')]);
    if (!this.binary) throw new Error('no portico binary: run `make build`, or name one in PORTICO_BIN');
    this.data = fs.mkdtempSync(path.join(os.tmpdir(), 'portico-browser-'));
    this.port = 0;
  }

  async start() {
    this.child = spawn(this.binary, ['serve', '--data', this.data, '--port', String(this.port), ...this.args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...this.env } });
    this.log = fs.createWriteStream(path.join(OUTPUT, 'server.log'), { flags: 'a' });
    this.child.stderr.pipe(this.log);
    this.url = await new Promise((resolve, reject) => {
      let text = '';
      const timer = setTimeout(() => reject(new Error(`the server did not start: ${text}`)), START_MS);
      this.child.on('exit', (code) => reject(new Error(`the server ended with ${code}; see tests/browser/output/server.log`)));
      this.child.stdout.on('data', (chunk) => {
        text += chunk;
        const found = text.match(/listening on (http:\/\/[^\s]+)/);
        this.setup = text.match(/\/welcome#(\S+)/)?.[1] ?? this.setup;
        if (found) { clearTimeout(timer); resolve(found[1].replace(/\/$/, '').replace('//0.0.0.0:', '//127.0.0.1:')); }
      });
    });
    this.port = Number(new URL(this.url).port);
  }

  async kill(signal = 'SIGKILL') {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill(signal);
    await gone;
  }

  async close() {
    if (this.child && this.child.exitCode === null && this.child.signalCode === null) await this.kill('SIGTERM');
    fs.rmSync(this.data, { recursive: true, force: true });
  }

  /** Calls the API as a script would. */
  async api(method, route, body) {
    const response = await fetch(`${this.url}/api/v1${route}`, { method, headers: { 'Accept-Language': 'zh', ...(body && { 'Content-Type': 'application/json' }) }, body: body && JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }
}

export async function launch() {
  const executablePath = firstFile([process.env.PORTICO_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']);
  if (!executablePath) throw new Error('no Chromium: install the package `chromium`, or name one in PORTICO_CHROMIUM');
  return chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
}

/** Complaints of every page; `allow(pattern, task)` accepts those that `task` is meant to provoke. */
export class Complaints {
  constructor() {
    this.all = [];
    this.allowed = [];
  }

  watch(page, name) {
    page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) this.add(`${name}: ${message.text()} ${message.location().url}`); });
    page.on('pageerror', (error) => this.add(`${name}: ${error.stack}`));
    return page.addInitScript(() => addEventListener('securitypolicyviolation', (event) => console.error(`CSP ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`)));
  }

  add(text) {
    if (!this.allowed.some((pattern) => pattern.test(text))) this.all.push(text);
  }

  async allow(pattern, task) {
    this.allowed.push(pattern);
    try { return await task(); } finally { this.allowed = this.allowed.filter((p) => p !== pattern); }
  }
}

/** Checks in order, each printed as it ends; a failed one keeps a screenshot of the page in `current`. */
export class Checks {
  constructor() { Object.assign(this, { passed: 0, failed: 0, current: null }); }

  async check(name, task) {
    const number = this.passed + this.failed + 1;
    try {
      await task();
      this.passed += 1;
      console.log(`ok ${number} - ${name}`);
    } catch (error) {
      this.failed += 1;
      console.log(`not ok ${number} - ${name}\n${String(error.stack ?? error).split('\n').map((line) => `  # ${line}`).join('\n')}`);
      await this.current?.screenshot({ path: path.join(OUTPUT, `failed-${number}.png`) }).catch(() => {});
    }
  }
}

export function equal(actual, wanted, what) {
  if (JSON.stringify(actual) !== JSON.stringify(wanted)) throw new Error(`${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(wanted)}`);
}

export function ensure(condition, what) {
  if (!condition) throw new Error(what);
}

/** Decodes a picture in the page: its size, the colours at some places, and a 32×32 thumbnail to compare. `source`: bytes or a URL. */
export function decode(page, source, mime = 'image/png', places = []) {
  const input = typeof source === 'string' ? { url: source } : { base64: Buffer.from(source).toString('base64') };
  return page.evaluate(async ({ url, base64, mime, places }) => {
    const blob = url ? await (await fetch(url)).blob() : new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], { type: mime });
    const bitmap = await createImageBitmap(blob);
    const draw = (width, height) => {
      const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
      context.drawImage(bitmap, 0, 0, width, height);
      return context.getImageData(0, 0, width, height).data;
    };
    const full = draw(bitmap.width, bitmap.height);
    let hash = 0;
    for (let i = 0; i < full.length; i += 1) hash = (Math.imul(hash, 31) + full[i]) | 0;
    const at = places.map(([x, y]) => Array.from(full.slice(4 * (y * bitmap.width + x), 4 * (y * bitmap.width + x) + 4)));
    return { width: bitmap.width, height: bitmap.height, type: blob.type, at, hash, small: Array.from(draw(32, 32)) };
  }, { ...input, mime, places });
}

/** Mean absolute difference of two `decode`d pictures, 0..255. */
export function difference(a, b) {
  return a.small.reduce((sum, value, i) => sum + Math.abs(value - b.small[i]), 0) / a.small.length;
}
