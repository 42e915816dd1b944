"""Composes scenes with one animal each, for `cargo bench --bench targets`: `animals.py PHOTOS ISNET OUT SEED [SET]`.

Of every animal chance makes some scenes (ground, place, size, side, with or without somebody beside it). Asked are its own name, which must give its mask,
and the names of other animals, which must be refused: nothing else is edited in its place. SET is `tuned` or `unseen` (on which nothing was tuned).

PHOTOS holds the photographs of scenes.py and these, that are not ours to hand on either and are used for measuring only (Git repositories, by folder):

    dn-dog.jpg, dn-giraffe.jpg, dn-person.jpg                       AlexeyAB/darknet (build/darknet/x64/data, data)
    pp-*.jpg                                                        Aashish-Damodare/Pashu-Palan.com (images)
    aa-*.jpg                                                        AliAbdulqaadir/animals (images)
    xx-dog.jpg (a calf)                                             xxayt/GrabCut (data/dog.jpg)
    jg-*.jpeg, jg-*.jpg, jg-*.png                                   Jana-Gale/update-animal-markate (images)
    ak-*.jpg                                                        A-Kuan/yolov8-test (images)

Needs what scenes.py needs. Writes the same files.
"""
import json
import os
import random
import sys

import numpy as np
from PIL import Image

sys.argv, (PHOTOS, ISNET, OUT, SEED, *REST) = sys.argv[:4], sys.argv[1:]
import scenes

# Name: photograph, box in it, the label, or "" where none of the 80 fits.
ANIMALS = {
    "tuned": {
        "grey": ("object_detection_input.jpg", (400, 130, 625, 340), "horse"),
        "white": ("jg-horse.jpeg", (350, 120, 820, 570), "horse"),
        "bull": ("pp-bel.jpg", (390, 10, 710, 340), "cow"),
        "bison": ("aa-buffalo.jpg", None, "cow"),
        "sheep": ("pp-sheep.jpg", (110, 20, 430, 340), "sheep"),
        "corgi": ("ak-dog.jpg", None, "dog"),
        "shepherd": ("object_detection_input.jpg", (60, 255, 200, 350), "dog"),
        "tom": ("ak-cat.jpg", None, "cat"),
        "fox": ("aa-fox.jpg", None, ""),
        "camel": ("jg-camel.jpg", (170, 150, 900, 860), ""),
    },
    "unseen": {
        "grazing": ("dn-person.jpg", (390, 75, 620, 325), "horse"),
        "brown": ("jg-h1.png", None, "horse"),
        "pinto": ("jg-h2.png", None, "horse"),
        "calf": ("xx-dog.jpg", (110, 290, 290, 560), "cow"),
        "hereford": ("jg-l6.jpg", None, "cow"),
        "ox": ("pp-ox.jpg", (160, 200, 310, 370), "cow"),
        "ram": ("aa-sheep.jpg", None, "sheep"),
        "dorper": ("ak-sheep.jpg", (210, 50, 596, 596), "sheep"),
        "sitting": ("dn-dog.jpg", (115, 200, 330, 560), "dog"),
        "zebra": ("dn-giraffe.jpg", (255, 200, 430, 460), "zebra"),
        "chelsea": ("chelsea.png", None, "cat"),
        "goat": ("jg-g1.png", None, ""),
    },
}
ASKED = ("horse", "cow", "sheep", "dog", "cat")
# Shown from the chest up: stands on the lower border.
BUSTS = {"ram", "dorper", "chelsea"}
EACH = 5
COMPANY = ("man1", "man2", "hiker")


def question(label):
    zh = {"horse": "那匹马", "cow": "那头牛", "sheep": "那只羊", "dog": "那只狗", "cat": "那只猫", "zebra": "那匹斑马"}[label]
    return scenes.thing(label), f"去掉{zh}", f"remove the {label}"


def main():
    os.makedirs(OUT, exist_ok=True)
    animals = ANIMALS[REST[0] if REST else "tuned"]
    scenes.CUTS = {name: scenes.CUTS[name] for name in COMPANY} | {name: entry[:2] for name, entry in animals.items()}
    cuts, rng, out = scenes.cut_outs(), random.Random(int(SEED)), []
    for name, (_, _, label) in animals.items():
        for number in range(EACH):
            back = rng.choice(list(scenes.GROUNDS))
            width, height = scenes.SIZES[back]
            high = rng.uniform(0.5, 0.8) if name in BUSTS else rng.uniform(0.22, 0.6)
            wide = high * height * cuts[name].width / cuts[name].height / width
            if wide > 0.6:
                high, wide = high * 0.6 / wide, 0.6
            left = rng.uniform(0.02, 0.98 - wide)
            items = [(name, left + wide / 2, 1.0 if name in BUSTS else rng.uniform(0.88, 0.98), high, rng.randrange(2))]
            who, tall = rng.choice(COMPANY), rng.uniform(0.4, 0.7)
            broad = tall * height * cuts[who].width / cuts[who].height / width
            if rng.random() < 0.5 and left - broad > 0.04:
                items.append((who, rng.uniform(0.01 + broad / 2, left - 0.02 - broad / 2), 0.97, tall, 0))
            right = [(question(label), [0])] if label else []
            scenes.SCENES[f"{name}{number}"] = (back, (width, height), items, right)
            scene = scenes.compose(f"{name}{number}", cuts)
            for query in scene["queries"]:
                query["overlap"] = False
            for other in ASKED:
                if other != label:
                    target, zh, en = question(other)
                    scene["queries"].append({"target": target, "zh": zh, "en": en, "overlap": False, "absent": True})
            out.append(scene)
    with open(os.path.join(OUT, "scenes.json"), "w") as file:
        json.dump(out, file, ensure_ascii=False, indent=1)


main()
