// Measures the figures of docs/FIGURES.md on this machine: start, idle memory, a 12 MP photo through /edit, first event, peak of `portico edit`.
// usage: node benches/figures.mjs [path of the portico binary]   (PORTICO_MODELS must hold the installed models)
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, cpus } from 'node:os';
import { join } from 'node:path';

const bin = process.argv[2] ?? './target/release/portico';
const dir = mkdtempSync(join(tmpdir(), 'portico-figures-'));
const sorted = (list) => [...list].sort((a, b) => a - b);
const median = (list) => sorted(list)[Math.floor(list.length / 2)];
const print = (name, value, target = '') => console.log(`| ${name} | ${value} | ${target} |`);

// A 4000×3000 JPEG of a real photograph, made by the program itself.
const photo = join(dir, 'photo-12mp.jpg');
const enlarge = join(dir, 'enlarge.json');
writeFileSync(enlarge, JSON.stringify({ steps: [{ op: 'resize', params: { width: 4000, height: 3000, fit: 'fill' } }, { op: 'export', params: { format: 'jpeg', quality: 90 } }] }));
const made = spawnSync(bin, ['edit', '--plan', enlarge, 'tests/fixtures/photos/coffee.png', '-o', photo], { encoding: 'utf8' });
if (made.status !== 0) throw new Error(made.stderr);

function rssMb(pid, key = 'VmRSS') {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n').find((l) => l.startsWith(key));
  return Number(line.match(/\d+/)[0]) * 1024 / 1e6;
}

async function start() {
  const began = performance.now();
  const child = spawn(bin, ['serve', '--data', join(dir, 'data'), '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      const found = text.match(/listening on (http:\/\/\S+)/);
      if (found) resolve(found[1]);
    });
    child.on('exit', () => reject(new Error('the server stopped')));
  });
  await (await fetch(`${url}/healthz`)).text();
  return { child, url, ms: performance.now() - began };
}

function serverTiming(response) {
  const out = {};
  for (const part of (response.headers.get('server-timing') ?? '').split(',')) {
    const [, name, ms] = part.match(/(\w+);dur=([\d.]+)/) ?? [];
    if (name) out[name] = Number(ms);
  }
  return out;
}

async function edit(url, instruction) {
  const form = new FormData();
  form.append('instruction', instruction);
  form.append('image', new Blob([readFileSync(photo)]), 'photo.jpg');
  const began = performance.now();
  const response = await fetch(`${url}/api/v1/edit`, { method: 'POST', body: form });
  const bytes = await response.arrayBuffer();
  if (!response.ok) throw new Error(Buffer.from(bytes).toString());
  return { wall: performance.now() - began, bytes: bytes.byteLength, ...serverTiming(response) };
}

/** Milliseconds from sending a message to its first event on an open socket. */
async function firstEvent(url) {
  const form = new FormData();
  form.append('image', new Blob([readFileSync('tests/fixtures/photos/astronaut.png')]), 'a.png');
  const image = await (await fetch(`${url}/api/v1/images`, { method: 'POST', body: form })).json();
  const session = await (await fetch(`${url}/api/v1/sessions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).json();
  const { WebSocket } = await import('./ws.mjs');
  const socket = await WebSocket.open(`${url}/api/v1/sessions/${session.id}/ws?after=${session.last_seq ?? 0}`);
  const began = performance.now();
  const sent = fetch(`${url}/api/v1/sessions/${session.id}/messages`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text: 'rotate 90 degrees', images: [image.id] }),
  });
  await socket.next();
  const ms = performance.now() - began;
  await sent;
  socket.close();
  return ms;
}

console.log(`${cpus()[0].model}, ${cpus().length} cores, ${new Date().toISOString().slice(0, 10)}\n\n| what | measured | asked |\n| --- | --- | --- |`);
const starts = [];
for (let i = 0; i < 5; i++) {
  const s = await start();
  starts.push(s.ms);
  s.child.kill('SIGTERM');
  await new Promise((r) => s.child.on('exit', r));
}
print('start to first answer (median of 5)', `${median(starts).toFixed(0)} ms`, '≤ 500 ms');
const server = await start();
try {
  await new Promise((r) => setTimeout(r, 1000));
  print('idle server, resident', `${rssMb(server.child.pid).toFixed(0)} MB`, '≤ 80 MB');
  const events = [];
  for (let i = 0; i < 9; i++) events.push(await firstEvent(server.url));
  print('message sent to first event (median of 9, worst)', `${median(events).toFixed(0)} ms, ${Math.max(...events).toFixed(0)} ms`, '≤ 100 ms');
  const cold = await edit(server.url, 'remove the background and give me a transparent PNG');
  print('12 MP JPEG, first cut-out of the process', `${cold.wall.toFixed(0)} ms (load ${cold.load} ms)`);
  const runs = [];
  for (let i = 0; i < 7; i++) runs.push(await edit(server.url, 'remove the background and give me a transparent PNG'));
  const outside = runs.map((r) => r.total - r.run - r.wait - r.load);
  print('12 MP JPEG → transparent PNG, outside Session::run (median of 7, worst)', `${median(outside).toFixed(0)} ms, ${Math.max(...outside).toFixed(0)} ms`, '≤ 450 ms');
  const inRun = median(runs.map((r) => r.run));
  print('… inside Session::run', `${inRun.toFixed(0)} ms`);
  print('server after 8 cut-outs of 12 MP, resident, peak', `${rssMb(server.child.pid).toFixed(0)} MB, ${rssMb(server.child.pid, 'VmHWM').toFixed(0)} MB`);
} finally {
  server.child.kill('SIGTERM');
  await new Promise((r) => server.child.on('exit', r));
}
const peak = spawnSync('/usr/bin/env', ['time', '-v', bin, 'edit', photo, 'remove the background', '-o', join(dir, 'out.png')], { encoding: 'utf8' });
const kb = peak.stderr.match(/Maximum resident set size \(kbytes\): (\d+)/)?.[1];
print('`portico edit` of the 12 MP photo, peak', kb ? `${(Number(kb) * 1024 / 1e6).toFixed(0)} MB` : 'GNU time is not installed', '≤ 1200 MB');
rmSync(dir, { recursive: true });
