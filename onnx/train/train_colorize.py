#!/usr/bin/env python3
"""portico-colorize: small automatic photo colouriser, trained from scratch on a CPU.  One file, four steps:

  train_colorize.py prep    git mirrors of the sources below -> lab.npy (uint8 Lab, 160x160), meta.tsv, datastat.json, palette.npz
  train_colorize.py train   [--mode cls|reg] [--minutes M] [--out ck.pt] [--init ck.pt]
  train_colorize.py export  [--ck ck.pt] [--temp T]    -> portico-colorize.onnx and portico-colorize-fp16.onnx
  train_colorize.py eval    [--onnx f.onnx] [--side 160] [--lev 0.7] [--flip] [--old photo ...]   -> figures and sheet.png

The delivered weights: prep; train --minutes 5 --const --procs 1 --small-until 2 (batch 32, alpha .7, no auxiliary head);
train --init that --minutes 61 (stopped after 9.5 min, still without auxiliary head); train --init that --minutes 50 --small-until 0.45.
From scratch in one go: prep && train --minutes 65 && export && eval --lev 0.7.

Needs numpy, opencv, torch, onnx, onnxruntime, scikit-learn, scikit-image. Seed 7; time-based schedule, so runs are
repeatable in kind but not bit for bit."""
import argparse, json, math, os, subprocess, sys, threading, time
import numpy as np, cv2

MIRROR = os.environ.get('MIRROR', 'mirror')     # <owner>+<name>/repo = git directory of each source
WORK = os.environ.get('WORK', 'build')
SEED, SIDE = 7, 160
# name, git directory, path prefix, sampling weight per photo in training
SOURCES = [
    ('imagenette', 'thunderInfy+imagenette/repo', '', 1.3),                    # github thunderInfy/imagenette
    ('imagewoof', 'thunderInfy+imagewoof/repo', '', 0.45),                     # github thunderInfy/imagewoof
    ('intel', 'yadavaditya13+Image_Classification_Using_Deep_Learning/repo', 'dataset/', 1.0),
    ('in-sample', 'EliSchwartz+imagenet-sample-images/repo', '', 3.0),         # github EliSchwartz/imagenet-sample-images
    ('bsds500', 'BIDS+BSDS500/repo', 'BSDS500/data/images/', 3.0),             # github BIDS/BSDS500
    ('flowers', 'martinwestin+flower_classification/repo', 'flowers/', 0.25),  # github martinwestin/flower_classification
]
HELDOUT = {'intel': ('dataset/seg_test/', 70), 'imagenette': ('val/', 50), 'imagewoof': ('val/', 15),
           'in-sample': ('', 35), 'bsds500': ('BSDS500/data/images/test/', 30)}   # 200 photos, never trained on
HP = dict(batch=24, lr=2e-3, wd=0.02, ema=0.999, clip=1.0, Q=128, sigma=5.0, K=4, lam=0.5, alpha=0.5,
          aux=0.15, small=96, big=128, small_until=0.5, warmup=200)
P = lambda f: os.path.join(WORK, f)

# ------------------------------------------------------------------ data
def blobs(gitdir, prefix):
    """(path, bytes) of every JPEG of HEAD below prefix; objects the snapshot lacks are skipped."""
    g = ['git', '--git-dir=' + gitdir, '-c', 'core.quotepath=off']
    ls = subprocess.run(g + ['ls-tree', '-r', '-z', 'HEAD'], capture_output=True, check=True).stdout.decode('utf8', 'replace')
    items = sorted((l.split('\t')[1], l.split()[2]) for l in ls.split('\0') if l)
    items = [(p, h) for p, h in items if p.lower().endswith(('.jpg', '.jpeg')) and p.startswith(prefix)]
    pr = subprocess.Popen(g + ['cat-file', '--batch'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    def feed():
        for _, h in items: pr.stdin.write(h.encode() + b'\n')
        pr.stdin.close()
    threading.Thread(target=feed, daemon=True).start()
    for p, h in items:
        hd = pr.stdout.readline().split()
        if len(hd) < 3: continue
        b = pr.stdout.read(int(hd[2])); pr.stdout.read(1)
        yield p, b
    pr.wait()

def prep():
    cv2.setNumThreads(1); seen, meta, X, stat = set(), [], [], {}
    for name, gd, prefix, _ in SOURCES:
        st = dict(seen=0, used=0, grey=0, dup=0, graphic=0, small=0, bad=0)
        for p, b in blobs(os.path.join(MIRROR, gd), prefix):
            st['seen'] += 1
            im = cv2.imdecode(np.frombuffer(b, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
            if im is None: st['bad'] += 1; continue
            h, w = im.shape[:2]
            if min(h, w) < 110: st['small'] += 1; continue
            s = SIDE / min(h, w)
            im = cv2.resize(im, (max(SIDE, round(w * s)), max(SIDE, round(h * s))), interpolation=cv2.INTER_AREA if s < 1 else cv2.INTER_CUBIC)
            h, w = im.shape[:2]; y, x = (h - SIDE) // 2, (w - SIDE) // 2; im = im[y:y + SIDE, x:x + SIDE]
            g = cv2.cvtColor(im, cv2.COLOR_BGR2GRAY)
            d = cv2.resize(g, (9, 8), interpolation=cv2.INTER_AREA).astype(int); hs = np.packbits(d[:, 1:] > d[:, :-1]).tobytes()
            if hs in seen: st['dup'] += 1; continue                       # difference hash: exact duplicates
            ab = cv2.cvtColor(im[::4, ::4].astype(np.float32) / 255, cv2.COLOR_BGR2LAB)[..., 1:].reshape(-1, 2)
            c = np.hypot(*ab.T); spread = np.hypot(*(ab - ab.mean(0)).T).mean()
            if c.mean() < 4 or np.percentile(c, 95) < 8 or spread < 1.6: st['grey'] += 1; continue   # grey, near grey, sepia
            if np.convolve(np.bincount(g.ravel(), minlength=256), np.ones(3), 'same').max() / g.size > .5: st['graphic'] += 1; continue
            seen.add(hs); meta.append((name, p)); st['used'] += 1
            X.append(cv2.cvtColor(im, cv2.COLOR_BGR2RGB))
        stat[name] = st; print(name, st, flush=True)
    np.save(P('data.npy'), np.stack(X)); json.dump(stat, open(P('datastat.json'), 'w'), indent=1)
    open(P('meta.tsv'), 'w').write(''.join(f'{i}\t{a}\t{p}\n' for i, (a, p) in enumerate(meta)))

def prep_lab():
    X = np.load(P('data.npy'), mmap_mode='r'); cv2.setNumThreads(1)
    Y = np.lib.format.open_memmap(P('lab.npy'), 'w+', np.uint8, X.shape)
    for i in range(len(X)): Y[i] = cv2.cvtColor(X[i], cv2.COLOR_RGB2LAB)   # L*2.55, a+128, b+128; D65 sRGB
    Y.flush()

def split():
    m = [l.rstrip('\n').split('\t') for l in open(P('meta.tsv'))]; rng = np.random.RandomState(SEED); held = []
    nettes = {p.split('/')[1] for _, n, p in m if n in ('imagenette', 'imagewoof')}
    for n, (pre, k) in HELDOUT.items():
        c = [int(i) for i, a, p in m if a == n and p.startswith(pre) and not (a == 'in-sample' and p[:9] in nettes)]
        held += rng.choice(c, k, replace=False).tolist()
    held = sorted(held); hs = set(held); w = {s[0]: s[3] for s in SOURCES}
    tr = np.array([int(i) for i, _, _ in m if int(i) not in hs]); pw = np.array([w[m[i][1]] for i in tr])
    return tr, pw / pw.sum(), held, m

def palette():
    """Q ab centres: weighted k-means on the ab histogram (weight = sqrt of the density), plus class weights."""
    from sklearn.cluster import KMeans
    tr, pw, _, _ = split(); Y = np.load(P('lab.npy'), mmap_mode='r'); rng = np.random.RandomState(SEED)
    H = np.zeros(65536)
    for i in rng.choice(tr, 6000, p=pw): v = Y[i][2::5, 2::5, 1:].reshape(-1, 2).astype(int); H += np.bincount(v[:, 0] * 256 + v[:, 1], minlength=65536)
    H = cv2.GaussianBlur(H.reshape(256, 256), (0, 0), 2.0); H /= H.sum()
    a, b = np.nonzero(H > 2e-7); pts = np.stack([a, b], 1) - 128.; wt = H[a, b] ** .5
    C = KMeans(HP['Q'], n_init=1, random_state=SEED, max_iter=60).fit(pts, sample_weight=wt).cluster_centers_.astype(np.float32)
    C = C[np.argsort(np.hypot(*C.T))]
    gr = np.stack(np.meshgrid(np.arange(256), np.arange(256), indexing='ij'), -1).reshape(-1, 2) - 128.
    d = ((gr[:, None] - C[None]) ** 2).sum(-1) if HP['Q'] <= 128 else None
    idx = np.argsort(d, 1)[:, :HP['K']]; dd = np.take_along_axis(d, idx, 1); dd -= dd[:, :1]
    lw = np.exp(-dd / (2 * HP['sigma'] ** 2)); lw /= lw.sum(1, keepdims=True)
    p = np.zeros(HP['Q']); np.add.at(p, idx, lw * H.reshape(-1, 1)); p /= p.sum()
    np.savez(P('palette.npz'), C=C, idx=idx.astype(np.int64), lw=lw.astype(np.float32), p=p)
    print('palette', C[:4], 'spread', np.abs(C).max(0), 'p', p.min(), p.max())

def labels():
    """folder name = class of the auxiliary classifier (after Iizuka et al. 2016); -1 where a source has none"""
    m = [l.rstrip('\n').split('\t') for l in open(P('meta.tsv'))]
    c = [f'{a}/{p.split("/")[-2]}' if a in ('imagenette', 'imagewoof', 'flowers') or (a == 'intel' and 'seg_pred' not in p) else '' for _, a, p in m]
    k = sorted(set(c) - {''}); return np.array([k.index(x) if x else -1 for x in c]), len(k)

def jitter_L(L, ab, rng):
    """L (0..100, float32) as an old grey photo might show it: emulsion response, fading, gamma, blur, grain."""
    if rng.rand() < .35: L = L - rng.uniform(-.1, .35) * ab[..., 0] - rng.uniform(-.1, .3) * ab[..., 1]     # ortho-/panchromatic mixes
    if rng.rand() < .6: L = 100 * np.clip(L / 100, 0, 1) ** rng.uniform(.7, 1.5)
    if rng.rand() < .4: lo, hi = rng.uniform(-6, 18), rng.uniform(82, 106); L = lo + L * (hi - lo) / 100
    if rng.rand() < .25: L = cv2.GaussianBlur(L, (0, 0), rng.uniform(.4, 1.5))
    if rng.rand() < .35:
        n = rng.randn(*L.shape).astype(np.float32) * rng.uniform(1, 6)
        L = L + (cv2.GaussianBlur(n, (0, 0), .8) * 1.8 if rng.rand() < .5 else n)
    return np.clip(L, 0, 100)

def batches(res, seed):
    tr, pw, _, _ = split(); lb, _ = labels(); Y = np.load(P('lab.npy'), mmap_mode='r'); rng = np.random.RandomState(seed); cv2.setNumThreads(1)
    while True:
        S = res.value; Ls = np.empty((HP['batch'], 1, S, S), np.float32); T = np.empty((HP['batch'], S // 2, S // 2, 2), np.uint8)
        sel = rng.choice(tr, HP['batch'], p=pw)
        for k, i in enumerate(sel):
            if rng.rand() < .2: ch = cw = SIDE                                                  # the whole photo
            else: ch = rng.randint(104, SIDE + 1); cw = int(np.clip(ch * rng.uniform(.88, 1.14), 100, SIDE))
            y, x = rng.randint(0, SIDE - ch + 1), rng.randint(0, SIDE - cw + 1)
            v = cv2.resize(np.ascontiguousarray(Y[i][y:y + ch, x:x + cw]), (S, S), interpolation=cv2.INTER_AREA if ch > S else cv2.INTER_LINEAR)
            if rng.rand() < .5: v = v[:, ::-1]
            L, ab = v[..., 0].astype(np.float32) / 2.55, v[..., 1:].astype(np.float32) - 128
            Ls[k, 0] = jitter_L(L, ab, rng); T[k] = cv2.resize(np.ascontiguousarray(v[..., 1:]), (S // 2, S // 2), interpolation=cv2.INTER_AREA)
        yield Ls, T, lb[sel]

# ------------------------------------------------------------------ net
import torch, torch.nn as nn, torch.nn.functional as F
def cb(i, o, s=1): return nn.Sequential(nn.Conv2d(i, o, 3, s, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True))
class Res(nn.Module):
    def __init__(s, c): super().__init__(); s.c = nn.Conv2d(c, c, 3, 1, 1, bias=False); s.b = nn.BatchNorm2d(c)
    def forward(s, x): return F.relu(x + s.b(s.c(x)))
class Lat(nn.Module):                                        # 1x1, norm, x2
    def __init__(s, i, o): super().__init__(); s.c = nn.Conv2d(i, o, 1, bias=False); s.b = nn.BatchNorm2d(o)
    def forward(s, x): return F.interpolate(s.b(s.c(x)), scale_factor=2, mode='nearest')
class Net(nn.Module):
    """L/50-1 at HxW -> stride-2 stem -> U-Net down to 1/16 with a pooled global-context branch -> logits at H/2xW/2"""
    def __init__(s, co, c=(16, 24, 64, 96, 160), f=32):
        super().__init__()
        s.stem = cb(1, c[0], 2); s.e0 = cb(c[0], c[1])
        s.e1 = nn.Sequential(cb(c[1], c[2], 2), Res(c[2])); s.e2 = nn.Sequential(cb(c[2], c[3], 2), Res(c[3])); s.e3 = nn.Sequential(cb(c[3], c[4], 2), Res(c[4]))
        s.g = nn.Sequential(nn.Linear(c[4], c[4]), nn.ReLU(inplace=True), nn.Linear(c[4], c[4])); s.e4 = Res(c[4])
        s.l2 = Lat(c[4], c[3]); s.d2 = Res(c[3]); s.l1 = Lat(c[3], c[2]); s.d1 = Res(c[2]); s.l0 = Lat(c[2], c[1]); s.d0 = cb(c[1], f); s.head = nn.Conv2d(f, co, 1)
    def feat(s, l):
        a = s.e0(s.stem((l - 50) / 50)); b = s.e1(a); c = s.e2(b); d = s.e3(c)
        h = s.g[1](s.g[0](d.mean((2, 3)))); d = s.e4(d + s.g[2](h)[:, :, None, None])
        if s.training: s.ctx = h                              # seen by the auxiliary scene classifier
        c = s.d2(F.relu(c + s.l2(d))); b = s.d1(F.relu(b + s.l1(c))); return s.d0(F.relu(a + s.l0(b)))
    def forward(s, l): return s.head(s.feat(l))

class Loader(torch.utils.data.IterableDataset):
    def __init__(s, res, seed): s.res, s.seed = res, seed
    def __iter__(s): torch.set_num_threads(1); return iter(batches(s.res, s.seed))

def train(a):
    if a.procs > 1 and a.rank is None:                          # data parallel: one single-threaded process per core
        if os.path.exists(a.out + '.sync'): os.remove(a.out + '.sync')
        kids = [subprocess.Popen([sys.executable] + sys.argv + ['--rank', str(r)], env=dict(os.environ, OMP_NUM_THREADS='1')) for r in range(a.procs)]
        sys.exit(max(k.wait() for k in kids))
    rank, dist = a.rank or 0, None
    if a.procs > 1:
        import torch.distributed as dist
        dist.init_process_group('gloo', init_method='file://' + os.path.abspath(a.out) + '.sync', rank=rank, world_size=a.procs)
    torch.manual_seed(SEED); np.random.seed(SEED); torch.set_num_threads(a.threads); pal = np.load(P('palette.npz')); cls = a.mode == 'cls'
    idx, lw = torch.from_numpy(pal['idx']), torch.from_numpy(pal['lw'])
    w = ((1 - HP['lam']) * pal['p'] + HP['lam'] / HP['Q']) ** -HP['alpha']; w = torch.from_numpy((w / (pal['p'] * w).sum()).astype(np.float32))
    net = Net(HP['Q'] if cls else 2); step = 0
    if cls: nn.init.zeros_(net.head.weight); net.head.bias.data = torch.from_numpy(np.log(pal['p'] + 1e-4)).float()
    else: net.head.weight.data *= .1
    net = net.to(memory_format=torch.channels_last); ema = Net(HP['Q'] if cls else 2); ema.load_state_dict(net.state_dict())
    dec = [p for n, p in net.named_parameters() if p.ndim > 1]; nod = [p for n, p in net.named_parameters() if p.ndim <= 1]
    opt = torch.optim.AdamW([dict(params=dec, weight_decay=HP['wd']), dict(params=nod, weight_decay=0)], HP['lr'], betas=(.9, .98))
    if a.init:
        ck = torch.load(a.init); net.load_state_dict(ck['net']); ema.load_state_dict(ck['ema']); step = ck['step']
    aux = nn.Linear(net.g[0].out_features, labels()[1]); allp = list(net.parameters()) + list(aux.parameters()); old = a.init and 'aux' not in ck
    if old: opt.load_state_dict(ck['opt'])
    opt.add_param_group(dict(params=list(aux.parameters()), weight_decay=0))
    if a.init and not old: opt.load_state_dict(ck['opt']); aux.load_state_dict(ck['aux'])
    import torch.multiprocessing as mp
    res = mp.Value('i', HP['small']); dl = iter(torch.utils.data.DataLoader(Loader(res, SEED + step + 1000 * rank), batch_size=None, num_workers=1, prefetch_factor=6))
    t0 = last = lastck = time.time(); acc = []; net.train(); n0 = step
    es, ns = list(ema.state_dict().values()), list(net.state_dict().values())
    while True:
        pr = (time.time() - t0) / (a.minutes * 60)
        if dist: q = torch.tensor([pr], dtype=torch.float64); dist.broadcast(q, 0); pr = q.item()
        if pr >= 1: break
        lr = HP['lr'] * min(1, (step + 1) / HP['warmup']) * (1 if a.const else .5 * (1 + math.cos(math.pi * pr)) * .99 + .01)
        for g in opt.param_groups: g['lr'] = lr
        res.value = HP['small'] if pr < a.small_until else HP['big']
        L, T, lab = next(dl); L = L.contiguous(memory_format=torch.channels_last)
        dy, dx = np.random.randint(0, 2, 2)
        if cls:                                              # a quarter of the positions per step, random phase
            lo = net.head(net.feat(L)[:, :, dy::2, dx::2]).permute(0, 2, 3, 1).flatten(0, 2)
            t = T[:, dy::2, dx::2].long(); t = (t[..., 0] * 256 + t[..., 1]).flatten(); ti = idx[t]
            ce = torch.logsumexp(lo, 1) - (lo.gather(1, ti) * lw[t]).sum(1); wt = w[ti[:, 0]]
            loss = (ce * wt).sum() / wt.sum()
        else:
            y = net(L) * 20; t = T.permute(0, 3, 1, 2).float() - 128
            ch = lambda v: torch.sqrt((v * v).sum(1) + 1e-3)
            loss = F.smooth_l1_loss(y / 10, t / 10) + .15 * (ch(y).mean((1, 2)) - ch(t).mean((1, 2))).abs().mean() / 10 \
                 + .15 * (ch(y).std((1, 2)) - ch(t).std((1, 2))).abs().mean() / 10
        la = F.cross_entropy(aux(net.ctx), lab, ignore_index=-1); acc.append((loss.item(), la.item())); loss = loss + HP['aux'] * la
        opt.zero_grad(); loss.backward()
        if dist:
            gr = [p.grad for p in allp]; fl = torch._utils._flatten_dense_tensors(gr); dist.all_reduce(fl); fl /= a.procs
            for g, v in zip(gr, torch._utils._unflatten_dense_tensors(fl, gr)): g.copy_(v)
        nn.utils.clip_grad_norm_(allp, HP['clip']); opt.step(); step += 1
        m = min(HP['ema'], (step + 1) / (step + 10))
        with torch.no_grad():
            for e, v in zip(es, ns): e.lerp_(v, 1 - m) if e.is_floating_point() else e.copy_(v)
        if step % 100 == 0 and rank == 0:
            n = time.time(); print(f'{step} {n - t0:.0f}s S={res.value} lr {lr:.2e} loss %.4f aux %.3f {100 * HP["batch"] * a.procs / (n - last):.0f} img/s load {os.getloadavg()[0]:.1f}' % tuple(np.mean(acc, 0)), flush=True); last = n; acc = []
        if rank == 0 and time.time() - lastck > 150: save(a.out, net, ema, opt, step, a.mode, aux); lastck = time.time()
    if rank == 0: save(a.out, net, ema, opt, step, a.mode, aux); print('done', step, 'steps', (step - n0) * HP['batch'] * a.procs, 'views')

def save(f, net, ema, opt, step, mode, aux):
    torch.save(dict(net=net.state_dict(), ema=ema.state_dict(), opt=opt.state_dict(), step=step, mode=mode, aux=aux.state_dict()), f + '.tmp'); os.replace(f + '.tmp', f)

# ------------------------------------------------------------------ export
class Deploy(nn.Module):
    """l -> ab in Lab units: logits / T, softmax (annealed mean) and the palette as a 1x1 convolution."""
    def __init__(s, net, C, T):
        super().__init__(); s.net = net; s.T = T; s.pal = None
        if C is not None:
            s.pal = nn.Conv2d(len(C), 2, 1, bias=False); s.pal.weight.data = torch.from_numpy(C.T.copy())[:, :, None, None]
    def forward(s, l): y = s.net(l); return y * 20 if s.pal is None else s.pal(torch.softmax(y / s.T, 1))

def fuse(net):
    from torch.nn.utils.fusion import fuse_conv_bn_eval as fz
    for m in net.modules():
        if isinstance(m, nn.Sequential) and len(m) == 3 and isinstance(m[1], nn.BatchNorm2d): m[0] = fz(m[0], m[1]); m[1] = nn.Identity()
        elif isinstance(m, (Res, Lat)): m.c = fz(m.c, m.b); m.b = nn.Identity()
    return net

def load(ck, temp):
    ck = torch.load(ck, map_location='cpu'); pal = np.load(P('palette.npz')); cls = ck['mode'] == 'cls'
    n = Net(HP['Q'] if cls else 2); n.load_state_dict(ck['ema']); n.eval(); return Deploy(fuse(n), pal['C'] if cls else None, temp).eval()

def export(a):
    import onnx, onnxruntime as ort
    from onnx import numpy_helper as nh, helper as oh
    torch.set_num_threads(1); m = load(a.ck, a.temp); x = torch.rand(1, 1, 128, 160) * 100; f = a.onnx
    torch.onnx.export(m, (x,), f, input_names=['l'], output_names=['ab'], opset_version=17, dynamo=False,
                      dynamic_axes={'l': {0: 'n', 2: 'h', 3: 'w'}, 'ab': {0: 'n', 2: 'h2', 3: 'w2'}})
    g = onnx.load(f); onnx.checker.check_model(g)
    for k, v in dict(name='portico-colorize', input='l: CIE L* 0..100, D65 sRGB, H and W multiples of 32', output='ab: CIE a*, b* at half size',
                     temperature=str(a.temp), version='1').items(): e = g.metadata_props.add(); e.key, e.value = k, v
    g.producer_name = 'portico'; onnx.save(g, f)
    f16 = f.replace('.onnx', '-fp16.onnx'); h = onnx.ModelProto(); h.CopyFrom(g); nodes, inits = [], []
    for t in h.graph.initializer:                                       # fp16 weights, fp32 arithmetic
        v = nh.to_array(t)
        if v.dtype == np.float32 and v.size > 64:
            inits.append(nh.from_array(v.astype(np.float16), t.name + '_h')); nodes.append(oh.make_node('Cast', [t.name + '_h'], [t.name], to=onnx.TensorProto.FLOAT))
        else: inits.append(t)
    del h.graph.initializer[:]; h.graph.initializer.extend(inits); old = list(h.graph.node); del h.graph.node[:]; h.graph.node.extend(nodes + old)
    onnx.checker.check_model(h); onnx.save(h, f16)
    so = ort.SessionOptions(); so.intra_op_num_threads = 1; so.add_session_config_entry('session.intra_op.allow_spinning', '0')
    for q in (f, f16):
        s = ort.InferenceSession(q, so, providers=['CPUExecutionProvider']); dm = 0
        for sh in ((1, 1, 128, 128), (2, 1, 160, 224), (1, 1, 256, 256)):
            z = torch.rand(*sh) * 100; z = F.avg_pool2d(z, 9, 1, 4)
            with torch.no_grad(): r = m(z).numpy()
            o = s.run(None, {'l': z.numpy()})[0]; assert o.shape == r.shape == (sh[0], 2, sh[2] // 2, sh[3] // 2); dm = max(dm, np.abs(o - r).max())
        ts = []
        for _ in range(15): t = time.time(); s.run(None, {'l': z.numpy()}); ts.append(time.time() - t)
        print(q, os.path.getsize(q), 'bytes, max |onnx - torch|', dm, 'ab units; 256x256 one thread', f'{min(ts) * 1e3:.1f} ms best, {sorted(ts)[7] * 1e3:.1f} median')

# ------------------------------------------------------------------ evaluation
def guided_up(ab, L, r=8, eps=4.0, sub=4):
    """ab (h2,w2,2) -> size of L by a fast guided filter with L (0..100) as guide: coefficients at low size, applied at full size."""
    h, w = ab.shape[:2]; g = cv2.resize(L, (w, h), interpolation=cv2.INTER_AREA); bx = lambda v: cv2.blur(v, (2 * r // sub + 1,) * 2, borderType=cv2.BORDER_REFLECT)
    mg = bx(g); vg = bx(g * g) - mg * mg; o = []
    for k in (0, 1):
        p = np.ascontiguousarray(ab[..., k]); mp_ = bx(p); A = (bx(g * p) - mg * mp_) / (vg + eps); B = mp_ - A * mg
        up = lambda v: cv2.resize(bx(v), L.shape[::-1], interpolation=cv2.INTER_LINEAR)
        kn = np.ones((3, 3), np.uint8); lin = lambda v: cv2.resize(v, L.shape[::-1], interpolation=cv2.INTER_LINEAR)
        o.append(np.clip(up(A) * L + up(B), lin(cv2.erode(p, kn)) - 1, lin(cv2.dilate(p, kn)) + 1))   # never beyond the 3x3 neighbourhood
    return np.stack(o, -1)

def levels(L, k=.7):
    """Partial stretch of a faded photo for the net's eyes only (k = 1: 0.5 and 99.5 percentiles go to 3 and 97)."""
    lo, hi = np.percentile(L, (.5, 99.5)); return np.clip(L + k * (3 + (L - lo) * 94 / max(hi - lo, 25) - L), 0, 100).astype(np.float32)

def run_net(fn, L, side, lev=0., flip=False):
    """L (H,W) 0..100 float32 any size -> ab (H,W,2): levels, resize to `side` on the short side (x32), net, guided up-sampling."""
    H, W = L.shape; s = side / min(H, W); h, w = (max(32, round(v * s / 32) * 32) for v in (H, W)); ab = 0
    l = cv2.resize(levels(L, lev) if lev else L, (w, h), interpolation=cv2.INTER_AREA if s < 1 else cv2.INTER_LINEAR)[None, None].astype(np.float32)
    ab = fn(l); ab = (ab + fn(np.ascontiguousarray(l[..., ::-1]))[..., ::-1]) / 2 if flip else ab
    return guided_up(np.ascontiguousarray(ab[0].transpose(1, 2, 0)), L)

def hs(rgb):
    R, G, B = (rgb[..., k].astype(np.float64) for k in range(3)); rg, yb = R - G, (R + G) / 2 - B
    return math.hypot(rg.std(), yb.std()) + .3 * math.hypot(rg.mean(), yb.mean())
torgb = lambda L, ab: (np.clip(cv2.cvtColor(np.dstack([L, ab]).astype(np.float32), cv2.COLOR_LAB2RGB), 0, 1) * 255 + .5).astype(np.uint8)

def evaluate(fn, side=160, quiet=False, lev=0., flip=False):
    from skimage.color import deltaE_ciede2000 as de
    X = np.load(P('data.npy'), mmap_mode='r'); _, _, held, m = split(); rows = []
    for i in held:
        lab = cv2.cvtColor(X[i].astype(np.float32) / 255, cv2.COLOR_RGB2LAB); L, t = lab[..., 0], lab[..., 1:]
        rgb = torgb(L, run_net(fn, L, side, lev, flip)); y = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        z = np.dstack([L, 0 * t]); rows.append((m[i][1], de(lab, y).mean(), de(lab, z).mean(), np.sqrt(((y[..., 1:] - t) ** 2).sum(-1).mean()), np.sqrt((t ** 2).sum(-1).mean()), hs(rgb), hs(X[i]), np.hypot(y[..., 1], y[..., 2]).mean(), np.hypot(t[..., 0], t[..., 1]).mean()))
    v = np.array([r[1:] for r in rows]); src = np.array([r[0] for r in rows]); mu = v.mean(0)
    r = dict(n=len(v), dE=mu[0], dE_grey=mu[1], rmse=mu[2], rmse_grey=mu[3], cf=mu[4], cf_true=mu[5], chroma=mu[6], chroma_true=mu[7], better=(v[:, 0] < v[:, 1]).mean(), worse3=(v[:, 0] > v[:, 1] + 3).mean(), cf_over=(v[:, 4] > v[:, 5] * 1.25 + 5).mean())
    if not quiet: print({k: round(float(x), 3) for k, x in r.items()}); print({s: [round(float(x), 2) for x in v[src == s].mean(0)[:2]] for s in HELDOUT})
    return r, v

def sheet(fn, out, side=160, lev=0., flip=False, old=()):
    """every 8th held-out photo (grey | ours | truth), then old photos (original | grey | ours)"""
    X = np.load(P('data.npy'), mmap_mode='r'); _, _, held, _ = split(); t = []; z = lambda L: np.zeros(L.shape + (2,), np.float32)
    for i in held[4::8][:24]:
        L = cv2.cvtColor(X[i].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[..., 0]
        t.append(np.pad(np.hstack([torgb(L, z(L)), torgb(L, run_net(fn, L, side, lev, flip)), X[i]]), ((3, 3), (4, 4), (0, 0)), constant_values=255))
    rows = [np.hstack(t[k:k + 3]) for k in range(0, 24, 3)]; W = rows[0].shape[1]
    for p in old:
        im = cv2.imread(p); w = W // 3; im = cv2.resize(im, (w, round(im.shape[0] * w / im.shape[1])), interpolation=cv2.INTER_AREA); h = im.shape[0]
        L = cv2.cvtColor(im.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)[..., 0]
        r = np.hstack([im[..., ::-1], torgb(L, z(L)), torgb(L, run_net(fn, L, side, lev, flip))]); rows.append(np.pad(r, ((3, 3), (0, W - r.shape[1]), (0, 0)), constant_values=255))
    cv2.imwrite(out, np.vstack(rows)[..., ::-1])

if __name__ == '__main__':
    ap = argparse.ArgumentParser(); ap.add_argument('cmd'); ap.add_argument('--mode', default='cls'); ap.add_argument('--minutes', type=float, default=60); ap.add_argument('--out', default=P('ck.pt'))
    ap.add_argument('--init'); ap.add_argument('--threads', type=int, default=1); ap.add_argument('--procs', type=int, default=2); ap.add_argument('--rank', type=int); ap.add_argument('--const', action='store_true'); ap.add_argument('--small-until', type=float, default=HP['small_until'])
    ap.add_argument('--ck', default=P('ck.pt')); ap.add_argument('--temp', type=float, default=.6); ap.add_argument('--onnx', default=P('portico-colorize.onnx')); ap.add_argument('--side', type=int, default=160)
    ap.add_argument('--lev', type=float, default=0.); ap.add_argument('--flip', action='store_true'); ap.add_argument('--old', nargs='*', default=[]); a = ap.parse_args()
    if a.cmd == 'prep':
        if not os.path.exists(P('data.npy')): prep()
        prep_lab(); palette()
    elif a.cmd == 'train': train(a)
    elif a.cmd == 'export': export(a)
    elif a.cmd == 'eval':
        import onnxruntime as ort
        s = ort.InferenceSession(a.onnx, providers=['CPUExecutionProvider']); fn = lambda l: s.run(None, {'l': l})[0]
        evaluate(fn, a.side, False, a.lev, a.flip); sheet(fn, P('sheet.png'), a.side, a.lev, a.flip, a.old)
