#!/usr/bin/env python3
"""Trains the classifier of `crates/imaging/src/scratch` on lines measured on synthetic damage.

    cargo run -p portico-imaging --example scratches -- dump lines.csv PHOTO...
    python3 scripts/train-scratches.py lines.csv crates/imaging/src/scratch/weights.txt

Needs numpy. One hidden layer of tanh, logistic loss weighted by the line's length, L2 decay, Adam (Kingma and Ba, 2015). First leaves out one photo after
another and prints how well the others predict it, then trains on all.
"""

import sys

import numpy as np

HIDDEN = 12
DECAY = 3e-3


def forward(params, x):
    w1, b1, w2, b2 = params
    inner = np.tanh(x @ w1 + b1)
    return inner, inner @ w2 + b2


def train(x, y, weight, seed=1, steps=1500):
    rng = np.random.default_rng(seed)
    params = [rng.normal(0, 0.3, (x.shape[1], HIDDEN)), np.zeros(HIDDEN), rng.normal(0, 0.3, HIDDEN), np.zeros(())]
    first, second = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
    weight = weight / weight.sum()
    for step in range(1, steps + 1):
        inner, out = forward(params, x)
        error = (1 / (1 + np.exp(-out)) - y) * weight
        back = np.outer(error, params[2]) * (1 - inner**2)
        grads = [x.T @ back + DECAY * params[0] / HIDDEN, back.sum(0), inner.T @ error + DECAY * params[2] / HIDDEN, error.sum()]
        for i, g in enumerate(grads):
            first[i] = 0.9 * first[i] + 0.1 * g
            second[i] = 0.999 * second[i] + 0.001 * g * g
            rate = 0.02 * min(1.0, 2 * (1 - step / (steps + 1)))
            params[i] = params[i] - rate * (first[i] / (1 - 0.9**step)) / (np.sqrt(second[i] / (1 - 0.999**step)) + 1e-8)
    return params


def main():
    data = np.loadtxt(sys.argv[1], delimiter=",")
    photo, seed, share, length, x = data[:, 0], data[:, 1], data[:, 2], data[:, 3], data[:, 4:]
    # Half right is neither.
    sure = (share > 0.6) | (share < 0.3)
    photo, seed, share, length, x = photo[sure], seed[sure], share[sure], length[sure], x[sure]
    y = (share > 0.6).astype(float)
    mean, std = x.mean(0), x.std(0) + 1e-3
    scaled = (x - mean) / std
    # Pictures without damage count more, so that they stay as they are.
    weight = np.sqrt(length) * np.where(seed <= 6, 1.5, 1.0)
    total = np.zeros(3)
    for left_out in np.unique(photo):
        own = photo == left_out
        _, out = forward(train(scaled[~own], y[~own], weight[~own], steps=700), scaled[own])
        yes = out > 0
        right, found, truth = (length[own] * yes * y[own]).sum(), (length[own] * yes).sum(), (length[own] * y[own]).sum()
        total += right, found, truth
        clean = own & (seed <= 6)
        wrong = (length[clean] * (out[seed[own] <= 6] > 2.5)).sum()
        print(f"without {left_out:.0f}: precision {right / max(found, 1):.3f} recall {right / max(truth, 1):.3f}, {wrong:.0f} px for sure on the undamaged photo")
    print(f"all: precision {total[0] / total[1]:.3f} recall {total[0] / total[2]:.3f}")
    w1, b1, w2, b2 = train(scaled, y, weight)
    # The scaling goes into the first layer.
    rows = w1 / std[:, None]
    offset = b1 - (mean / std) @ w1
    with open(sys.argv[2], "w", encoding="ascii") as to:
        to.write("# Hidden units, one a line: a weight for each feature, then the offset. Last line: the output's weights and offset.\n")
        for h in range(HIDDEN):
            to.write(" ".join(f"{v:.5g}" for v in [*rows[:, h], offset[h]]) + "\n")
        to.write(" ".join(f"{v:.5g}" for v in [*w2, b2]) + "\n")


main()
