"""A contact sheet of pictures, to be looked at: transparent ones on green.

    PORTICO_FIT_SHEET=out cargo test --workspace --test it fit::every_preset      # keeps the files that the test makes
    python3 tests/fit/sheet.py sheet.png out/*.amazon.main.jpg out/*.id.1inch.jpg
"""

import sys
from pathlib import Path

from PIL import Image, ImageDraw

SIDE, GAP, LABEL, COLUMNS = 200, 8, 16, 8


def main():
    out, *files = sys.argv[1:]
    rows = -(-len(files) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (SIDE + GAP) + GAP, rows * (SIDE + GAP + LABEL) + GAP), (90, 90, 100))
    draw = ImageDraw.Draw(sheet)
    for i, name in enumerate(files):
        picture = Image.open(name).convert("RGBA")
        picture.thumbnail((SIDE, SIDE))
        ground = Image.new("RGBA", picture.size, (150, 210, 150, 255))
        ground.alpha_composite(picture)
        x, y = GAP + i % COLUMNS * (SIDE + GAP), GAP + i // COLUMNS * (SIDE + GAP + LABEL)
        sheet.paste(ground.convert("RGB"), (x, y))
        draw.text((x, y + SIDE + 2), Path(name).stem[:32], fill=(255, 255, 255))
    sheet.save(out)


if __name__ == "__main__":
    main()
