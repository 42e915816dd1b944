"""The sheet docs/images/enhance.jpg: python benches/enhance.py PORTICO PHOTOS OUT (Pillow and numpy; PHOTOS is tests/fixtures/photos).

Damages photographs in known ways, lets `portico edit` undo it, prints the gain in dB and lays before, after and the truth side by side.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

portico, photos, out = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
folder = Path(tempfile.mkdtemp())
rng = np.random.default_rng(20)
HEIGHT = 160


def load(name):
    return Image.open(photos / name).convert("RGB")


def values(image):
    return np.asarray(image).astype(float)


def image(array):
    return Image.fromarray(np.clip(np.round(array), 0, 255).astype("uint8"))


def linear(v):
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def srgb(v):
    return np.where(v <= 0.0031308, v * 12.92, 1.055 * np.maximum(v, 1e-9) ** (1 / 2.4) - 0.055)


def edited(picture, op, **params):
    picture.save(folder / "in.png")
    plan = {"version": 1, "steps": [{"op": op, "params": params}]}
    (folder / "plan.json").write_text(json.dumps(plan))
    command = [portico, "edit", folder / "in.png", "--plan", folder / "plan.json", "-o", folder / "out.png"]
    subprocess.run(command, check=True, capture_output=True)
    return Image.open(folder / "out.png").convert("RGB")


def psnr(a, b):
    return 10 * np.log10(255**2 / np.mean((values(a) - values(b)) ** 2))


def told(what, truth, before, after):
    print(f"{what}: {psnr(before, truth):.2f} dB to {psnr(after, truth):.2f} dB, mean change {np.abs(values(after) - values(before)).mean():.2f}")


def spotted(picture, spots):
    a = values(picture)
    y, x = np.mgrid[0 : a.shape[0], 0 : a.shape[1]]
    for sx, sy in spots:
        a -= np.exp(-((x - sx) ** 2 + (y - sy) ** 2) / 3)[..., None] * np.array([18, 62, 55])
    return image(a)


rows = []
cat, coffee, woman, rocket = load("chelsea.png"), load("coffee.png"), load("astronaut.png"), load("rocket.png")

noisy = image(values(cat) + rng.normal(0, 25, values(cat).shape))
clean = edited(noisy, "denoise")
told("noise of 25 on chelsea", cat, noisy, clean)
part = (90, 40, 300, 180)
rows.append([noisy.crop(part), clean.crop(part), cat.crop(part)])

cat.save(folder / "q.jpg", quality=12)
blocky = Image.open(folder / "q.jpg").convert("RGB")
smooth = edited(blocky, "denoise")
told("JPEG of quality 12, chelsea", cat, blocky, smooth)
rows.append([blocky.crop(part), smooth.crop(part), cat.crop(part)])

for truth, name in [(coffee, "coffee"), (woman, "astronaut"), (cat, "chelsea")]:
    dark = image(255 * srgb(0.3 * linear(values(truth) / 255)))
    lit = edited(dark, "enhance")
    told(f"light x 0.3, {name}", truth, dark, lit)
    if name == "coffee":
        rows.append([dark, lit, truth])
    dark = image(255 * (values(truth) / 255) ** 2.2)
    told(f"gamma 2.2, {name}", truth, dark, edited(dark, "enhance"))
    told(f"gamma 2.2 and `low_light`, {name}", truth, dark, edited(dark, "enhance", low_light=True))

for name in ["rocket.png", "locomotion-house-cat.jpg", "french-alpine-landscape.jpg"]:
    own = load(name)
    rows.append([own, edited(own, "enhance")])
rows.append([woman.crop((130, 20, 330, 160)), edited(woman, "sharpen").crop((130, 20, 330, 160))])

skin = spotted(woman, [(195, 128), (240, 162), (212, 168), (222, 171)])
better = edited(skin, "retouch", skin=0.5, teeth=0.5)
face = (165, 60, 285, 200)
rows.append([skin.crop(face), better.crop(face), woman.crop(face)])

strips = []
# The narrow ones first, so that two of them share a line.
rows.sort(key=lambda row: sum(p.width / p.height for p in row))
for row in rows:
    scaled = [p.resize((round(p.width * HEIGHT / p.height), HEIGHT), Image.LANCZOS) for p in row]
    strip = Image.new("RGB", (sum(p.width + 4 for p in scaled) - 4, HEIGHT), "white")
    x = 0
    for p in scaled:
        strip.paste(p, (x, 0))
        x += p.width + 4
    strips.append(strip)
# Strips beside one another where they fit.
width, lines = 1490, [[]]
for strip in strips:
    if lines[-1] and sum(s.width + 24 for s in lines[-1]) + strip.width > width:
        lines.append([])
    lines[-1].append(strip)
sheet = Image.new("RGB", (width, len(lines) * (HEIGHT + 12) - 12), "white")
for n, line in enumerate(lines):
    x = 0
    for strip in line:
        sheet.paste(strip, (x, n * (HEIGHT + 12)))
        x += strip.width + 24
sheet.save(out, quality=86)
