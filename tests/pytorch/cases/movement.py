# Reshaping, patterns, joining, cutting, padding, turning, windows.
import torch
import torch.nn.functional as nn
from table import F, I, M, Table

table = Table()

rows = [
    ("reshape(x, [15, 2])", lambda x: x.reshape(15, 2), (3, 5, 2)),
    ("reshape(x, [5, -1])", lambda x: x.reshape(5, -1), (3, 5, 2)),
    ("reshape(x, [1, 30, 1])", lambda x: x.reshape(1, 30, 1), (3, 5, 2)),
    ("rearrange(x, [a b c -> c a b])", lambda x: x.permute(2, 0, 1), (3, 5, 2)),
    ("rearrange(x, [a (b c) -> b a c], b = 3)", lambda x: x.reshape(2, 3, 5).permute(1, 0, 2), (2, 15)),
    ("rearrange(x, [a b c -> a (c b)])", lambda x: x.permute(0, 2, 1).reshape(3, 10), (3, 5, 2)),
    ("rearrange(x, [b (h s) (w t) -> b (s t) h w], s = 2, t = 3)", lambda x: x.reshape(2, 2, 2, 2, 3).permute(0, 2, 4, 1, 3).reshape(2, 6, 2, 2), (2, 4, 6)),
    ("rearrange(x, [... a b -> ... b a])", lambda x: x.transpose(-1, -2), (2, 3, 4, 5)),
    ("rearrange(x, [a b -> a 1 b 1])", lambda x: x[:, None, :, None], (3, 5)),
    ("repeat(x, [a b -> a c b], c = 3)", lambda x: x[:, None].expand(2, 3, 5), (2, 5)),
    ("repeat(x, [a b -> (a c) b], c = 3)", lambda x: x.repeat_interleave(3, 0), (2, 5)),
    ("repeat(x, [a b -> a (c b)], c = 2)", lambda x: x.repeat(1, 2), (2, 5)),
    ("pad(x, before = 2, after = 1)", lambda x: nn.pad(x, (2, 1)), (3, 5)),
    ("pad(x, axis = 0, before = 1, after = 3, value = 0.5)", lambda x: nn.pad(x, (0, 0, 1, 3), value=0.5), (3, 5)),
    ("flip(x, axis = 0)", lambda x: x.flip(0), (3, 5)),
    ("flip(x)", lambda x: x.flip(1), (3, 5)),
    ("flip(x, axis = (0, 2))", lambda x: x.flip((0, 2)), (3, 5, 2)),
    ("roll(x, 2)", lambda x: x.roll(2, 1), (3, 5)),
    ("roll(x, -1, axis = 0)", lambda x: x.roll(-1, 0), (3, 5)),
    ("roll(x, 7, axis = 1)", lambda x: x.roll(7, 1), (3, 5)),
    ("roll(x, (1, 2), axis = (0, 1))", lambda x: x.roll((1, 2), (0, 1)), (3, 5)),
    ("x[0]", lambda x: x[0], (3, 5)),
    ("x[-1]", lambda x: x[-1], (3, 5)),
    ("x[:, -1]", lambda x: x[:, -1], (3, 5)),
    ("x[1:3]", lambda x: x[1:3], (5, 3)),
    ("x[:, 1:]", lambda x: x[:, 1:], (3, 5)),
    ("x[:, :-1]", lambda x: x[:, :-1], (3, 5)),
    ("x[..., -3:-1]", lambda x: x[..., -3:-1], (2, 3, 5)),
    ("x[::2]", lambda x: x[::2], (7, 3)),
    ("x[1::3]", lambda x: x[1::3], (8, 3)),
    ("x[:, 0:5:2]", lambda x: x[:, 0:5:2], (3, 6)),
    ("x[1, 2]", lambda x: x[1, 2], (3, 5)),
    ("x[1, :, 0]", lambda x: x[1, :, 0], (3, 5, 2)),
    ("x[..., 1]", lambda x: x[..., 1], (3, 5, 2)),
    ("x[::-1]", lambda x: x.flip(0), (5, 3)),
    ("x[:, ::-2]", lambda x: x.flip(1)[:, ::2], (3, 6)),
    ("tril(x)", lambda x: x.tril(), (5, 7)),
    ("tril(x, k = -1)", lambda x: x.tril(-1), (5, 5)),
    ("tril(x, k = 2)", lambda x: x.tril(2), (5, 7)),
    ("triu(x)", lambda x: x.triu(), (2, 5, 3)),
    ("triu(x, k = 1)", lambda x: x.triu(1), (5, 5)),
    ("unfold(x, size = 3)", lambda x: x.unfold(1, 3, 1), (2, 9)),
    ("unfold(x, axis = 0, size = 3, stride = 2)", lambda x: x.unfold(0, 3, 2), (9, 2)),
    ("unfold(x, size = 3, padding = 1)", lambda x: nn.pad(x, (1, 1)).unfold(1, 3, 1), (2, 7)),
    ("unfold(x, size = 3, dilation = 2)", lambda x: x.unfold(1, 5, 1)[..., ::2], (2, 9)),
    ("unfold(x, size = 2, stride = 3, padding = 2, dilation = 2)", lambda x: nn.pad(x, (2, 2)).unfold(1, 3, 3)[..., ::2], (2, 9)),
]
for body, function, shape in rows:
    table.add(body, function, x=F(*shape))
for axis in [0, 1]:
    table.add(f"concat(a, b, axis = {axis})", lambda a, b, n=axis: torch.cat((a, b), n), a=F(3, 5), b=F(3, 5))
    table.add(f"stack(a, b, axis = {axis})", lambda a, b, n=axis: torch.stack((a, b), n), a=F(3, 5), b=F(3, 5))
table.add("concat(a, b)", lambda a, b: torch.cat((a, b)), a=F(3, 5), b=F(2, 5))
table.add("concat(a, b, c, axis = -1)", lambda a, b, c: torch.cat((a, b, c), -1), a=F(2, 3, 1), b=F(2, 3, 4), c=F(2, 3, 2))
table.add("stack(a, b, a, axis = -1)", lambda a, b: torch.stack((a, b, a), -1), a=F(3, 5), b=F(3, 5))
many = "abcdefghij"
table.add(f"concat({', '.join(many)}, axis = 0)", lambda **given: torch.cat(list(given.values())), **{n: F(2, 3) for n in many})
table.add("split(x, 3)", lambda x: x.chunk(3, -1), x=F(2, 9))
table.add("split(x, 2, axis = 0)", lambda x: x.chunk(2, 0), x=F(4, 3))
table.add("split(x, [2, 5], axis = 1)", lambda x: x.split([2, 5], 1), x=F(2, 7, 3))
table.add("x[:, ::-1] * tril(x)", lambda x: x.flip(1) * x.tril(), x=F(5, 5))
table.add("concat(i, j)", lambda i, j: torch.cat((i, j)), i=I(3, below=9), j=I(2, below=9))
table.add("flip(m)", lambda m: m.flip(0), m=M(5))
table.add("tril(m)", lambda m: m.tril(), m=M(4, 4))
table.add("zeros([2, 3]) + x", lambda x: x.expand(2, 3), x=F(3))
table.add("full([2, 3], 0.5) * x", lambda x: 0.5 * x.expand(2, 3), x=F(3))
table.add("ones_like(x) - x", lambda x: 1 - x, x=F(3))
table.add("x * cast(iota(5), f32)", lambda x: x * torch.arange(5), x=F(3, 5))

# Axes that are called like a parameter of the function.
table.add("rearrange(x, [b (y x) -> b x y], x = 4)", lambda x: x.reshape(2, 3, 4).transpose(1, 2), x=F(2, 12))
table.add("repeat(x, [y x -> y x pattern], pattern = 2)", lambda x: x[..., None].expand(3, 5, 2), x=F(3, 5))
table.add("sum(x, [b (axis x) -> b x], axis = 3)", lambda x: x.reshape(2, 3, 4).sum(1), x=F(2, 12))
