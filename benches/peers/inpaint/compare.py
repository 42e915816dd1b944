#!/usr/bin/env python3
"""Portico's erase engine beside PyPatchMatch (patch radius 7): the same pictures and holes, one after the other, in one run.

Times are of the fill alone. Where a hole lies in an intact picture, the fill is compared with what was there, over the hole: PSNR, SSIM of its
bounding box, and the mean absolute Laplacian (grey) as a share of the truth's: below 1 is blurred, above 1 is noisier. *Border* needs no
truth: the mean brightness step across the hole's border over that of the ring around it; far above the hole's own is a visible seam. *Edges* is the
share of the truth's long edges in the hole that the fill has again within 2 px; empty where no such edge crosses the hole.
"""

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy
from PIL import Image
from scipy import ndimage
from skimage.feature import canny
from skimage.metrics import structural_similarity

ROOT = Path(__file__).resolve().parents[3]
PHOTOS = ROOT / "tests/fixtures/photos"
FIXTURES = ROOT / "tests/fixtures/inpaint"
HOLES = Path(__file__).with_name("holes.tsv")
REAL = {
    "house": "dust-bowl-home.jpg",
    "cat": "locomotion-house-cat.jpg",
    "rocket": "rocket.png",
    "spoon": "coffee.png",
    "shuttle": "astronaut.png",
}
INTACT = {
    "gt_brick": FIXTURES / "gt_brick_truth.png",
    "gt_grass": FIXTURES / "gt_grass_truth.png",
    "gt_gravel": FIXTURES / "gt_gravel_truth.png",
    "gt_sky": PHOTOS / "dust-bowl-home.jpg",
    "gt_ground": PHOTOS / "dust-bowl-home.jpg",
    "gt_horizon": PHOTOS / "dust-bowl-home.jpg",
}


def cases(folder, only_own=False, holes=HOLES):
    """Name, picture, mask, mask of what must not be copied or None, whether the truth is known."""
    if not only_own:
        for name, photo in REAL.items():
            exclude = FIXTURES / "shuttle_global_mask.png" if name == "shuttle" else None
            yield name, PHOTOS / photo, FIXTURES / f"{name}_mask.png", exclude, False
        for name, truth in INTACT.items():
            yield name, truth, FIXTURES / f"{name}_mask.png", None, True
    with open(holes, encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            picture = PHOTOS / row["photo"]
            if not picture.exists():
                picture = FIXTURES / row["photo"]
            x, y, width, height = (int(row[side]) for side in ("x", "y", "width", "height"))
            mask = Image.new("L", Image.open(picture).size, 0)
            mask.paste(255, (x, y, x + width, y + height))
            path = folder / f"{row['name']}-mask.png"
            mask.save(path)
            yield f"{row['kind']}: {row['name']}", picture, path, None, True


def pixels(path):
    return numpy.asarray(Image.open(path).convert("RGB"))


def selected(path):
    return numpy.asarray(Image.open(path).convert("L")) > 127


def laplacian(picture):
    grey = picture.astype(float) @ [0.299, 0.587, 0.114]
    out = numpy.zeros_like(grey)
    out[1:-1, 1:-1] = 4 * grey[1:-1, 1:-1] - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    return abs(out)


def metrics(fill, truth, hole):
    error = ((fill.astype(float) - truth.astype(float))[hole] ** 2).mean()
    psnr = 10 * numpy.log10(255**2 / max(error, 1e-9))
    ys, xs = numpy.where(hole)
    box = (slice(ys.min(), ys.max() + 1), slice(xs.min(), xs.max() + 1))
    ssim = structural_similarity(truth[box], fill[box], channel_axis=2, data_range=255)
    ratio = laplacian(fill)[hole].mean() / max(laplacian(truth)[hole].mean(), 1e-9)
    return psnr, ssim, ratio


def border(picture, hole, ring_px=12):
    grey = picture.astype(float) @ [0.299, 0.587, 0.114]
    grown = numpy.zeros_like(hole)
    ys, xs = numpy.where(hole)
    for dy in range(-ring_px, ring_px + 1):
        for dx in range(-ring_px + abs(dy), ring_px - abs(dy) + 1):
            grown[(ys + dy).clip(0, hole.shape[0] - 1), (xs + dx).clip(0, hole.shape[1] - 1)] = True
    ring = grown & ~hole
    across, around = [], []
    for axis in (0, 1):
        step = abs(numpy.diff(grey, axis=axis))
        first, second = (slice(None, -1), slice(1, None)) if axis == 0 else ((slice(None), slice(None, -1)), (slice(None), slice(1, None)))
        across.append(step[hole[first] != hole[second]])
        around.append(step[ring[first] & ring[second]])
    return numpy.concatenate(across).mean() / max(numpy.concatenate(around).mean(), 1e-9)


def edges(picture):
    """Edges of slightly blurred brightness, from steps of about 15 levels on where they go on from a step of 40."""
    grey = picture.astype(float) @ [0.299, 0.587, 0.114] / 255
    return canny(grey, sigma=1.5, low_threshold=0.05, high_threshold=0.13)


def edges_again(fill, truth, hole, within_px=2):
    """Of the truth's edges that enter the hole and are at least a third as long as it, the share that has an edge of the fill near by."""
    ys, xs = numpy.where(hole)
    least = max(numpy.ptp(ys) + 1, numpy.ptp(xs) + 1) / 3
    rim = hole & ~ndimage.binary_erosion(hole, iterations=2)
    parts, _ = ndimage.label(edges(truth) & hole, numpy.ones((3, 3)))
    crossing = numpy.zeros_like(hole)
    for number, (down, across) in enumerate(ndimage.find_objects(parts), 1):
        part = parts == number
        if max(down.stop - down.start, across.stop - across.start) >= least and (part & rim).any():
            crossing |= part
    if not crossing.any():
        return None
    return (ndimage.distance_transform_edt(~edges(fill))[crossing] <= within_px).mean()


def by_portico(program, seed, picture, mask, exclude, out):
    command = [str(program), str(picture), str(mask), str(out)] + ([str(exclude)] if exclude else []) + ["--seed", str(seed)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stderr[-2000:]}")
    return int(done.stdout) / 1000, pixels(out)


def by_peer(picture, mask, exclude, out):
    from patchmatch import patch_match

    image, hole = numpy.ascontiguousarray(pixels(picture)), selected(mask).astype(numpy.uint8)
    options = {"global_mask": selected(exclude).astype(numpy.uint8)} if exclude else {}
    start = time.perf_counter()
    fill = patch_match.inpaint(image, mask=hole, patch_size=7, **options)
    seconds = time.perf_counter() - start
    Image.fromarray(fill).save(out)
    return seconds, fill


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--portico", type=Path, default=ROOT / "target/release/examples/inpaint")
    parser.add_argument("--only-own", action="store_true", help="only the holes of the list")
    parser.add_argument("--holes", type=Path, default=HOLES, help="the list of holes in intact photographs")
    parser.add_argument("--seed", type=int, default=1, help="of Portico's engine")
    parser.add_argument("--no-peer", action="store_true", help="do not run PyPatchMatch")
    parser.add_argument("--out", type=Path, help="keep the results in this folder")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.out or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        times = {"portico": 0.0, "peer": 0.0}
        print(f"{'case':24} {'tool':8} {'s':>6} {'border':>6} {'PSNR':>6} {'SSIM':>6} {'Lapl.':>6} {'edges':>6}")
        for name, picture, mask, exclude, known in cases(folder, args.only_own, args.holes):
            stem = name.split(": ")[-1]
            tools = {"portico": lambda out: by_portico(args.portico, args.seed, picture, mask, exclude, out)}
            if not args.no_peer:
                tools["peer"] = lambda out: by_peer(picture, mask, exclude, out)
            for tool, run in tools.items():
                seconds, fill = run(folder / f"{stem}-{tool}.png")
                times[tool] += seconds
                line = f"{name:24} {tool:8} {seconds:6.2f} {border(fill, selected(mask)):6.2f}"
                if known:
                    line += " {:6.2f} {:6.3f} {:6.2f}".format(*metrics(fill, pixels(picture), selected(mask)))
                    again = edges_again(fill, pixels(picture), selected(mask))
                    line += "" if again is None else f" {again:6.2f}"
                print(line, flush=True)
        print(f"all: portico {times['portico']:.1f} s, peer {times['peer']:.1f} s")


if __name__ == "__main__":
    main()
