#!/usr/bin/env python3
"""A hole of 2 % in photographs of 12 MP: seconds of the fill alone, processor seconds and peak memory of the whole program.

Two photographs of 4000×3000 are made of the fixtures: coffee.png enlarged (Lanczos) with noise of 3 levels as of a sensor, and dust-bowl-home.jpg laid out four times
across and four times down, every second one mirrored, so that its texture keeps its size. In each of them an outline like that of a thing (a tall, smooth blob) and
one as drawn with a lasso (angular, with a bay) are filled; both have 240 000 px.
"""

import argparse
import math
import os
import subprocess
import tempfile
from pathlib import Path

import numpy
from PIL import Image, ImageDraw, ImageOps

ROOT = Path(__file__).resolve().parents[3]
PHOTOS = ROOT / "tests/fixtures/photos"
SIZE = (4000, 3000)
HOLE_PX = 240_000
LASSO = [(0.0, -0.9), (0.5, -0.75), (0.85, -0.3), (0.45, -0.05), (0.8, 0.35), (0.55, 0.9), (-0.1, 0.7), (-0.6, 0.95), (-0.95, 0.3), (-0.7, -0.2), (-0.8, -0.65)]


def enlarged():
    picture = Image.open(PHOTOS / "coffee.png").convert("RGB").resize((4500, 3000), Image.LANCZOS).crop((250, 0, 4250, 3000))
    noise = numpy.random.default_rng(12).normal(0, 3, (SIZE[1], SIZE[0], 3))
    return Image.fromarray((numpy.asarray(picture) + noise).clip(0, 255).round().astype(numpy.uint8))


def tiled():
    photo = Image.open(PHOTOS / "dust-bowl-home.jpg").convert("RGB")
    whole = Image.new("RGB", (photo.width * 4, photo.height * 4))
    for k in range(16):
        across, down = k % 4, k // 4
        tile = ImageOps.mirror(photo) if across % 2 else photo
        whole.paste(ImageOps.flip(tile) if down % 2 else tile, (across * photo.width, down * photo.height))
    return whole.crop((0, 0, *SIZE))


def blob():
    def radius(angle):
        return 1 + 0.12 * math.sin(2 * angle + 1) + 0.08 * math.sin(3 * angle) + 0.04 * math.sin(7 * angle)

    angles = [2 * math.pi * k / 400 for k in range(400)]
    return [(0.75 * radius(a) * math.cos(a), 1.25 * radius(a) * math.sin(a)) for a in angles]


def mask(outline, centre):
    area = abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(outline, outline[1:] + outline[:1]))) / 2
    scale = math.sqrt(HOLE_PX / area)
    hole = Image.new("L", SIZE, 0)
    ImageDraw.Draw(hole).polygon([(centre[0] + scale * x, centre[1] + scale * y) for x, y in outline], fill=255)
    return hole


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--portico", type=Path, default=ROOT / "target/release/examples/inpaint")
    parser.add_argument("--runs", type=int, default=3, help="of each hole; the quickest counts")
    parser.add_argument("--out", type=Path, help="keep pictures and results in this folder")
    args = parser.parse_args()
    places = {"coffee enlarged": [(2950, 1900), (3300, 700)], "dust-bowl-home tiled": [(1500, 1900), (2700, 1150)]}
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.out or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        print(f"{'photo':22} {'outline':8} {'px':>7} {'s':>6} {'CPU s':>6} {'peak MiB':>8}")
        for name, make in {"coffee enlarged": enlarged, "dust-bowl-home tiled": tiled}.items():
            photo = folder / f"{name.split()[0]}.png"
            if not photo.exists():
                make().save(photo, compress_level=1)
            for (outline, points), centre in zip({"blob": blob(), "lasso": LASSO}.items(), places[name]):
                hole = folder / f"{name.split()[0]}-{outline}-mask.png"
                shape = mask(points, centre)
                shape.save(hole)
                best = None
                for _ in range(args.runs):
                    command = [args.portico, photo, hole, folder / f"{name.split()[0]}-{outline}.png"]
                    child = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
                    seconds = int(child.stdout.read()) / 1000
                    _, status, usage = os.wait4(child.pid, 0)
                    child.returncode = status
                    run = (seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
                    best = min(best or run, run)
                pixels = shape.histogram()[255]
                print(f"{name:22} {outline:8} {pixels:7} {best[0]:6.2f} {best[1]:6.2f} {best[2]:8.0f}", flush=True)


if __name__ == "__main__":
    main()
