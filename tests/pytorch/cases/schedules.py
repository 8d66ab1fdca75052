# Learning-rate schedules: the rates of the first updates, by PyTorch's schedulers stepped after each update.
import torch
from torch.optim import lr_scheduler
from table import I, Table

table = Table()


def rates(make, peak, count):
    """The rate before each of `count` updates, and after the last: a scheduler is stepped after every update."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=peak)
    scheduler = make(optimizer)
    found = []
    for _ in range(count + 1):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        # Some schedulers refuse to go on after their last step.
        if len(found) <= count:
            scheduler.step()
    return torch.tensor(found)


def add(schedule, options, make, peak=0.1, count=20, behind=0):
    """`behind` is the number of times that PyTorch's scheduler was stepped before the first update that is compared."""
    steps = ", ".join(f"{schedule}(zero + {n}, {options})" for n in range(1, count + 1))
    body = f"stack({steps})"
    known = rates(make, peak, count - 1 + behind)[behind:]
    imports = [f'import {{ {schedule} }} from "std/optim"']
    table.add(body, lambda zero: known, zero=I(below=1), gradients=False, imports=imports)


def warm(warmup, after):
    """A linear warm-up from 0 in front of another scheduler."""
    rise = lambda o: lr_scheduler.LambdaLR(o, lambda n: n / warmup)
    return lambda o: lr_scheduler.SequentialLR(o, [rise(o), after(o)], milestones=[warmup])


add("constant_lr", "lr = 0.1", lambda o: lr_scheduler.LambdaLR(o, lambda _: 1), count=3)

for every, factor in [(1, 0.9), (5, 0.1), (7, 0.5)]:
    add("step_decay", f"start = 0.1, every = {every}, factor = {factor}", lambda o: lr_scheduler.StepLR(o, every, gamma=factor))

for total in [20, 23]:
    add("cosine", f"peak = 0.1, total = {total}", lambda o: lr_scheduler.CosineAnnealingLR(o, total), behind=1)
add("cosine", "peak = 0.1, total = 20, floor = 0.01", lambda o: lr_scheduler.CosineAnnealingLR(o, 20, eta_min=0.01), behind=1)

for warmup, floor in [(1, 0), (5, 0), (8, 0.01)]:
    add(
        "warmup_cosine",
        f"peak = 0.1, warmup = {warmup}, total = 20, floor = {floor}",
        warm(warmup, lambda o: lr_scheduler.CosineAnnealingLR(o, 20 - warmup, eta_min=floor)),
        behind=1,
    )

for total, floor in [(20, 0.05), (13, 0)]:
    add(
        "linear_decay",
        f"peak = 0.1, total = {total}, floor = {floor}",
        lambda o: lr_scheduler.LinearLR(o, 1, floor / 0.1, total_iters=total),
        behind=1,
    )
add(
    "linear_decay",
    "peak = 0.1, total = 20, warmup = 4, floor = 0.02",
    warm(4, lambda o: lr_scheduler.LinearLR(o, 1, 0.2, total_iters=16)),
    behind=1,
)

for total, rise, start, end in [(20, 0.3, 25, 1e4), (20, 0.5, 10, 100), (23, 0.3, 25, 1e4), (20, 0.02, 25, 1e4), (20, 1.0, 25, 1e4)]:
    add(
        "one_cycle",
        f"peak = 0.1, total = {total}, rise = {rise}, start = {start}, end = {end:g}",
        lambda o: lr_scheduler.OneCycleLR(o, 0.1, total_steps=total, pct_start=rise, div_factor=start, final_div_factor=end),
    )
