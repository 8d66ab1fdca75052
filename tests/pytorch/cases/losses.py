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
