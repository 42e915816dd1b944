#!/usr/bin/env python3
"""`portico batch` beside `rembg p`: the same folder, the same weights, the same machine, one after the other, twice each in turn.

Portico looks again at pictures that its first look leaves unsure; rembg looks once. `one look` is Portico without second looks (`second_look: false`).

rembg's own command over a folder (`rembg p`) gets the network as fp32, under the file name of its general model and with its checksum check off, since the
weights come from elsewhere. Each tool is one process for the whole folder; loading counts. Needs, besides requirements.txt: click, filetype, watchdog (rembg's
command line) and onnx (to write the weights as fp32).
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from measure import measured

# `rembg p IN OUT`, without the web framework that rembg's whole command line imports.
REMBG = """
import os, sys, types, rembg
commands = types.ModuleType("rembg.commands")
commands.__path__ = [os.path.join(os.path.dirname(rembg.__file__), "commands")]
sys.modules["rembg.commands"] = commands
from rembg.commands.p_command import p_command
p_command()
"""


def as_fp32(weights, target):
    """The same numbers in 32 bits: half-precision constants widened, casts to half made casts to single."""
    import numpy
    import onnx
    from onnx import TensorProto, numpy_helper

    model = onnx.load(weights)
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT16:
            wide = numpy_helper.to_array(tensor).astype(numpy.float32)
            tensor.CopyFrom(numpy_helper.from_array(wide, tensor.name))
    for node in model.graph.node:
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.FLOAT16:
                attribute.i = TensorProto.FLOAT
            if attribute.HasField("t") and attribute.t.data_type == TensorProto.FLOAT16:
                wide = numpy_helper.to_array(attribute.t).astype(numpy.float32)
                attribute.t.CopyFrom(numpy_helper.from_array(wide, attribute.t.name))
    for value in [*model.graph.input, *model.graph.output, *model.graph.value_info]:
        if value.type.tensor_type.elem_type == TensorProto.FLOAT16:
            value.type.tensor_type.elem_type = TensorProto.FLOAT
    onnx.save(model, target)


def folder_of(photos, target, pixels, count):
    """`count` different JPEGs of about `pixels` pixels."""
    from PIL import Image

    files = sorted(p for p in Path(photos).iterdir() if p.suffix.lower() in {".jpg", ".jpeg", ".png"})
    for n in range(count):
        image = Image.open(files[n % len(files)]).convert("RGB")
        scale = (pixels / (image.width * image.height)) ** 0.5
        image = image.resize((round(image.width * scale), round(image.height * scale)), Image.LANCZOS)
        image = image.point(lambda v, n=n: min(255, v + n))
        image.save(target / f"p{n:02}.jpg", quality=90)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--portico", type=Path, default=Path("target/release/portico"))
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        place = Path(place)
        home = place / "u2net"
        home.mkdir()
        as_fp32(args.weights, home / "isnet-general-use.onnx")
        env = dict(os.environ, U2NET_HOME=str(home), MODEL_CHECKSUM_DISABLED="1", NUMBA_CACHE_DIR=str(place))
        one_look = place / "one-look.json"
        one_look.write_text('{"version": 1, "steps": [{"op": "cutout", "params": {"second_look": false}}, {"op": "export", "params": {"format": "png"}}]}')
        tools = {
            "rembg": lambda source, out: [sys.executable, "-c", REMBG, "-m", "isnet-general-use", str(source), str(out)],
            "portico": lambda source, out: [str(args.portico), "batch", str(source), "remove the background, export as PNG", "-o", str(out)],
            "one look": lambda source, out: [str(args.portico), "batch", str(source), "--plan", str(one_look), "-o", str(out)],
        }
        warm = place / "warm"
        warm.mkdir()
        folder_of(args.photos, warm, 1e6, 1)
        for tool, command in tools.items():
            # Once unmeasured: rembg compiles for the machine, Portico prepares its model for it.
            out = place / f"warm-{tool}"
            out.mkdir()
            measured(command(warm, out), env)
        print(f"{'size':>8} {'tool':>10} {'a minute':>10} {'cpu s':>8} {'peak MiB':>9}")
        for name, pixels in [("2 MP", 2e6), ("12 MP", 12e6)]:
            source = place / name.replace(" ", "")
            source.mkdir()
            folder_of(args.photos, source, pixels, args.count)
            best = {}
            for turn in range(args.rounds):
                for tool, command in tools.items():
                    out = place / f"out-{turn}-{name}-{tool}".replace(" ", "")
                    out.mkdir()
                    wall, cpu, peak = measured(command(source, out), env)
                    made = len(list(out.glob("*.png")))
                    assert made == args.count, f"{tool} made {made} of {args.count}"
                    print(f"{name:>8} {tool:>10} {60 * args.count / wall:>10.1f} {cpu:>8.1f} {peak:>9.0f}", flush=True)
                    old = best.get(tool, (0, 1e9))
                    best[tool] = (max(old[0], 60 * args.count / wall), min(old[1], peak))
            for tool in ["portico", "one look"]:
                faster, memory = best[tool][0] / best["rembg"][0], best[tool][1] / best["rembg"][1]
                print(f"{name:>8} {tool:>10} {faster:.2f} times as many a minute as rembg, {memory:.2f} of its memory")


if __name__ == "__main__":
    main()
