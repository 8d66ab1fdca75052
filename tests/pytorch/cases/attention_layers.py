# Attention layers with masks, biases, windows and relative positions.
import texts
import torch
import torch.nn as nn
from table import F, Table, V, kept, pairs

table = Table()
layer = table.library

# Self-attention: alone, padded, with pairs, with a bias, in a window.
for d, h, b, t in [(8, 2, 2, 5), (12, 3, 1, 17), (4, 1, 1, 1), (6, 6, 3, 16)]:
    make = lambda d=d, h=h: texts.Attention(d, d, h)
    at = dict(x=F(b, t, d))
    layer("attention", f"SelfAttention({d}, {h})", make, "inner(x)", lambda m, x: m(x, x), **at)
    lengths = [max(1, t - 2 * i) for i in range(b)]
    layer("attention", f"SelfAttention({d}, {h})", make, "inner(x, keep)", lambda m, x, keep: m(x, x, keep[:, None, None]), keep=kept(lengths, t), **at)
    layer("attention", f"SelfAttention({d}, {h})", make, "inner(x, mask = mask)", lambda m, x, mask: m(x, x, mask[:, None]), mask=pairs(b, t, t), **at)
    layer("attention", f"SelfAttention({d}, {h})", make, "inner(x, bias = bias)", lambda m, x, bias: m(x, x, bias), bias=F(h, t, t), **at)


def window(t, size, causal):
    ahead = torch.arange(t)[None] - torch.arange(t)[:, None]
    return (ahead.abs() < size) & ((ahead <= 0) | torch.tensor(not causal))


for causal in (False, True):
    layer(
        "attention", f"SelfAttention(8, 2, causal = {str(causal).lower()}, window = 3)", lambda: texts.Attention(8, 8, 2),
        "inner(x)", lambda m, x, causal=causal: m(x, x, window(x.shape[1], 3, causal)), x=F(2, 7, 8),
    )
for d, h, g, size in [(8, 4, 2, 0), (8, 4, 1, 0), (12, 3, 3, 0), (8, 4, 2, 3)]:
    layer(
        "attention", f"GroupedQueryAttention({d}, {h}, {g}, window = {size})",
        lambda d=d, h=h, g=g, size=size: texts.GroupedQueryAttention(d, h, g, window=size), "inner(x)", lambda m, x: m(x), x=F(2, 9, d),
    )
for d, c, h, t, s in [(8, 6, 2, 5, 3), (12, 5, 3, 1, 16), (6, 6, 1, 9, 1)]:
    make = lambda d=d, c=c, h=h: texts.Attention(d, c, h)
    both = dict(x=F(2, t, d), context=F(2, s, c))
    layer("attention", f"CrossAttention({d}, {c}, {h})", make, "inner(x, context)", lambda m, x, context: m(x, context), **both)
    layer(
        "attention", f"CrossAttention({d}, {c}, {h})", make, "inner(x, context, keep)",
        lambda m, x, context, keep: m(x, context, keep[:, None, None]), keep=kept([s, max(1, s - 2)], s), **both,
    )


def without_context(m, x, context, keep):
    """Where the second context has no token at all, attention gives zeros, and the projection its bias."""
    first = m(x[:1], context[:1], keep[:1, None, None])
    return torch.cat([first, m.proj.bias.expand(x[1:].shape) + 0 * (x[1:].sum() + context[1:].sum())])


layer(
    "attention", "CrossAttention(8, 6, 2)", lambda: texts.Attention(8, 6, 2), "inner(x, context, keep)", without_context,
    keep=kept([3, 0], 4), x=F(2, 5, 8), context=F(2, 4, 6),
)
for d, h, biased in [(8, 2, True), (12, 4, False)]:
    layer(
        "attention", f"MultiheadAttention({d}, {h}, with_bias = {str(biased).lower()})",
        lambda d=d, h=h, biased=biased: nn.MultiheadAttention(d, h, bias=biased, batch_first=True),
        "inner(query, key, value, keep)",
        lambda m, query, key, value, keep: m(query, key, value, key_padding_mask=~keep, need_weights=False)[0],
        query=F(2, 5, d), key=F(2, 7, d), value=F(2, 7, d), keep=kept([7, 4], 7),
    )
layer(
    "attention", "LatentAttention(3, 8, 5, 2)", lambda: texts.Latents(3, 8, 5, 2), "inner(context, keep)",
    lambda m, context, keep: m(context, keep), context=F(2, 6, 5), keep=kept([6, 2], 6),
)

# Relative positions.
for t, s, sides in [(5, 5, True), (33, 17, True), (140, 1, True), (1, 140, True), (150, 3, False)]:
    layer(
        "attention", f"RelativeBias(2, bidirectional = {str(sides).lower()})", lambda sides=sides: texts.RelativeBias(2, bidirectional=sides),
        f"inner({t}, {s}) * x", lambda m, x, t=t, s=s: m(t, s) * x, x=F(1),
    )
layer(
    "attention", "RelativeBias(3, buckets = 8, max_distance = 20)", lambda: texts.RelativeBias(3, 8, 20),
    "inner(31) * x", lambda m, x: m(31, 31) * x, x=F(1),
)


def slopes(h, t):
    """The published code of ALiBi for a power of two heads."""
    start = 2 ** (-(2 ** -(torch.tensor(float(h)).log2() - 3)))
    ramp = torch.tensor([start ** (i + 1) for i in range(h)])
    distance = (torch.arange(t)[None] - torch.arange(t)[:, None]).abs()
    return -ramp[:, None, None] * distance


uses = ['import { alibi } from "std/attention"']
for h, t in [(1, 3), (2, 7), (8, 17)]:
    table.add(f"alibi({h}, {t}) * x", lambda x, h=h, t=t: slopes(h, t) * x, x=F(1), imports=uses)
