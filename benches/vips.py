"""Times libvips and Portico's kernels on the same picture in one run and prints a table: python benches/vips.py (needs pyvips and libvips).

    cargo bench -p portico-imaging --bench against --no-run    # prints the path of the program below
    python benches/vips.py TARGET/release/deps/against-HASH [PHOTO]

Both start from decoded pixels in memory and end with pixels in memory (`write_to_memory`); nothing is read or written in between, libvips' cache of
operations is off. Wall-clock time and processor time of all threads, in ns a pixel of the 12 MP input: the best of five after one to warm up, the two
taking turns, task by task (fewer where libvips takes longer than two seconds a run). Where libvips has the operation in sRGB only, the same in linear light is timed as well (scRGB, in floats, and back), which
is what Portico does.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyvips

PHOTO = Path(__file__).parent.parent / "tests" / "fixtures" / "photos" / "coffee.png"
WIDTH, HEIGHT, RUNS = 4000, 3000, 5


def in_light(work):
    return lambda picture: work(picture.colourspace("scrgb")).colourspace("srgb")


def blur(sigma, amplitude=0.2):
    return lambda picture: picture.gaussblur(sigma, min_ampl=amplitude)


def resize(by):
    return lambda picture: picture.resize(by, kernel="lanczos3" if by < 1 else "cubic")


def tone(picture):
    """A factor in linear light by channel and back, then a curve: a table in 8 bits."""
    curve = pyvips.Image.identity(bands=3).cast("float") / 255
    curve = ((curve**2.2) * [1.5, 1.4, 1.3]) ** (1 / 2.2)
    return picture.maplut((curve * 255).rint().cast("uchar"))


def saturation(space):
    def work(picture):
        return (picture.colourspace(space) * [1, 1.25, 1]).copy(interpretation=space).colourspace("srgb")

    return work


def tasks():
    for sigma in (1, 2, 6, 12, 32):
        yield f"blur {sigma}", "gaussblur, sRGB", blur(sigma)
        if sigma < 32:
            yield f"blur {sigma}", "gaussblur, linear light", in_light(blur(sigma))
    # By default the mask ends where the curve falls below a fifth, at 1.8 sigma; ours ends at 3 sigma, where it falls below a 90th.
    yield "blur 2", "gaussblur to 3 sigma, sRGB", blur(2, 0.0111)
    for by in (0.4, 0.8, 1.5):
        yield f"resize {by}", "resize, sRGB", resize(by)
        yield f"resize {by}", "resize, linear light", in_light(resize(by))
    yield "adjust tone", "a table (maplut)", tone
    yield "adjust tone", "linear", lambda p: p.linear([1.1, 1.05, 1.0], [4, 4, 4], uchar=True)
    yield "adjust saturation", "LCh and back", saturation("lch")


def timed(picture, work):
    best = [float("inf"), float("inf")]
    for run in range(RUNS + 1):
        began, used = time.perf_counter(), time.process_time()
        work(picture).cast("uchar").write_to_memory()
        took = (time.perf_counter() - began, time.process_time() - used)
        if run > 0:
            best = [min(a, b) for a, b in zip(best, took)]
            if took[0] > 2.0:
                break
    return best


def main():
    program, photo = sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else PHOTO
    pyvips.cache_set_max(0)
    whole = pyvips.Image.new_from_file(str(photo)).colourspace("srgb")[:3]
    whole = whole.resize(WIDTH / whole.width, vscale=HEIGHT / whole.height, kernel="cubic")
    # In memory, or each run would enlarge the photo again.
    picture = pyvips.Image.new_from_memory(whole.write_to_memory(), WIDTH, HEIGHT, 3, "uchar").copy(interpretation="srgb")
    print(f"libvips {'.'.join(str(pyvips.version(i)) for i in range(3))}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print("| task | Portico: wall, processor | libvips | wall, processor | Portico / libvips, processor |\n| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "photo.png")
        picture.write_to_file(path, compression=1)
        last, ours = None, None
        scale = 1e9 / (WIDTH * HEIGHT)
        for name, what, work in tasks():
            if name != last:
                ours = json.loads(subprocess.run([program, path, name], check=True, capture_output=True).stdout)[name]
                last = name
            theirs = timed(picture, work)
            cells = [f"{t[0] * scale:.1f}, {t[1] * scale:.1f}" for t in (ours, theirs)]
            print(f"| {name} | {cells[0]} | {what} | {cells[1]} | {ours[1] / theirs[1]:.2f} |", flush=True)
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
