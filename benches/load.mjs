// Measures a server under load on this machine: a crowd of calls, chats and sockets at once, memory over many requests, jobs begun and stopped.
// Loopback only, bounded in count and time. Linux: what the process holds is read from /proc.
// usage: node benches/load.mjs [path of the portico binary]   (models are used where PORTICO_MODELS has them)
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from './ws.mjs';

const bin = process.argv[2] ?? './target/release/portico';
const dir = mkdtempSync(join(tmpdir(), 'portico-load-'));
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const sorted = (list) => [...list].sort((a, b) => a - b);
const share = (list, part) => sorted(list)[Math.min(list.length - 1, Math.floor(list.length * part))] ?? 0;
const ms = (value) => `${Math.round(value)} ms`;
const print = (name, value) => console.log(`| ${name} | ${value} |`);

// The sockets are one descriptor each here too.
const child = spawn('sh', ['-c', 'ulimit -n $(ulimit -Hn); exec "$0" serve --port 0 --data "$1"', bin, join(dir, 'data')], { stdio: ['ignore', 'pipe', 'ignore'] });
const url = await new Promise((resolve, reject) => {
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
    const found = text.match(/listening on (http:\/\/\S+)/);
    if (found) resolve(found[1]);
  });
  child.on('exit', () => reject(new Error('the server stopped')));
});
process.on('exit', () => child.kill('SIGKILL'));
const api = `${url}/api/v1`;
const held = () => ({
  files: readdirSync(`/proc/${child.pid}/fd`).length,
  threads: readdirSync(`/proc/${child.pid}/task`).length,
  rss: Number(readFileSync(`/proc/${child.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024,
});

/** Sends until it is not told to come back; counts the answers by status. */
async function patient(counts, send) {
  for (;;) {
    const response = await send();
    counts[response.status] = (counts[response.status] ?? 0) + 1;
    if (response.status === 429 || response.status === 503) {
      await response.arrayBuffer();
      await pause(Number(response.headers.get('retry-after')) * 1000 * (0.8 + 0.4 * Math.random()));
      continue;
    }
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return response;
  }
}
const json = (method, path, body) => fetch(`${api}${path}`, { method, headers: { 'content-type': 'application/json' }, body: body && JSON.stringify(body) });

/** Asks /healthz all the time; gives how often and how long it took at most. */
function prober() {
  let stop = false;
  const took = [];
  const run = (async () => {
    while (!stop) {
      const began = performance.now();
      const response = await fetch(`${url}/healthz`);
      if (response.status !== 200) throw new Error(`/healthz ${response.status}`);
      await response.arrayBuffer();
      took.push(performance.now() - began);
      await pause(20);
    }
  })();
  return async () => { stop = true; await run; return `${took.length} answers, median ${ms(share(took, 0.5))}, longest ${ms(Math.max(...took))}`; };
}

const photo = readFileSync('tests/fixtures/photos/astronaut.png');
const plain = ['crop to 1:1', 'rotate 90 degrees left', 'resize to 100 wide, export WebP', 'brightness +15, contrast +10', 'make it black and white', 'flip horizontally, export a jpg under 60 KB', 'sharpen it', 'enhance it'];
const withModels = ['remove the background', 'pixelate the face', 'blur the background', 'describe it'];
const { models } = await (await fetch(`${api}/models`)).json();
const haveModels = models.some((model) => model.installed && model.job === 'cutout');
const mixed = (n) => (haveModels && n % 20 === 19 ? withModels[Math.floor(n / 20) % withModels.length] : plain[n % plain.length]);
function edit(instruction) {
  const form = new FormData();
  form.append('instruction', instruction);
  form.append('image', new Blob([photo]), 'photo.png');
  return fetch(`${api}/edit`, { method: 'POST', body: form });
}

console.log(`${cpus().length} × ${cpus()[0].model}; ${bin}; models: ${haveModels ? 'yes' : 'no'}\n\n| | |\n| --- | --- |`);

// ---- a crowd of calls
{
  const counts = {}, took = [];
  const health = prober();
  const began = performance.now();
  await Promise.all(Array.from({ length: 200 }, async (_, n) => {
    const start = performance.now();
    await (await patient(counts, () => edit(mixed(n)))).arrayBuffer();
    took.push(performance.now() - start);
  }));
  print('200 calls at once: all done after', ms(performance.now() - began));
  print('… from first try to result', `median ${ms(share(took, 0.5))}, slowest ${ms(Math.max(...took))}`);
  print('… answers by status', JSON.stringify(counts));
  print('… `/healthz` meanwhile', await health());
}

// ---- chats
{
  const counts = {}, lists = [];
  const health = prober();
  let stop = false;
  const lister = (async () => {
    while (!stop) {
      const start = performance.now();
      await (await patient(counts, () => json('GET', '/sessions?q=crop'))).arrayBuffer();
      lists.push(performance.now() - start);
      await pause(10);
    }
  })();
  const began = performance.now();
  await Promise.all(Array.from({ length: 50 }, async (_, n) => {
    const { id } = await (await patient(counts, () => json('POST', '/sessions', {}))).json();
    for (const [turn, text] of ['crop to 1:1', 'brightness +15', 'rotate 90 degrees left'].entries()) {
      await (await patient(counts, () => {
        const form = new FormData();
        form.append('text', text);
        if (turn === 0) form.append('image', new Blob([photo]), 'photo.png');
        return fetch(`${api}/sessions/${id}/messages?wait=true`, { method: 'POST', body: form });
      })).arrayBuffer();
    }
    await (await patient(counts, () => json('DELETE', n % 5 === 0 ? `/sessions/${id}` : `/sessions/${id}/versions/3`))).arrayBuffer();
  }));
  stop = true;
  await lister;
  print('50 chats of 3 edits and a deletion: all done after', ms(performance.now() - began));
  print('… answers by status', JSON.stringify(counts));
  print('… history listed meanwhile', `${lists.length} times, median ${ms(share(lists, 0.5))}, slowest ${ms(Math.max(...lists))}`);
  print('… `/healthz` meanwhile', await health());
}

// ---- sockets
{
  const { id } = await (await json('POST', '/sessions', {})).json();
  const form = new FormData();
  form.append('text', 'crop to 1:1');
  form.append('image', new Blob([photo]), 'photo.png');
  await fetch(`${api}/sessions/${id}/messages?wait=true`, { method: 'POST', body: form });
  const before = held();
  const began = performance.now();
  const sockets = [];
  for (let n = 0; n < 1000; n += 50) {
    sockets.push(...await Promise.all(Array.from({ length: 50 }, () => WebSocket.open(`${api}/sessions/${id}/ws?after=0`))));
  }
  print('1000 sockets on one session: open after', ms(performance.now() - began));
  const hears = sockets.map(async (socket) => {
    let last = 0, ends = 0;
    while (ends < 2) {
      const frame = await socket.next();
      if (frame.binary) continue;
      const event = JSON.parse(frame.data.toString());
      if (event.transient) continue;
      if (event.seq !== last + 1) throw new Error(`event ${event.seq} after ${last}`);
      last = event.seq;
      if (event.type === 'job.succeeded') ends += 1;
    }
    return performance.now();
  });
  const health = prober();
  const said = performance.now();
  await (await json('POST', `/sessions/${id}/messages?wait=true`, { text: 'rotate 90 degrees left' })).arrayBuffer();
  const answered = performance.now();
  const heard = await Promise.all(hears);
  print('… an edit is answered after', ms(answered - said));
  print('… every socket has heard all of it after', `${ms(Math.max(...heard) - said)}, the first after ${ms(Math.min(...heard) - said)}`);
  print('… memory for each socket', `${Math.round((held().rss - before.rss) * 1024 / 1000)} KB`);
  print('… `/healthz` meanwhile', await health());
  sockets.forEach((socket) => socket.close());
  let after = held();
  for (let n = 0; n < 100 && after.files > before.files + 4; n += 1) { await pause(100); after = held(); }
  print('… descriptors before and after', `${before.files}, ${after.files}`);
}

// ---- memory
{
  const all = [];
  for (let n = 0; n < 980; n += 1) {
    await (await patient({}, () => edit(mixed(n)))).arrayBuffer();
    all.push(held().rss);
  }
  const mean = (list) => list.reduce((sum, v) => sum + v, 0) / list.length;
  // What grows for ever grows in the second stretch as in the first; what the allocator still had to find room for does not.
  for (const [name, at] of [['300 varied calls after 80', all.slice(80, 380)], ['600 more', all.slice(380)]]) {
    const middle = (at.length - 1) / 2;
    const slope = at.reduce((sum, v, i) => sum + (i - middle) * (v - mean(at)), 0) / at.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
    print(`memory over ${name}`, `first 50: ${Math.round(mean(at.slice(0, 50)))} MB, last 50: ${Math.round(mean(at.slice(-50)))} MB, slope ${(slope * 1024).toFixed(1)} KB a call`);
  }
}

// ---- jobs begun and stopped
{
  const { id } = await (await json('POST', '/sessions', {})).json();
  const form = new FormData();
  form.append('text', 'crop to 1:1');
  form.append('image', new Blob([photo]), 'photo.png');
  await fetch(`${api}/sessions/${id}/messages?wait=true`, { method: 'POST', body: form });
  const steps = Array.from({ length: 20 }, () => ({ op: 'filter', params: { name: 'blur', radius: 40 } }));
  const free = [];
  let before = held();
  for (let n = 0; n < 110; n += 1) {
    if (n === 10) before = held();
    const { job } = await (await json('POST', `/sessions/${id}/messages`, { plan: { version: 1, steps } })).json();
    await pause(20 + n % 7 * 10);
    const began = performance.now();
    await (await json('POST', `/jobs/${job.id}/cancel`, {})).arrayBuffer();
    while (['queued', 'running'].includes((await (await json('GET', `/jobs/${job.id}`)).json()).state)) await pause(2);
    free.push(performance.now() - began);
  }
  await pause(12_000);
  const after = held();
  print('100 jobs begun and stopped: free after', `median ${ms(share(free, 0.5))}, slowest ${ms(Math.max(...free))}`);
  print('… descriptors, threads before and after', `${before.files}, ${before.threads}; ${after.files}, ${after.threads}`);
}

child.removeAllListeners('exit');
child.kill('SIGTERM');
await new Promise((done) => child.on('exit', done));
rmSync(dir, { recursive: true });
