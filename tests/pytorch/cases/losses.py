# Losses with each of their options, and their second derivatives.
import torch
import torch.nn.functional as nn
from table import F, I, Table, V

table = Table()

for shape in [(1, 2), (5, 7), (17, 3), (2, 9, 33)]:
    classes = shape[-1]
    options = {"logits": F(*shape, low=-4, high=4), "targets": I(*shape[:-1], below=classes)}

    def flat(logits, targets, **rest):
        return nn.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1), **rest)

    table.add("cross_entropy(logits, targets)", flat, **options)
    table.add("cross_entropy(logits, targets, smoothing = 0.1)", lambda logits, targets: flat(logits, targets, label_smoothing=0.1), **options)
    table.add("nll(log_softmax(logits), targets)", flat, **options)
ignored = V([1, -100, 3, 0, -100], dtype="i32")
table.add("cross_entropy(logits, targets)", lambda logits, targets: nn.cross_entropy(logits, targets), logits=F(5, 4), targets=ignored)
table.add("cross_entropy(logits, targets, ignore = 0)", lambda logits, targets: nn.cross_entropy(logits, targets, ignore_index=0), logits=F(5, 4), targets=I(5, below=4))
table.add("cross_entropy(logits, targets, smoothing = 0.2)", lambda logits, targets: nn.cross_entropy(logits, targets, label_smoothing=0.2), logits=F(5, 4), targets=ignored)
table.add("nll(x, targets, ignore = 2)", lambda x, targets: nn.nll_loss(x, targets, ignore_index=2), x=F(6, 4), targets=I(6, below=4))
table.twice("cross_entropy(logits, targets)", lambda logits, targets: nn.cross_entropy(logits, targets), logits=F(5, 4), targets=I(5, below=4))
pairs = [(1,), (5, 7), (2, 3, 11)]
for shape in pairs:
    a, b = F(*shape), F(*shape)
    table.add("mse(a, b)", lambda a, b: nn.mse_loss(a, b), a=a, b=b)
    table.add("mae(a, b)", lambda a, b: nn.l1_loss(a, b), a=a, b=b)
    table.add("huber(a, b)", lambda a, b: nn.huber_loss(a, b), a=a, b=b)
    table.add("huber(a, b, delta = 0.4)", lambda a, b: nn.huber_loss(a, b, delta=0.4), a=a, b=b)
    p = F(*shape, low=0.01, high=0.99)
    table.twice("bce_with_logits(a, p)", lambda a, p: nn.binary_cross_entropy_with_logits(a, p), a=F(*shape, low=-9, high=9), p=p)
    table.add("kl_div(log(q), p)", lambda q, p: nn.kl_div(q.log(), p), q=p, p=p)
table.add("kl_div(log(q), p)", lambda q, p: nn.kl_div(q.log(), p), q=F(4, low=0.1, high=1), p=V([0.0, 0.5, 0.25, 0.25]), gradients=False)
for shape in [(1, 3), (5, 16), (3, 2, 33)]:
    table.twice("cosine_similarity(a, b)", lambda a, b: nn.cosine_similarity(a, b, -1), a=F(*shape), b=F(*shape))
    table.twice("normalize(a)", lambda a: nn.normalize(a, dim=-1), a=F(*shape))


def clip(a, b, temperature=0.07):
    logits = nn.normalize(a, dim=-1) @ nn.normalize(b, dim=-1).T / temperature
    places = torch.arange(a.shape[0])
    return 0.5 * (nn.cross_entropy(logits, places) + nn.cross_entropy(logits.T, places))


table.add("contrastive(a, b)", clip, a=F(5, 16), b=F(5, 16))
table.add("contrastive(a, b, temperature = 0.5)", lambda a, b: clip(a, b, 0.5), a=F(3, 7), b=F(3, 7))

weights = {"logits": F(9, 4), "targets": I(9, below=4), "w": F(4, low=0.2, high=2)}
table.add("cross_entropy(logits, targets, weight = stop_gradient(w))", lambda logits, targets, w: nn.cross_entropy(logits, targets, weight=w.detach()), **weights)
table.add("cross_entropy(logits, targets, weight = stop_gradient(w), ignore = 1)", lambda logits, targets, w: nn.cross_entropy(logits, targets, weight=w.detach(), ignore_index=1), **weights)
table.add("nll(logits, targets, weight = stop_gradient(w))", lambda logits, targets, w: nn.nll_loss(logits, targets, weight=w.detach()), **weights)
rates = V([0.5, 2.0, 1.0, 0.25])
table.add(
    "cross_entropy(logits, targets, weight = stop_gradient(w), smoothing = 0.1)",
    lambda logits, targets, w: nn.cross_entropy(logits, targets, weight=w.detach(), label_smoothing=0.1),
    logits=F(9, 4),
    targets=I(9, below=4),
    w=rates,
)


def focal(logits, targets, alpha=0.25, gamma=2.0):
    p = torch.sigmoid(logits)
    each = nn.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    right = p * targets + (1 - p) * (1 - targets)
    return ((alpha * targets + (1 - alpha) * (1 - targets)) * (1 - right) ** gamma * each).mean()


signs = V([1, -1, 1, 1, -1, -1, 1])
for shape in [(1, 3), (5, 7), (3, 2, 33)]:
    a, b, p = F(*shape), F(*shape), F(*shape, low=0.02, high=0.98)
    table.add("smooth_l1(a, b)", lambda a, b: nn.smooth_l1_loss(a, b), a=a, b=b)
    table.add("smooth_l1(a, b, beta = 0.3)", lambda a, b: nn.smooth_l1_loss(a, b, beta=0.3), a=a, b=b)
    table.add("log_cosh(a, b)", lambda a, b: torch.log(torch.cosh(a - b)).mean(), a=a, b=b)
    table.add("bce(p, stop_gradient(q))", lambda p, q: nn.binary_cross_entropy(p, q.detach()), p=p, q=p)
    table.twice("focal(a, p)", lambda a, p: focal(a, p), a=a, p=p)
    table.add("focal(a, p, alpha = 0.5, gamma = 1.5)", lambda a, p: focal(a, p, 0.5, 1.5), a=a, p=p)
    table.add("poisson_nll(a, p)", lambda a, p: nn.poisson_nll_loss(a, p), a=a, p=p)
    table.add("gaussian_nll(a, b, p)", lambda a, b, p: nn.gaussian_nll_loss(a, b, p), a=a, b=b, p=p)
    table.add("triplet_margin(a, b, c)", lambda a, b, c: nn.triplet_margin_loss(a, b, c), a=a, b=b, c=F(*shape))
    table.add("triplet_margin(a, b, c, margin = 0.2)", lambda a, b, c: nn.triplet_margin_loss(a, b, c, margin=0.2), a=a, b=b, c=F(*shape))
    table.add("soft_cross_entropy(a, softmax(b))", lambda a, b: nn.cross_entropy(a.reshape(-1, a.shape[-1]), torch.softmax(b, -1).reshape(-1, a.shape[-1])), a=a, b=b)
    table.add("dice(p, q)", lambda p, q: 1 - (2 * (p * q).sum() + 1) / (p.sum() + q.sum() + 1), p=p, q=p)
table.add("hinge(a, y)", lambda a, y: torch.clamp(1 - y * a, min=0).mean(), a=F(7), y=signs)
table.add("soft_margin(a, stop_gradient(y))", lambda a, y: nn.soft_margin_loss(a, y.detach()), a=F(7), y=signs)
table.add("margin_ranking(a, b, y)", lambda a, b, y: nn.margin_ranking_loss(a, b, y), a=F(7), b=F(7), y=signs)
table.add("margin_ranking(a, b, y, margin = 0.5)", lambda a, b, y: nn.margin_ranking_loss(a, b, y, margin=0.5), a=F(7), b=F(7), y=signs)
table.add("cosine_embedding(a, b, stop_gradient(y))", lambda a, b, y: nn.cosine_embedding_loss(a, b, y.detach()), a=F(7, 5), b=F(7, 5), y=signs)
table.add("cosine_embedding(a, b, stop_gradient(y), margin = 0.3)", lambda a, b, y: nn.cosine_embedding_loss(a, b, y.detach(), margin=0.3), a=F(7, 5), b=F(7, 5), y=signs)


def nce(query, key, temperature):
    logits = nn.normalize(query, dim=-1) @ nn.normalize(key, dim=-1).T / temperature
    return nn.cross_entropy(logits, torch.arange(query.shape[0]))


table.add("info_nce(a, b)", lambda a, b: nce(a, b, 0.1), a=F(5, 16), b=F(5, 16))
table.add("info_nce(a, b, temperature = 0.5)", lambda a, b: nce(a, b, 0.5), a=F(17, 3), b=F(17, 3))

# Those that are not in scope everywhere.
imported = [
    "bce", "cosine_embedding", "dice", "focal", "gaussian_nll", "hinge", "info_nce", "log_cosh", "margin_ranking", "poisson_nll",
    "smooth_l1", "soft_cross_entropy", "soft_margin", "triplet_margin",
]
for case in table.cases:
    case.imports = [f'import {{ {name} }} from "std/losses"' for name in imported if f"{name}(" in case.body]

# Lengths along other axes than the last.
for axis in (0, 1):
    table.twice(f"normalize(a, axis = {axis})", lambda a, axis=axis: nn.normalize(a, dim=axis), a=F(4, 3, 5))
    table.twice(
        f"cosine_similarity(a, b, axis = {axis})", lambda a, b, axis=axis: nn.cosine_similarity(a, b, axis), a=F(4, 3, 5), b=F(4, 3, 5)
    )
table.add("normalize(a, axis = -1, eps = 1.5)", lambda a: nn.normalize(a, dim=-1, eps=1.5), a=F(7, 3, low=-1.0, high=1.0))
