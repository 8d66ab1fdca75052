# Writes the vectors that the tests compare with: `python tests/pytorch/vectors.py`, with any PyTorch from 2.4 on; tests do not need it.
import importlib
import json
import os
import sys

import torch
from table import F, mixed

folder = os.path.dirname(os.path.abspath(__file__))
# Tensors of at most this many elements are kept whole; of others some elements and a weighted sum of all.
WHOLE = 24
KEPT = 8


def digest(tensor):
    """What is kept of a tensor: its shape and numbers that no other tensor is likely to have."""
    flat = tensor.detach().to(torch.float64).reshape(-1)
    numbers = [float(f"{v:.12g}") for v in flat.tolist()]
    shape = list(tensor.shape)
    if len(numbers) <= WHOLE:
        return {"shape": shape, "all": numbers}
    step = max(1, len(numbers) // KEPT)
    weights = [mixed(i, 77) / 4294967296 * 2 - 1 for i in range(len(numbers))]
    exact = flat.tolist()
    total = sum(w * v for w, v in zip(weights, exact))
    return {"shape": shape, "some": numbers[::step][:KEPT], "step": step, "sum": float(f"{total:.12g}")}


def parameters_of(module, seed):
    """Fills parameters and states by the hash; states that are variances stay positive."""
    records = {}
    if module is None:
        return records
    for i, (name, tensor) in enumerate(sorted(module.state_dict().items())):
        if not tensor.is_floating_point():
            continue
        low, high = (0.5, 1.5) if name.endswith("running_var") else (-1.0, 1.0)
        given = F(*tensor.shape, low=low, high=high)
        with torch.no_grad():
            tensor.copy_(given.draw(seed + i))
        records[name] = given.record(seed + i)
    return records


def evaluated(case, seed):
    """Results, gradients and what is needed to run the case again."""
    given = {name: spec.draw(seed + i) for i, (name, spec) in enumerate(case.inputs.items())}
    for tensor in given.values():
        if tensor.is_floating_point():
            tensor.requires_grad_(True)
    module = case.module() if case.module else None
    records = parameters_of(module, seed + 20)
    if module is not None:
        module.train(case.training)
    out = case.torch(module, **given) if module is not None else case.torch(**given)
    outs = list(out) if isinstance(out, (tuple, list)) else [out]
    names = ["out"] if len(outs) == 1 else [f"out{i}" for i in range(len(outs))]
    record = {
        "inputs": {name: spec.record(seed + i) for i, (name, spec) in enumerate(case.inputs.items())},
        "results": {name: digest(value) for name, value in zip(names, outs)},
    }
    if records:
        record["variables"] = records
    if case.state:
        states = module.state_dict()
        record["states"] = {name: digest(states[name]) for name in case.state}
    if case.gradients:
        record.update(gradients_of(module, given, dict(zip(names, outs)), seed))
    return record


def gradients_of(module, given, outs, seed):
    """The pullback of drawn cotangents to every float input and parameter."""
    leaves = {f"inputs.{k}": v for k, v in given.items() if v.is_floating_point()}
    if module is not None:
        leaves.update(dict(module.named_parameters()))
    floats = {k: v for k, v in outs.items() if v.is_floating_point()}
    if not leaves or not any(v.requires_grad for v in floats.values()):
        return {}
    cotangents, records = [], {}
    for i, (name, value) in enumerate(floats.items()):
        spec = F(*value.shape, low=-1.0, high=1.0)
        cotangents.append(spec.draw(seed + 15 + i))
        records[name] = spec.record(seed + 15 + i)
    pulled = torch.autograd.grad(
        list(floats.values()), list(leaves.values()), cotangents, allow_unused=True, materialize_grads=True
    )
    return {"cotangents": records, "gradients": {k: digest(v) for k, v in zip(leaves, pulled)}}


def main():
    wanted = sys.argv[1:] or sorted(f[:-3] for f in os.listdir(os.path.join(folder, "cases")) if f.endswith(".py"))
    for group in wanted:
        table = importlib.import_module(f"cases.{group}").table
        records = []
        for i, case in enumerate(table.cases):
            try:
                record = evaluated(case, 1000 + 40 * i)
            except Exception as fault:
                raise RuntimeError(f"{group}: {case.body}") from fault
            extra = {"layer": case.layer} if case.layer else {}
            if case.imports:
                extra["imports"] = list(case.imports)
            if case.training:
                extra["training"] = True
            records.append({"body": case.body, **extra, **record})
        path = os.path.join(folder, "vectors", f"{group}.json")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write("[\n" + ",\n".join(json.dumps(r) for r in records) + "\n]\n")
        print(f"{group}: {len(records)} cases")


main()
