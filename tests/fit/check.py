"""Measures files against the presets of platforms.toml, with nothing of the program's own code: Pillow reads the files, NumPy counts the pixels.

    python3 tests/fit/check.py presets/platforms.toml FILE PRESET
    python3 tests/fit/check.py presets/platforms.toml --jobs jobs.json     # [{"file": …, "preset": …}, …]

Prints one JSON object for each file: the preset's rules in their order, each with `pass`, `fail` or `check` (this script cannot tell) and what was measured.
What each rule means is in docs/FIT.md; this is written from that and from the preset file.
"""

import io
import json
import os
import struct
import sys
import tomllib

import numpy
from PIL import Image, ImageCms

NEAR = 8
SAME_SHAPE = 1.005
VISIBLE = 8
EDGE = 0.5
# Decoders of JPEG may differ by this much in a channel.
DECODER = 1
# The head's upper end is found a little differently here: by the uppermost pixel before the background, single hairs included.
CROWN_MM = 1.0


class File:
    def __init__(self, path):
        self.bytes = os.path.getsize(path)
        self.raw = open(path, "rb").read()
        self.image = Image.open(io.BytesIO(self.raw))
        self.image.load()
        self.width, self.height = self.image.size
        self.format = self.image.format.lower()
        self.rgba = numpy.asarray(self.image.convert("RGBA")).astype(numpy.int16)

    def alpha_channel(self):
        return self.image.mode in ("RGBA", "LA", "PA") or "transparency" in self.image.info

    def bits(self):
        if self.format == "png":
            depth, colour = struct.unpack(">BB", self.raw[24:26])
            return depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
        if self.format == "jpeg":
            return 8 * len(self.image.getbands())
        return None

    def dpi(self):
        found = self.image.info.get("dpi")
        return float(found[0]) if found else None

    def profile(self):
        icc = self.image.info.get("icc_profile")
        if not icc:
            return None
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc)))


def colour_of(text):
    return numpy.array([int(text[i:i + 2], 16) for i in (1, 3, 5)], dtype=numpy.int16)


def outermost(array):
    height, width = array.shape[:2]
    if height == 1 or width == 1:
        return array.reshape(-1, *array.shape[2:])
    return numpy.concatenate([array[0], array[-1], array[1:-1, 0], array[1:-1, -1]])


def difference(rgba, colour):
    return numpy.abs(rgba[:, :, :3] - colour).max(axis=2)


def joined_to_the_edge(like):
    """What is `like` and joined, side by side, to the outermost pixels: runs along rows and columns, until nothing is added any more."""
    reached = numpy.zeros_like(like)
    for side in (numpy.s_[0, :], numpy.s_[-1, :], numpy.s_[:, 0], numpy.s_[:, -1]):
        reached[side] = like[side]
    while True:
        before = int(reached.sum())
        for turned in (False, True):
            l, r = (like.T, reached.T) if turned else (like, reached)
            # Runs of `like` along a line are one number each; a run that was reached anywhere is reached all along.
            starts = l & ~numpy.pad(l, ((0, 0), (1, 0)))[:, :-1]
            number = numpy.cumsum(starts.ravel()).reshape(l.shape)
            hit = numpy.zeros(int(number.max()) + 1, dtype=bool)
            hit[number[l & r]] = True
            r |= l & hit[number]
        if int(reached.sum()) == before:
            return reached


def spread(mask, px):
    """Everything within `px` of the mask, across and down: how many of it are in the window of 2 px + 1 around each pixel of a line."""
    for axis in (0, 1):
        along = numpy.moveaxis(mask, axis, 0).astype(numpy.int32)
        counts = numpy.cumsum(numpy.pad(along, ((px + 1, px), (0, 0))), axis=0)
        mask = numpy.moveaxis(counts[2 * px + 1:] - counts[:-2 * px - 1] > 0, 0, axis)
    return mask


class Ground:
    def __init__(self, file, preset):
        rules = preset["rules"]
        colours = next((r["any"] for r in rules if r["kind"] == "background"), None)
        self.colour = None
        self.known = True
        if colours:
            shares = [(outermost(difference(file.rgba, colour_of(c))[:, :, None])[:, 0] <= NEAR).mean() for c in colours]
            self.colour = colour_of(colours[int(numpy.argmax(shares))])
            off = difference(file.rgba, self.colour)
            self.subject = ~joined_to_the_edge((off <= NEAR) & (file.rgba[:, :, 3] == 255))
        elif any(r["kind"] == "transparent" for r in rules):
            self.subject = file.rgba[:, :, 3] >= VISIBLE
        else:
            self.known = False
            return
        self.edge_share = float(1 - outermost(self.subject[:, :, None]).mean())
        rows, columns = numpy.flatnonzero(self.subject.any(axis=1)), numpy.flatnonzero(self.subject.any(axis=0))
        self.bounds = None if len(rows) == 0 else (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)

    def spots(self, file, tolerance, beyond):
        off = difference(file.rgba, self.colour)[~spread(self.subject, beyond)]
        return int((off > tolerance).sum()), int(off.max(initial=0))


def held(ok, measured=None):
    return ("pass" if ok else "fail"), measured


def within(value, rule):
    return ("min" not in rule or value >= rule["min"]) and ("max" not in rule or value <= rule["max"])


def measure(rule, file, preset, ground):
    kind = rule["kind"]
    width, height = file.width, file.height
    shape = width / height
    if kind == "size":
        return held([width, height] in [list(s) for s in rule["any"]], [width, height])
    if kind == "sides":
        return held(within(width, rule) and within(height, rule), [width, height])
    if kind == "longest":
        return held(within(max(width, height), rule), max(width, height))
    if kind == "shortest":
        return held(within(min(width, height), rule), min(width, height))
    if kind == "pixels":
        return held(width * height <= rule["max"], width * height)
    if kind == "aspect":
        return held(any(max(shape / (a / b), (a / b) / shape) <= SAME_SHAPE for a, b in rule["any"]), shape)
    if kind == "shape":
        return held(shape * SAME_SHAPE >= rule["min"] and shape <= rule["max"] * SAME_SHAPE, shape)
    if kind == "format":
        return held(file.format in rule["any"], file.format)
    if kind == "bytes":
        return held(within(file.bytes, rule), file.bytes)
    if kind == "depth":
        return held(file.bits() in rule["any"], file.bits())
    if kind == "srgb":
        return held(file.profile() is None or "srgb" in file.profile().lower(), file.profile())
    if kind == "opaque":
        return held(not file.alpha_channel(), file.image.mode)
    if kind == "dpi":
        return held(file.dpi() is not None and abs(file.dpi() - rule["is"]) <= 0.5, file.dpi())
    if kind == "transparent":
        share = float((outermost(file.rgba[:, :, 3:])[:, 0] < VISIBLE).mean())
        return held(share >= EDGE, share)
    if kind in ("background", "fill", "clearance") and not ground.known:
        return "check", None
    if kind == "background":
        wrong, worst = ground.spots(file, rule["tolerance"] + (DECODER if rule["tolerance"] else 0), rule["beyond_px"])
        return held(ground.edge_share >= EDGE and wrong == 0, {"wrong": wrong, "worst": worst, "edge_share": ground.edge_share})
    if kind == "fill":
        if ground.bounds is None or ground.edge_share == 0:
            return held(False)
        left, top, right, bottom = ground.bounds
        return held(within(max((right - left) / width, (bottom - top) / height), rule), max((right - left) / width, (bottom - top) / height))
    if kind == "clearance":
        if ground.bounds is None:
            return "check", None
        left, top, right, bottom = ground.bounds
        least = int(min(left, top, width - right, height - bottom))
        return held(least >= rule["min"], least)
    if kind == "head_top" and ground.known and ground.edge_share >= EDGE and ground.bounds is not None:
        mm = ground.bounds[1] * preset["mm"][1] / height
        return held(rule["min"] - CROWN_MM <= mm <= rule["max"] + CROWN_MM, float(mm))
    # Faces and what only a person can tell.
    return "check", None


def check(path, preset):
    file = File(path)
    ground = Ground(file, preset)
    rules = []
    for rule in preset["rules"]:
        result, measured = measure(rule, file, preset, ground)
        rules.append({"rule": rule["kind"], "result": result, "measured": measured})
    return {"file": path, "preset": preset["id"], "rules": rules}


def main():
    presets = {p["id"]: p for p in tomllib.load(open(sys.argv[1], "rb"))["preset"]}
    jobs = json.load(open(sys.argv[3])) if sys.argv[2] == "--jobs" else [{"file": sys.argv[2], "preset": sys.argv[3]}]
    for job in jobs:
        print(json.dumps(check(job["file"], presets[job["preset"]])), flush=True)


if __name__ == "__main__":
    main()
