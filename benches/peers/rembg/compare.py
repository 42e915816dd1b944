#!/usr/bin/env python3
"""Portico beside rembg: the same photos, the same weights, the same machine, one after the other.

Each tool works in one process per photo, so that loading counts. With --warm the
repeated work is compared as well: rembg with its session kept open, Portico's server over HTTP.
Times are wall-clock and processor seconds (user + system, all threads); memory is the peak of the process.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from measure import measured

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


REMBG = """
import sys
from rembg import new_session, remove
weights, photo, out = sys.argv[1:]
session = new_session("dis_custom", model_path=weights)
open(out, "wb").write(remove(open(photo, "rb").read(), session=session))
"""


def rembg_command(weights, photo, out):
    # rembg as a library, from the interpreter that runs this script: its command line would also import a web framework.
    return [sys.executable, "-c", REMBG, str(weights), str(photo), str(out)]


def portico_command(program, photo, out):
    return [str(program), "edit", str(photo), "remove the background, export as PNG", "-o", str(out)]


def alpha(path):
    import numpy
    from PIL import Image

    return numpy.asarray(Image.open(path).convert("RGBA"))[..., 3].astype(numpy.float32)


def agreement(ours, theirs):
    """Mean difference of alpha in 1/255 and the overlap of what is more than half opaque."""
    import numpy

    a, b = alpha(ours), alpha(theirs)
    if a.shape != b.shape:
        return float("nan"), float("nan")
    both, either = numpy.sum((a > 127) & (b > 127)), numpy.sum((a > 127) | (b > 127))
    return float(abs(a - b).mean()), float(both / max(either, 1))


def cold(args, photos, folder):
    tools = {"rembg": lambda p, o: rembg_command(args.weights, p, o)}
    if not args.only_rembg:
        tools["portico"] = lambda p, o: portico_command(args.portico, p, o)
    rows = {name: [] for name in tools}
    for name, command in tools.items():
        # Once unmeasured: file caches are warm for both, and Portico has prepared the model for this machine.
        measured(command(photos[0], folder / f"warm-{name}.png"))
    for photo in photos:
        line = f"{photo.name:32}"
        for name, command in tools.items():
            out = folder / f"{photo.stem}-{name}.png"
            wall, cpu, peak = measured(command(photo, out))
            rows[name].append((wall, cpu, peak))
            line += f" | {wall:6.2f} s {cpu:6.2f} s {peak:6.0f} MiB {out.stat().st_size / 1e6:6.2f} MB"
        if len(tools) == 2:
            difference, overlap = agreement(folder / f"{photo.stem}-portico.png", folder / f"{photo.stem}-rembg.png")
            line += f" | {difference:5.2f}/255, overlap {overlap:.3f}"
        print(line, flush=True)
    return rows


def warm(args, photos):
    from rembg import new_session, remove

    session = new_session("dis_custom", model_path=str(args.weights))
    key = {"Authorization": f"Bearer {args.key}"} if args.key else {}

    def by_rembg(data):
        return remove(data, session=session)

    def by_portico(data):
        boundary = "portico-comparison"
        parts = [("instruction", None, b"remove the background, export as PNG"), ("image", "photo", data)]
        body = b""
        for name, file, value in parts:
            disposition = f'form-data; name="{name}"' + (f'; filename="{file}"' if file else "")
            body += f"--{boundary}\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + value + b"\r\n"
        body += f"--{boundary}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", **key}
        request = urllib.request.Request(f"{args.url}/api/v1/edit", data=body, headers=headers)
        with urllib.request.urlopen(request) as response:
            return response.read()

    tools = {"rembg": by_rembg} if args.only_rembg else {"rembg": by_rembg, "portico": by_portico}
    times = {name: [] for name in tools}
    for tool in tools.values():
        tool(photos[0].read_bytes())
    for _ in range(args.rounds):
        # Alternating, so that both see the same other load.
        for photo in photos:
            data = photo.read_bytes()
            for name, tool in tools.items():
                start = time.perf_counter()
                tool(data)
                times[name].append(time.perf_counter() - start)
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, help="folder with photographs")
    parser.add_argument("--weights", type=Path, required=True, help="isnet.onnx of Portico's models folder: both tools use this file")
    parser.add_argument("--portico", type=Path, default=Path("target/release/portico"))
    parser.add_argument("--only-rembg", action="store_true")
    parser.add_argument("--warm", action="store_true", help="also compare repeated work (needs --url of a running server)")
    parser.add_argument("--url", default="http://127.0.0.1:7878", help="Portico's server for --warm")
    parser.add_argument("--key", help="API key for it, if it has accounts")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    photos = sorted(p for p in args.photos.iterdir() if p.suffix.lower() in SUFFIXES)
    if not photos:
        sys.exit(f"no photographs in {args.photos}")
    args.weights = args.weights.resolve()
    # rembg takes custom weights only from its own models folder.
    os.environ["U2NET_HOME"] = str(args.weights.parent)

    print("one process per photo: wall, processor, peak memory, size of the result")
    with tempfile.TemporaryDirectory() as folder:
        rows = cold(args, photos, Path(folder))
    for name, row in rows.items():
        wall, cpu, peak = (statistics.median(column) for column in zip(*row))
        print(f"median {name:8} {wall:6.2f} s wall {cpu:6.2f} s processor {peak:6.0f} MiB")
    if args.warm:
        for name, times in warm(args, photos).items():
            print(f"kept open, median {name:8} {statistics.median(times):6.2f} s per photo")


if __name__ == "__main__":
    main()
