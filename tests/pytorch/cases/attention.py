# Attention with each form of mask, bias and scale.
import torch
import torch.nn.functional as nn
from table import F, M, Table, V

table = Table()

dot = nn.scaled_dot_product_attention
for b, h, t, s, k in [(1, 1, 1, 1, 1), (2, 3, 5, 7, 4), (1, 2, 16, 16, 8), (2, 1, 17, 33, 5), (1, 1, 31, 32, 3), (1, 2, 33, 17, 16)]:
    tensors = {"q": F(b, h, t, k), "k": F(b, h, s, k), "v": F(b, h, s, 6)}
    table.add("attention(q, k, v)", lambda q, k, v: dot(q, k, v), **tensors)
    table.add("attention(q, k, v, scale = 0.3)", lambda q, k, v: dot(q, k, v, scale=0.3), **tensors)
    table.add("attention(q, k, v, bias = w)", lambda q, k, v, w: dot(q, k, v, attn_mask=w), w=F(h, t, s), **tensors)
    if t <= s:
        table.add("attention(q, k, v, causal = true)", lambda q, k, v: dot(q, k, v, is_causal=True), **tensors)
tensors = {"q": F(2, 3, 5, 4), "k": F(2, 3, 5, 4), "v": F(2, 3, 5, 4)}
keep = V([1, 1, 0, 1, 1, 1, 1, 0, 0, 1], 2, 1, 1, 5, dtype="bool")
table.add("attention(q, k, v, mask = m)", lambda q, k, v, m: dot(q, k, v, attn_mask=m), m=keep, **tensors)
table.add("attention(q, k, v, mask = m, causal = true)", lambda q, k, v, m: dot(q, k, v, attn_mask=m & torch.ones(5, 5, dtype=torch.bool).tril()), m=keep, **tensors)
table.add("attention(q, k, v, mask = m, bias = w)", lambda q, k, v, m, w: dot(q, k, v, attn_mask=w.masked_fill(~m, -1e30)), m=keep, w=F(3, 5, 5), **tensors)
none = V([1, 1, 0, 0, 0, 0, 0, 1, 1], 3, 3, dtype="bool")


def masked(q, k, v, m):
    scores = (q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5).masked_fill(~m, -1e30)
    return torch.where(m, torch.softmax(scores, -1), 0.0) @ v


table.add("attention(q, k, v, mask = m)", masked, m=none, q=F(2, 3, 4), k=F(2, 3, 4), v=F(2, 3, 4))
table.add("attention(q, k, v)", lambda q, k, v: dot(q, k, v), q=F(5, 4), k=F(7, 4), v=F(7, 3))
table.twice("attention(q, k, v)", lambda q, k, v: dot(q, k, v), q=F(3, 4), k=F(5, 4), v=F(5, 2))
table.twice("attention(q, k, v, causal = true)", lambda q, k, v: dot(q, k, v, is_causal=True), q=F(4, 3), k=F(4, 3), v=F(4, 2))
