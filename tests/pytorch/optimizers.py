# Writes what optimizers of PyTorch make of a few parameters in twenty updates: `python tests/pytorch/optimizers.py`; tests do not need it.
import json
import os

import torch
from table import F

STEPS = 20
KEPT = [1, 2, 3, 10, 20]
SHAPE = (5,)


class Lion(torch.optim.Optimizer):
    """Lion by its paper, algorithm 2 (Chen et al. 2023); PyTorch has none."""

    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                update = torch.sign(b1 * m + (1 - b1) * p.grad) + group["weight_decay"] * p
                p.sub_(group["lr"] * update)
                m.mul_(b2).add_((1 - b2) * p.grad)


SGD, Adam, AdamW, RMSprop = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop
ROWS = [
    (SGD, dict(lr=0.1)),
    (SGD, dict(lr=0.1, weight_decay=0.05)),
    (SGD, dict(lr=0.1, momentum=0.9)),
    (SGD, dict(lr=0.1, momentum=0.9, dampening=0.4)),
    (SGD, dict(lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.05)),
    (Adam, dict(lr=0.1)),
    (Adam, dict(lr=0.1, betas=(0.8, 0.9), eps=1e-3)),
    (Adam, dict(lr=0.1, weight_decay=0.05)),
    (Adam, dict(lr=0.1, betas=(0.5, 0.7), amsgrad=True)),
    (AdamW, dict(lr=0.1)),
    (AdamW, dict(lr=0.1, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.2)),
    (AdamW, dict(lr=0.1, betas=(0.5, 0.7), amsgrad=True, weight_decay=0.2)),
    (RMSprop, dict()),
    (RMSprop, dict(lr=0.05, alpha=0.8, eps=1e-3, weight_decay=0.05)),
    (RMSprop, dict(lr=0.02, alpha=0.9, momentum=0.7)),
    (RMSprop, dict(lr=0.02, alpha=0.9, centered=True)),
    (RMSprop, dict(lr=0.02, alpha=0.9, momentum=0.7, centered=True, weight_decay=0.05)),
    (Lion, dict(lr=0.05)),
    (Lion, dict(lr=0.05, betas=(0.7, 0.8), weight_decay=0.2)),
]


def written(value):
    """A value as `.dl` has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def trained(make, options):
    """The parameter after some updates towards a target that moves at every step."""
    w = torch.nn.Parameter(torch.ones(SHAPE))
    optimizer = make([w], **options)
    kept = {}
    for step in range(1, STEPS + 1):
        optimizer.zero_grad()
        (w - F(*SHAPE).draw(step)).pow(2).sum().backward()
        optimizer.step()
        if step in KEPT:
            kept[step] = [float(f"{v:.12g}") for v in w.tolist()]
    return kept


def main():
    records = []
    for make, options in ROWS:
        given = ", ".join(f"{name} = {written(value)}" for name, value in options.items())
        records.append({"optimizer": f"{make.__name__.lower()}({given})", "after": trained(make, options)})
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "optimizers.json")
    with open(path, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(r) for r in records) + "\n]\n")


main()
