# Writes what the formulas of adapters give in PyTorch, in double precision: `python tests/pytorch/adapters.py`; tests do not need it.
import json
import os

import torch
import torch.nn.functional as fn

torch.set_default_dtype(torch.float64)
IN, OUT, RANK, ALPHA, ROWS = 6, 5, 2, 6.0, 3


def draw(generator, *shape, scale=1.0):
    """Numbers that float32 holds exactly, so that a file of weights changes none."""
    return (scale * torch.randn(*shape, generator=generator)).float().double()


def lora(w, x, p, scale):
    return w + scale * p["lora_b"] @ p["lora_a"]


def vera(w, x, p, scale):
    b = p["vera.vera_b.5x2"] if "vera.vera_b.5x2" in p else p["vera.vera_b.8x2"][:OUT]
    a = p["vera.vera_a.2x6"] if "vera.vera_a.2x6" in p else p["vera.vera_a.2x9"][:, :IN]
    return w + torch.diag(p["lambda_b"]) @ b @ torch.diag(p["lambda_d"]) @ a


def adalora(w, x, p, scale):
    return w + scale * p["lora_b"] @ torch.diag(p["lora_e"]) @ p["lora_a"]


def dora(w, x, p, scale):
    turned = w + scale * p["lora_b"] @ p["lora_a"]
    norm = torch.linalg.norm(turned, dim=1).detach()
    return (p["magnitude"] / norm)[:, None] * turned


def beside(w, x, p, scale):
    return w + scale * (p["lora_b"] @ p["lora_a"] - p["first_b"] @ p["first_a"])


AB = {"lora_a": (RANK, IN), "lora_b": (OUT, RANK)}
FIRST = {"first_a": (RANK, IN), "first_b": (OUT, RANK)}
VERA = {"lambda_d": (RANK,), "lambda_b": (OUT,)}
CASES = [
    ("lora(rank = 2, alpha = 6)", lora, AB, ALPHA / RANK, []),
    ("lora(rank = 2, alpha = 6, stabilised = true)", lora, AB, ALPHA / RANK**0.5, []),
    ("rslora(rank = 2, alpha = 6)", lora, AB, ALPHA / RANK**0.5, []),
    ("lora_fa(rank = 2, alpha = 6)", lora, AB, ALPHA / RANK, ["lora_a"]),
    ("dora(rank = 2, alpha = 6)", dora, {**AB, "magnitude": (OUT,)}, ALPHA / RANK, []),
    ("adalora(rank = 2, alpha = 6)", adalora, {**AB, "lora_e": (RANK,)}, ALPHA / RANK, []),
    ("pissa(rank = 2, alpha = 6)", beside, {**AB, **FIRST}, ALPHA / RANK, list(FIRST)),
    ("olora(rank = 2, alpha = 6)", beside, {**AB, **FIRST}, ALPHA / RANK, list(FIRST)),
    ("vera(rank = 2)", vera, {**VERA, "vera.vera_a.2x6": (RANK, IN), "vera.vera_b.5x2": (OUT, RANK)}, 1,
     ["vera.vera_a.2x6", "vera.vera_b.5x2"]),
    ("vera(rank = 2, most_in = 9, most_out = 8)", vera,
     {**VERA, "vera.vera_a.2x9": (RANK, 9), "vera.vera_b.8x2": (8, RANK)}, 1,
     ["vera.vera_a.2x9", "vera.vera_b.8x2"]),
]


def row(index, text, weight_of, shapes, scale, frozen):
    generator = torch.Generator().manual_seed(index)
    w, bias = draw(generator, OUT, IN), draw(generator, OUT)
    x, ct = draw(generator, ROWS, IN), draw(generator, ROWS, OUT)
    p = {name: draw(generator, *shape).requires_grad_(name not in frozen) for name, shape in shapes.items()}
    x.requires_grad_()
    weight = weight_of(w, x, p, scale)
    out = fn.linear(x, weight, bias)
    trained = [name for name in p if p[name].requires_grad]
    grads = torch.autograd.grad((out * ct).sum(), [p[name] for name in trained] + [x])
    given = {"weight": w, "bias": bias, **p}
    return {
        "adapter": text,
        "given": {name: value.detach().tolist() for name, value in given.items()},
        "x": x.detach().tolist(),
        "cotangent": ct.tolist(),
        "out": out.detach().tolist(),
        "merged": weight.detach().tolist(),
        "gradients": {name: g.tolist() for name, g in zip(trained + ["inputs.x"], grads)},
    }


def tables():
    """Embedding and Conv2d, as PEFT's Embedding, Conv2d and DoRA layers compute them."""
    rows = []
    generator = torch.Generator().manual_seed(77)
    w, a, b = draw(generator, 7, 5), draw(generator, 2, 7), draw(generator, 5, 2)
    ids, m = torch.tensor([[3, 0, 6], [1, 1, 2]]), draw(generator, 5)
    delta = 3.0 * (b @ a).T
    plain = fn.embedding(ids, w + delta)
    dora_weight = (m / torch.linalg.norm((w + delta).T, dim=1)) * (w + delta)
    for text, weight, extra in [("lora_embedding", w + delta, {}), ("dora_embedding", dora_weight, {"magnitude": m})]:
        rows.append({
            "adapter": f"{text}(rank = 2, alpha = 6)", "layer": "Embedding(7, 5)", "ids": ids.tolist(),
            "given": {k: v.tolist() for k, v in {"weight": w, "lora_a": a, "lora_b": b, **extra}.items()},
            "out": fn.embedding(ids, weight).tolist(), "merged": weight.tolist()})
    w, a, b = draw(generator, 4, 3, 3, 2), draw(generator, 2, 3, 3, 2), draw(generator, 4, 2, 1, 1)
    bias, m, x = draw(generator, 4), draw(generator, 4), draw(generator, 2, 3, 6, 5)
    delta = 3.0 * (b.flatten(1) @ a.flatten(1)).reshape(w.shape)
    turned = w + delta
    dora_weight = (m / turned.flatten(1).norm(dim=1))[:, None, None, None] * turned
    for text, weight, extra in [("lora_conv2d", turned, {}), ("dora_conv2d", dora_weight, {"magnitude": m})]:
        rows.append({
            "adapter": f"{text}(rank = 2, alpha = 6)", "layer": "Conv2d(3, 4, (3, 2), stride = (2, 1), padding = 1)",
            "given": {k: v.tolist() for k, v in {"weight": w, "bias": bias, "lora_a": a, "lora_b": b, **extra}.items()},
            "x": x.tolist(), "out": fn.conv2d(x, weight, bias, stride=(2, 1), padding=1).tolist(), "merged": weight.tolist()})
    return rows


class Svd(torch.nn.Module):
    """A linear map with AdaLoRA's update (Zhang et al. 2023)."""

    def __init__(self, generator, n_in, n_out, rank):
        super().__init__()
        self.weight = draw(generator, n_out, n_in)
        self.a = torch.nn.Parameter(draw(generator, rank, n_in, scale=0.3))
        self.e = torch.nn.Parameter(torch.zeros(rank))
        self.b = torch.nn.Parameter(draw(generator, n_out, rank, scale=0.3))

    def forward(self, x):
        return x @ (self.weight + self.b @ torch.diag(self.e) @ self.a).T


def penalty(p):
    one = torch.eye(p.e.numel())
    return ((p.a @ p.a.T - one) ** 2).sum() + ((p.b.T @ p.b - one) ** 2).sum()


def budgets(step, first, last, warmup, settle, total):
    if step <= warmup:
        return first
    if step > total - settle:
        return last
    left = 1 - (step - warmup) / (total - settle - warmup)
    return int(last + (first - last) * left**3)


def adalora_run():
    """Algorithm 1 of the paper: steps of Adam, then the values beyond the budget are set to 0."""
    generator = torch.Generator().manual_seed(5)
    up, down = Svd(generator, 6, 8, 4), Svd(generator, 8, 5, 4)
    layers = {"up": up, "down": down}
    given = {f"{n}.{k}": v.detach().tolist() for n, l in layers.items()
             for k, v in {"weight": l.weight, "lora_a": l.a, "lora_e": l.e, "lora_b": l.b}.items()}
    params = [q for l in layers.values() for q in l.parameters()]
    optimizer = torch.optim.Adam(params, lr=0.05)
    kept = {q: (torch.zeros_like(q), torch.zeros_like(q)) for q in params}
    total, warmup, settle, beta = 12, 2, 3, 0.85
    after = []
    for step in range(1, total + 1):
        x, y = draw(torch.Generator().manual_seed(100 + step), 4, 6), draw(torch.Generator().manual_seed(200 + step), 4, 5)
        loss = ((down(torch.tanh(up(x))) - y) ** 2).mean() + 0.1 * sum(penalty(l) for l in layers.values())
        optimizer.zero_grad()
        loss.backward()
        scores = []
        for l in layers.values():
            parts = {}
            for q in (l.a, l.e, l.b):
                sensitivity = (q * q.grad).abs().detach()
                mean, doubt = kept[q]
                mean = beta * mean + (1 - beta) * sensitivity
                doubt = beta * doubt + (1 - beta) * (sensitivity - mean).abs()
                kept[q] = (mean, doubt)
                parts[q] = mean * doubt
            scores.append(parts[l.e] + parts[l.a].mean(1) + parts[l.b].mean(0))
        optimizer.step()
        flat = torch.cat(scores)
        lost = flat.numel() - budgets(step, 8, 4, warmup, settle, total)
        if lost > 0:
            threshold = torch.kthvalue(flat, lost)[0]
            with torch.no_grad():
                for l, s in zip(layers.values(), scores):
                    l.e.masked_fill_(s <= threshold, 0.0)
        after.append({"loss": loss.item(), **{f"{n}.e": l.e.detach().tolist() for n, l in layers.items()}})
    batches = [{"x": draw(torch.Generator().manual_seed(100 + s), 4, 6).tolist(),
                "y": draw(torch.Generator().manual_seed(200 + s), 4, 5).tolist()} for s in range(1, total + 1)]
    ends = {f"{n}.{k}": v.detach().tolist() for n, l in layers.items() for k, v in {"lora_a": l.a, "lora_b": l.b}.items()}
    return {"given": given, "batches": batches, "after": after, "ends": ends}


def starts():
    """What PiSSA and OLoRA begin with, by PyTorch's decompositions; and NF4 by its published levels, with LoftQ's error after one round."""
    generator = torch.Generator().manual_seed(9)
    w = draw(generator, 10, 12)
    u, s, v = torch.linalg.svd(w / 3.0)
    q, r = torch.linalg.qr(w)
    levels = torch.tensor([-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
                           -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
                           0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
                           0.7229568362236023, 1.0])
    blocks = w.reshape(-1, 20)
    most = blocks.abs().max(1, keepdim=True)[0]
    codes = (blocks[:, :, None] / most[:, :, None] - levels).abs().argmin(2)
    rounded = (levels[codes] * most).reshape(w.shape)
    eu, es, ev = torch.linalg.svd(w - rounded)
    return {
        "weight": w.tolist(), "pissa": (u[:, :2] @ torch.diag(s[:2]) @ v[:2]).tolist(), "pissa_values": s[:2].tolist(),
        "olora": (q[:, :2] @ r[:2]).tolist(), "rounded": rounded.tolist(),
        "loftq": (rounded + eu[:, :2] @ torch.diag(es[:2]) @ ev[:2]).tolist()}


found = {
    "linear": [row(i, *case) for i, case in enumerate(CASES)],
    "others": tables(),
    "adalora": adalora_run(),
    "starts": starts(),
}


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.13g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return {k: rounded(v) for k, v in value.items()} if isinstance(value, dict) else value


with open(os.path.join(os.path.dirname(__file__), "adapters.json"), "w") as file:
    json.dump(rounded(found), file)
    file.write("\n")
