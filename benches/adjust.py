"""Makes docs/images/adjust.jpg: python benches/adjust.py PORTICO OUT.jpg (needs Pillow; PORTICO is the built program).

Lines: the sliders at -60 and +60, shadows and highlights, the filters on three photos.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw

PHOTOS = Path(__file__).parent.parent / "tests" / "fixtures" / "photos"
HEIGHT = 150
SLIDERS = ["exposure", "brightness", "contrast", "shadows", "highlights", "saturation", "temperature", "tint", "hue"]
FILTERS = ["grayscale", "sepia", "vintage", "warm", "cool", "invert", "blur", "pixelate"]


def edited(portico, photo, op, params, folder):
    plan, out = folder / "plan.json", folder / "out.png"
    plan.write_text(json.dumps({"version": 1, "steps": [{"op": op, "params": params}]}))
    subprocess.run([portico, "edit", PHOTOS / photo, "--plan", plan, "-o", out], check=True, capture_output=True)
    return Image.open(out).convert("RGB")


def named(picture, name):
    picture = picture.resize((round(picture.width * HEIGHT / picture.height), HEIGHT), Image.LANCZOS)
    ImageDraw.Draw(picture).text((4, 3), name, fill="white", stroke_width=1, stroke_fill="black")
    return picture


def lines(portico, folder):
    for value in (-60, 60):
        yield [named(edited(portico, "coffee.png", "adjust", {s: value}, folder), f"{s} {value:+}") for s in SLIDERS]
    line = []
    for photo in ("rocket.png", "astronaut.png"):
        line.append(named(Image.open(PHOTOS / photo).convert("RGB"), "as it was"))
        for params in ({"shadows": 100}, {"highlights": -100}, {"shadows": 100, "highlights": -100}):
            name = ", ".join(f"{k} {v:+}" for k, v in params.items())
            line.append(named(edited(portico, photo, "adjust", params, folder), name))
    yield line
    for photo in ("astronaut.png", "coffee.png", "allium-oreophilum.jpg"):
        whole = named(Image.open(PHOTOS / photo).convert("RGB"), "as it was")
        yield [whole] + [named(edited(portico, photo, "filter", {"name": f}, folder), f) for f in FILTERS]


def main():
    with tempfile.TemporaryDirectory() as folder:
        made = list(lines(sys.argv[1], Path(folder)))
    width = max(sum(p.width + 4 for p in line) for line in made)
    sheet = Image.new("RGB", (width, len(made) * (HEIGHT + 4)), "white")
    for row, line in enumerate(made):
        x = 0
        for picture in line:
            sheet.paste(picture, (x, row * (HEIGHT + 4)))
            x += picture.width + 4
    sheet.save(sys.argv[2], quality=85)


if __name__ == "__main__":
    main()
