#!/usr/bin/env python3
"""Opens an ORA or PSD file with code that is not Portico's, lays its visible layers on each other and prints what it found.

    readers.py FILE OUT.png        the layers (JSON, from the lowest up) on standard output, what they show together in OUT.png
"""

import io
import json
import sys
import zipfile
from xml.etree import ElementTree

from PIL import Image, ImageChops
from psd_tools import PSDImage


def laid(size, layers):
    """Visible layers over each other; each is (picture, left, top, opacity)."""
    canvas = Image.new("RGBA", size)
    for picture, left, top, opacity in layers:
        if opacity != 255:
            picture.putalpha(picture.getchannel("A").point(lambda v: round(v * opacity / 255)))
        place = Image.new("RGBA", size)
        place.paste(picture, (left, top))
        canvas = Image.alpha_composite(canvas, place)
    return canvas


def read_psd(path):
    psd = PSDImage.open(path)
    seen, shown = [], []
    for layer in psd:
        mask = layer.mask.topil() if layer.has_mask() else None
        picture = layer.topil().convert("RGBA")
        if mask is not None:
            picture.putalpha(ImageChops.multiply(picture.getchannel("A"), mask.convert("L")))
        seen.append({
            "name": layer.name, "visible": layer.is_visible(), "x": layer.left, "y": layer.top, "width": layer.width, "height": layer.height,
            "opacity": layer.opacity, "mask": mask is not None,
        })
        if layer.is_visible():
            shown.append((picture, layer.left, layer.top, layer.opacity))
    about = {
        "size": list(psd.size), "depth": psd.depth, "mode": str(psd.color_mode.name), "layers": seen,
        "resources": sorted(int(key) for key in psd.image_resources.keys()),
    }
    return about, laid(psd.size, shown), psd.topil().convert("RGBA")


def read_ora(path):
    archive = zipfile.ZipFile(path)
    first = archive.infolist()[0]
    assert (first.filename, first.compress_type, archive.read(first)) == ("mimetype", zipfile.ZIP_STORED, b"image/openraster")
    image = ElementTree.fromstring(archive.read("stack.xml"))
    size = (int(image.get("w")), int(image.get("h")))
    seen, shown = [], []
    for layer in reversed(image.find("stack").findall("layer")):
        picture = Image.open(io.BytesIO(archive.read(layer.get("src")))).convert("RGBA")
        visible = layer.get("visibility", "visible") == "visible"
        left, top, opacity = int(layer.get("x")), int(layer.get("y")), round(float(layer.get("opacity", "1")) * 255)
        seen.append({
            "name": layer.get("name"), "visible": visible, "x": left, "y": top, "width": picture.width, "height": picture.height,
            "opacity": opacity, "mask": False,
        })
        if visible:
            shown.append((picture, left, top, opacity))
    thumbnail = Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png")))
    assert max(thumbnail.size) <= 256
    merged = Image.open(io.BytesIO(archive.read("mergedimage.png"))).convert("RGBA")
    return {"size": list(size), "layers": seen}, laid(size, shown), merged


def main():
    path, out = sys.argv[1:3]
    about, together, merged = (read_psd if path.endswith(".psd") else read_ora)(path)
    together.save(out)
    merged.save(out.replace(".png", "-merged.png"))
    print(json.dumps(about, ensure_ascii=False))


main()
