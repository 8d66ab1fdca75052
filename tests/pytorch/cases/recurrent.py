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


def carried(text, module, *shape, states, ask):
    """A layer that goes on from given states, and what it leaves besides its outputs."""

    def run(m, x, **given):
        held = [given[name].unsqueeze(0) for name in states]
        out, last = m(x, tuple(held) if len(held) > 1 else held[0])
        return torch.cat([out, (last[-1] if isinstance(last, tuple) else last).transpose(0, 1)], dim=1)

    name, hidden = text.split("(")[0], shape[-1]
    call = f"{{ let r = inner.run(x, {', '.join(states)})\n concat(r.out, reshape(r.{ask}, [{shape[0]}, 1, {hidden}]), axis = 1) }}"
    given = {name: F(shape[0], hidden) for name in states}
    imports = [f'import {{ {name} }} from "std/recurrent"']
    table.layer(text, module, function=call, torch=run, x=F(*shape[:-1]), imports=imports, **given)


for length in [1, 6]:
    carried("LSTM(3, 5)", lambda: nn.LSTM(3, 5, batch_first=True), 2, length, 3, 5, states=["h", "c"], ask="c")
    carried("GRU(3, 5)", lambda: nn.GRU(3, 5, batch_first=True), 2, length, 3, 5, states=["h"], ask="h")
    carried("RNN(3, 5)", lambda: nn.RNN(3, 5, batch_first=True), 2, length, 3, 5, states=["h"], ask="h")


class Diagonal(nn.Module):
    """S4D as the paper gives it: a causal convolution with a kernel of powers of complex numbers."""

    def __init__(self, width, pairs):
        super().__init__()
        shapes = dict(log_a_real=(width, pairs), a_imag=(width, pairs), c_real=(width, pairs), c_imag=(width, pairs))
        for name, shape in dict(log_dt=(width,), skip=(width,), **shapes).items():
            setattr(self, name, nn.Parameter(torch.zeros(shape)))

    def forward(self, x):
        length = x.shape[1]
        a = torch.complex(-torch.exp(self.log_a_real), self.a_imag)
        c = torch.complex(self.c_real, self.c_imag)
        step = a * torch.exp(self.log_dt)[:, None]
        powers = torch.exp(step[:, :, None] * torch.arange(length, dtype=torch.float64))
        kernel = 2 * torch.einsum("dn,dnl->dl", c * (torch.exp(step) - 1) / a, powers).real
        padded = nn.functional.pad(x.transpose(1, 2), (length - 1, 0))
        y = nn.functional.conv1d(padded, kernel.flip(-1)[:, None], groups=x.shape[2])
        return y.transpose(1, 2) + self.skip * x


for batch, length, width, pairs in [(1, 1, 1, 1), (2, 5, 3, 4), (3, 13, 2, 17), (1, 65, 5, 2)]:
    made = lambda d=width, n=pairs: Diagonal(d, n)
    s4d = ['import { S4D } from "std/recurrent"']
    table.layer(f"S4D({width}, N = {pairs})", made, imports=s4d, x=F(batch, length, width))


def selective(x, dt, a, b, c):
    """Mamba's recurrence without a loop: each state is a sum of what came in, decayed by all steps since."""
    since = torch.cumsum(dt, 1)
    decay = since[:, :, None] - since[:, None]
    earlier = torch.ones(x.shape[1], x.shape[1]).tril()[None, :, :, None, None]
    kept = torch.exp(decay[..., None] * a * earlier) * earlier
    return torch.einsum("btsdn,bsd,bsn,btn->btd", kept, dt * x, b, c)


for batch, length, width, states in [(1, 1, 1, 1), (2, 5, 3, 4), (3, 13, 2, 17), (1, 33, 5, 2)]:
    given = dict(x=F(batch, length, width), dt=F(batch, length, width, low=0.01, high=0.5))
    given.update(a=F(width, states, low=-2.0, high=-0.1), b=F(batch, length, states), c=F(batch, length, states))
    mamba = ['import { selective_scan } from "std/recurrent"']
    table.add("selective_scan(x, dt, a, b, c)", selective, imports=mamba, **given)
