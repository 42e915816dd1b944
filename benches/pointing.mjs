// Measures pointing and erasing on this machine: clicks on a 12 MP photo, a hole of 2 % of it, a cancel in the middle of a fill, peak memory.
// usage: node benches/pointing.mjs [path of the portico binary]   (PORTICO_MODELS must hold the installed models)
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, cpus } from 'node:os';
import { join } from 'node:path';

const bin = process.argv[2] ?? './target/release/portico';
const dir = mkdtempSync(join(tmpdir(), 'portico-pointing-'));
const file = (name, plan) => { writeFileSync(join(dir, name), JSON.stringify(plan)); return join(dir, name); };
const sorted = (list) => [...list].sort((a, b) => a - b);
const median = (list) => sorted(list)[Math.floor(list.length / 2)];
const print = (name, value, target = '') => console.log(`| ${name} | ${value} | ${target} |`);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

const photo = join(dir, 'photo-12mp.jpg');
const enlarge = file('enlarge.json', { steps: [{ op: 'resize', params: { width: 4000, height: 3000, fit: 'fill' } }, { op: 'export', params: { format: 'jpeg', quality: 90 } }] });
const made = spawnSync(bin, ['edit', '--plan', enlarge, 'tests/fixtures/photos/coffee.png', '-o', photo], { encoding: 'utf8' });
if (made.status !== 0) throw new Error(made.stderr);

// 2 % of the picture, at places across edges of saucer, spoon and table.
const holes = [[2450, 1500], [700, 600], [1500, 2300], [3100, 300], [300, 1900]].map(([x, y]) => [x, y, 566, 424]);
const erasing = (box) => ({ version: 1, steps: [{ op: 'erase', params: { target: { kind: 'region', box }, grow: 0 } }] });

async function start() {
  const child = spawn(bin, ['serve', '--data', join(dir, 'data'), '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      const found = text.match(/listening on (http:\/\/\S+)/);
      if (found) resolve({ child, api: `${found[1]}/api/v1` });
    });
    child.on('exit', () => reject(new Error('the server stopped')));
  });
}

const { child, api } = await start();
const ok = async (response) => { if (!response.ok) throw new Error(`${response.status} ${await response.text()}`); return response; };
const post = (path, body) => fetch(`${api}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }).then(ok);

async function upload(path) {
  const form = new FormData();
  form.append('image', new Blob([readFileSync(path)]), 'photo.jpg');
  return (await (await ok(await fetch(`${api}/images`, { method: 'POST', body: form }))).json()).id;
}

async function timed(work) {
  const began = performance.now();
  const result = await work();
  return [performance.now() - began, result];
}

/** A plan on a stored picture; `timings` as the server says. */
async function run(id, plan, query = '') {
  const form = new FormData();
  form.append('plan', JSON.stringify(plan));
  form.append('image', id);
  return (await ok(await fetch(`${api}/run${query}`, { method: 'POST', body: form, headers: { accept: 'application/json' } }))).json();
}

try {
  console.log(`${cpus()[0].model}, ${cpus().length} cores, ${new Date().toISOString().slice(0, 10)}\n\n| what | measured | asked |\n| --- | --- | --- |`);
  const id = await upload(photo);
  const click = (x, y, side) => post(`/images/${id}/mask`, { target: { kind: 'region', points: [[x, y, 1]] }, ...(side && { max_side: side }) }).then((r) => r.arrayBuffer());
  const [first] = await timed(() => click(1500, 1300, 1280));
  const quick = [];
  for (let i = 0; i < 9; i++) quick.push((await timed(() => click(1400 + 110 * i, 900 + 60 * i, 1280)))[0]);
  print('click on a 12 MP photo, the quick answer (median of 9, worst)', `${median(quick).toFixed(0)} ms, ${Math.max(...quick).toFixed(0)} ms`, '≤ 300 ms');
  print('… the first one of all, with decoding and loading', `${first.toFixed(0)} ms`);
  const [full] = await timed(() => click(1500, 1300));
  const again = [];
  for (let i = 0; i < 3; i++) again.push((await timed(() => click(1480 + 40 * i, 1300)))[0]);
  print('… at full size, first; then on the same thing (median of 3)', `${(full / 1e3).toFixed(1)} s; ${(median(again) / 1e3).toFixed(1)} s`);
  const fills = [];
  for (const [n, box] of holes.entries()) {
    const [wall, result] = await timed(() => run(id, erasing(box)));
    const { run_ms: model, load_ms: load, wait_ms: wait } = result.timings;
    if (n === 0) print('a hole of 2 % of 12 MP, with the look at what not to copy', `${(wall / 1e3).toFixed(1)} s, ${((model + load + wait) / 1e3).toFixed(1)} s of it models`);
    fills.push(wall - model - load - wait);
  }
  print('… beside the models (median of 5 places, worst)', `${(median(fills) / 1e3).toFixed(1)} s, ${(Math.max(...fills) / 1e3).toFixed(1)} s`, '≤ 6 s');
  const small = await upload('tests/fixtures/photos/astronaut.png');
  const freed = [];
  for (let i = 0; i < 5; i++) {
    // Both workers fill; the third job starts when one of them is free.
    const [a, b] = await Promise.all(holes.slice(0, 2).map((box) => run(id, erasing(box), '?async=true')));
    await pause(1200 + 300 * i);
    const third = await run(small, { version: 1, steps: [{ op: 'flip', params: {} }] }, '?async=true');
    const began = performance.now();
    await post(`/jobs/${a.id}/cancel`, {});
    for (let state = ''; state !== 'succeeded'; await pause(5)) state = (await (await fetch(`${api}/jobs/${third.id}`)).json()).state;
    freed.push(performance.now() - began);
    await post(`/jobs/${b.id}/cancel`, {});
    await pause(800);
  }
  print('a cancel in the middle of a fill until the next job is done (median of 5, worst)', `${median(freed).toFixed(0)} ms, ${Math.max(...freed).toFixed(0)} ms`, '< 500 ms');
} finally {
  child.kill('SIGTERM');
  await new Promise((done) => child.on('exit', done));
}
const peak = spawnSync('/usr/bin/env', ['time', '-v', bin, 'edit', '--plan', file('erase.json', erasing(holes[0])), photo, '-o', join(dir, 'out.png')], { encoding: 'utf8' });
const kb = peak.stderr.match(/Maximum resident set size \(kbytes\): (\d+)/)?.[1];
print('`portico edit` of it, peak', kb ? `${(Number(kb) * 1024 / 1e6).toFixed(0)} MB` : 'GNU time is not installed', '≤ 1200 MB');
rmSync(dir, { recursive: true });
