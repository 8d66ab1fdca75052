# Recurrent layers at lengths and batches around the awkward ones, and `scan` itself against a loop.
import torch
from torch import nn
from table import F, I, Table

table = Table()


def layer(text, module, *shape, **options):
    name = text.split("(")[0]
    imports = [f'import {{ {name} }} from "std/recurrent"']
    table.layer(text, module, torch=lambda m, x: m(x)[0], x=F(*shape), imports=imports, **options)


for name in ["LSTM", "GRU", "RNN"]:
    made = getattr(nn, name)
    for batch, length, given, hidden in [(1, 1, 1, 1), (3, 2, 5, 4), (2, 7, 3, 17), (17, 13, 4, 3), (1, 64, 2, 5)]:
        layer(f"{name}({given}, {hidden})", lambda m=made, i=given, h=hidden: m(i, h, batch_first=True), batch, length, given)
    layer(f"{name}(3, 5, with_bias = false)", lambda m=made: m(3, 5, bias=False, batch_first=True), 2, 4, 3)
for name, made in [("BiLSTM", nn.LSTM), ("BiGRU", nn.GRU)]:
    layer(f"{name}(3, 5)", lambda m=made: m(3, 5, batch_first=True, bidirectional=True), 2, 7, 3)


def leaky(h, x, w, reverse=False):
    """`h' = tanh(h @ w + x)` along the first axis, and twice each state."""
    states = []
    for row in reversed(x) if reverse else x:
        h = torch.tanh(h @ w + row)
        states.append(2 * h)
    return h, torch.stack(states[::-1] if reverse else states)


def say(part, options=""):
    """The same in .dl; `part` is what of it is wanted."""
    return f"{{ let (last, all) = scan((h, x) => {{ let n = tanh(h @ w + x)\n (n, 2 * n) }}, h, x{options})\n {part} }}"


for length in [1, 2, 5, 13]:
    given = dict(h=F(3, 4), x=F(length, 3, 4), w=F(4, 4, low=-0.5, high=0.5))
    table.add(say("last"), lambda h, x, w: leaky(h, x, w)[0], **given)
    table.add(say("all", ", reverse = true"), lambda h, x, w: leaky(h, x, w, reverse=True)[1], **given)
    table.twice(say("all"), lambda h, x, w: leaky(h, x, w)[1], **given)
turned = dict(h=F(3, 4), x=F(3, 4, 7), w=F(4, 4, low=-0.5, high=0.5))
table.add(say("all", ", axis = 2"), lambda h, x, w: leaky(h, x.permute(2, 0, 1), w)[1].permute(1, 2, 0), **turned)
