"""Takes fused operations of a TensorFlow.js graph model apart, so that tf2onnx accepts it: `defuse.py IN.json OUT.json`."""
import base64
import json
import os
import sys

FUSED = {"_FusedConv2D": "Conv2D", "FusedDepthwiseConv2dNative": "DepthwiseConv2dNative", "_FusedMatMul": "MatMul"}
ONLY_FUSED = ("num_args", "epsilon", "leakyrelu_alpha", "TArgs", "num_host_args", "filter_format")


def prelu(name, x, slope, kind):
    """relu(x) − slope · relu(−x); the last node carries the name."""
    attr = {"T": kind}
    node = lambda suffix, op, inputs: {"name": name + suffix, "op": op, "input": inputs, "attr": dict(attr)}
    return [
        node("__p", "Relu", [x]),
        node("__n", "Neg", [x]),
        node("__r", "Relu", [name + "__n"]),
        node("__m", "Mul", [name + "__r", slope]),
        node("", "Sub", [name + "__p", name + "__m"]),
    ]


def apart(node):
    """One fused node as the plain ones it stands for."""
    attr = node["attr"]
    steps = [base64.b64decode(s).decode() for s in attr.pop("fused_ops")["list"]["s"]]
    for name in ONLY_FUSED:
        attr.pop(name, None)
    plain = FUSED[node["op"]]
    if plain != "Conv2D":
        attr.pop("explicit_paddings", None)
        attr.pop("use_cudnn_on_gpu", None)
    kind, extra = attr["T"], list(node["input"][2:])
    names = [f"{node['name']}__f{i}" for i in range(len(steps))] + [node["name"]]
    out = [{"name": names[0], "op": plain, "input": node["input"][:2], "attr": attr}]
    for step, before, name in zip(steps, names, names[1:]):
        if step == "BiasAdd":
            layout = attr.get("data_format", {"s": base64.b64encode(b"NHWC").decode()})
            out.append({"name": name, "op": step, "input": [before, extra.pop(0)], "attr": {"T": kind, "data_format": layout}})
        elif step == "Prelu":
            out += prelu(name, before, extra.pop(0), kind)
        elif step in ("Relu", "Relu6", "Elu", "Sigmoid", "Tanh"):
            out.append({"name": name, "op": step, "input": [before], "attr": {"T": kind}})
        else:
            raise SystemExit(f"unknown fused operation {step}")
    return out


def ordered(nodes, outputs):
    """What the outputs need, each node after its inputs."""
    by_name, done, out = {n["name"]: n for n in nodes}, set(), []
    stack = [(name, False) for name in outputs]
    while stack:
        name, ready = stack.pop()
        if ready:
            out.append(by_name[name])
        elif name not in done:
            done.add(name)
            stack.append((name, True))
            stack += [(i.split(":")[0], False) for i in by_name[name]["input"]]
    return out


def main(source, target):
    graph = json.load(open(source))
    graph.setdefault("signature", graph.get("userDefinedMetadata", {}).get("signature"))
    nodes = []
    for node in graph["modelTopology"]["node"]:
        node["input"] = [i for i in node.get("input", []) if not i.startswith("^")]
        if node["op"] in FUSED:
            nodes += apart(node)
        elif node["op"] == "Prelu":
            nodes += prelu(node["name"], *node["input"][:2], node.get("attr", {}).get("T", {"type": "DT_FLOAT"}))
        elif node["op"] != "NoOp":
            nodes.append(node)
    outputs = [v["name"].split(":")[0] for v in graph["signature"]["outputs"].values()]
    graph["modelTopology"]["node"] = ordered(nodes, outputs)
    weights = graph["weightsManifest"][0]
    folder, name = os.path.dirname(source), os.path.basename(target).replace(".json", ".bin")
    content = b"".join(open(os.path.join(folder, p), "rb").read() for p in weights["paths"])
    weights["paths"] = [name]
    graph["weightsManifest"] = [weights]
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    open(os.path.join(os.path.dirname(target), name), "wb").write(content)
    json.dump(graph, open(target, "w"))


main(*sys.argv[1:])
