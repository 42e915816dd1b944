"""What the four finding models say about test photographs, worked out with numpy and onnxruntime alone: `reference.py > tests/fixtures/detection.json`.

Needs numpy, pillow and onnxruntime. Run in the source's folder. The Rust code is compared with these numbers in tests/it/targets.rs.
"""
import json
import math

import numpy as np
import onnxruntime as ort
from PIL import Image

PHOTOS = "tests/fixtures/photos/"
OPTIONS = ort.SessionOptions()
OPTIONS.intra_op_num_threads = 1


def session(name):
    return ort.InferenceSession(f"onnx/{name}.onnx", OPTIONS)


def letterbox(image, side):
    scale = min(side / image.width, side / image.height)
    width, height = round(image.width * scale), round(image.height * scale)
    square = np.zeros((side, side, 3), np.float32)
    left, top = (side - width) // 2, (side - height) // 2
    square[top : top + height, left : left + width] = np.asarray(image.resize((width, height), Image.BILINEAR), np.float32)
    return square, scale, left, top


def overlap(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    common = max(width, 0) * max(height, 0)
    size = lambda r: (r[2] - r[0]) * (r[3] - r[1])
    return common / (size(a) + size(b) - common)


def objects(image, model):
    square, scale, left, top = letterbox(image, 416)
    planes = (square[..., ::-1] - [103.53, 116.28, 123.675]) / [57.375, 57.12, 58.395]
    names = ["Identity:0", "Identity_1:0", "Identity_2:0", "Identity_3:0", "Identity_4:0", "Identity_5:0"]
    out = model.run(names, {"input_1:0": planes.transpose(2, 0, 1)[None].astype(np.float32)})
    found = []
    for scores, sides, stride in zip(out[:3], out[3:], (8, 16, 32)):
        cells = 416 // stride
        for cell, kind in zip(*np.where(scores[0] >= 0.35)):
            spread = np.exp(sides[0, cell].reshape(4, 11) - sides[0, cell].reshape(4, 11).max(1, keepdims=True))
            far = (spread / spread.sum(1, keepdims=True)) @ np.arange(11) * stride
            x, y = (cell % cells + 0.5) * stride, (cell // cells + 0.5) * stride
            box = [(x - far[0] - left) / scale, (y - far[1] - top) / scale, (x + far[2] - left) / scale, (y + far[3] - top) / scale]
            found.append((float(scores[0, cell, kind]), int(kind), [float(v) for v in box]))
    found.sort(key=lambda f: -f[0])
    kept = []
    for one in found:
        if all(k[1] != one[1] or overlap(k[2], one[2]) <= 0.5 for k in kept):
            kept.append(one)
    return [{"score": s, "class": k, "box": b} for s, k, b in kept]


def faces(image, model):
    square, scale, left, top = letterbox(image, 256)
    names = ["Identity:0", "Identity_1:0", "Identity_2:0", "Identity_3:0"]
    fine, coarse, fine_boxes, coarse_boxes = model.run(names, {"input:0": (square / 127.5 - 1)[None].astype(np.float32)})
    scores = 1 / (1 + np.exp(-np.clip(np.concatenate([fine[0, :, 0], coarse[0, :, 0]]), -60, 60)))
    values = np.concatenate([fine_boxes[0], coarse_boxes[0]])
    grid = lambda n, k: [((x + 0.5) * 256 / n, (y + 0.5) * 256 / n) for y in range(n) for x in range(n) for _ in range(k)]
    centres = np.array(grid(16, 2) + grid(8, 6))
    found = []
    for i in np.where(scores >= 0.5)[0]:
        points = (values[i].reshape(8, 2) + centres[i] - [left, top]) / scale
        half = values[i][2:4] / 2 / scale
        box = [*(points[0] - half), *(points[0] + half)]
        found.append((float(scores[i]), np.array(box), points[2:]))
    found.sort(key=lambda f: -f[0])
    kept = []
    while found:
        group = [f for f in found if overlap(f[1], found[0][1]) > 0.3]
        weights = np.array([f[0] for f in group]) / sum(f[0] for f in group)
        box = sum(w * f[1] for w, f in zip(weights, group))
        points = sum(w * f[2] for w, f in zip(weights, group))
        kept.append({"score": group[0][0], "box": box.tolist(), "points": points.tolist()})
        found = [f for f in found if not any(f is g for g in group)]
    return kept


def mesh(image, face, model):
    (left, top, right, bottom), points = face["box"], face["points"]
    side = 1.5 * max(right - left, bottom - top)
    angle = math.atan2(points[1][1] - points[0][1], points[1][0] - points[0][0])
    cos, sin = math.cos(angle), math.sin(angle)
    x, y, step = (left + right) / 2, (top + bottom) / 2, side / 192
    # From the crop's pixels to the picture's.
    to = (cos * step, -sin * step, x - (cos - sin) * side / 2, sin * step, cos * step, y - (sin + cos) * side / 2)
    crop = image.transform((192, 192), Image.AFFINE, to, Image.BILINEAR)
    points, flag = model.run(["output_mesh", "output_faceflag"], {"input_1": (np.asarray(crop, np.float32) / 255)[None]})
    points = points.reshape(468, 3)[:, :2]
    place = lambda p: [to[0] * p[0] + to[1] * p[1] + to[2], to[3] * p[0] + to[4] * p[1] + to[5]]
    # Forehead, the person's left side, chin, the person's right side.
    return {"probability": float(flag[0, 0]), "points": [place(points[i]) for i in (10, 454, 152, 234)]}


def people(image, model):
    pixels = np.asarray(image.resize((256, 256), Image.BILINEAR), np.float32) / 255
    out = model.run(None, {"input_1:0": pixels[None]})[0][0, ..., 0]
    return {"mean": float(out.mean()), "rows": [float(row.mean()) for row in out[16::32]]}


def main():
    models = {name: session(name) for name in ("nanodet", "blazeface-back", "facemesh", "selfie")}
    report = {}
    for name in ("astronaut.png", "chelsea.png", "nagasaki-boats.jpg"):
        image = Image.open(PHOTOS + name).convert("RGB")
        found = faces(image, models["blazeface-back"])
        report[name] = {
            "objects": objects(image, models["nanodet"]),
            "faces": found,
            "meshes": [mesh(image, face, models["facemesh"]) for face in found],
            "people": people(image, models["selfie"]),
        }
    print(json.dumps(report, default=float))


main()
