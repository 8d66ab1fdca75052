# Activations and softmaxes, each with its parameters and its second derivative.
import torch
import torch.nn.functional as nn
from table import F, Table

table = Table()

smooth = [
    ("tanh(x)", lambda x: torch.tanh(x)),
    ("sigmoid(x)", lambda x: torch.sigmoid(x)),
    ("softplus(x)", lambda x: nn.softplus(x, threshold=1e9)),
    ("gelu(x)", lambda x: nn.gelu(x)),
    ("gelu_tanh(x)", lambda x: nn.gelu(x, approximate="tanh")),
    ("log_sigmoid(x)", lambda x: nn.logsigmoid(x)),
    ("silu(x)", lambda x: nn.silu(x)),
    ("mish(x)", lambda x: x * torch.tanh(nn.softplus(x, threshold=1e9))),
]
for body, function in smooth:
    table.twice(body, function, x=F(3, 17, low=-6.0, high=6.0))

kinked = [
    ("relu(x)", lambda x: nn.relu(x)),
    ("relu6(x)", lambda x: nn.relu6(x)),
    ("leaky_relu(x)", lambda x: nn.leaky_relu(x)),
    ("leaky_relu(x, slope = 0.2)", lambda x: nn.leaky_relu(x, 0.2)),
    ("elu(x)", lambda x: nn.elu(x)),
    ("elu(x, alpha = 0.3)", lambda x: nn.elu(x, 0.3)),
    ("selu(x)", lambda x: nn.selu(x)),
    ("hardsigmoid(x)", lambda x: nn.relu6(x + 3) / 6),
    ("hardswish(x)", lambda x: nn.hardswish(x)),
]
kinked += [
    ("celu(x)", lambda x: nn.celu(x)),
    ("celu(x, alpha = 0.4)", lambda x: nn.celu(x, 0.4)),
    ("softsign(x)", lambda x: nn.softsign(x)),
    ("hardtanh(x)", lambda x: nn.hardtanh(x)),
    ("hardtanh(x, min_val = -0.5, max_val = 3)", lambda x: nn.hardtanh(x, -0.5, 3)),
    ("threshold(x, 0.5, -1)", lambda x: nn.threshold(x, 0.5, -1)),
    ("tanhshrink(x)", lambda x: nn.tanhshrink(x)),
    ("softshrink(x)", lambda x: nn.softshrink(x)),
    ("softshrink(x, lambd = 2)", lambda x: nn.softshrink(x, 2)),
    ("hardshrink(x)", lambda x: nn.hardshrink(x)),
    ("hardshrink(x, lambd = 2)", lambda x: nn.hardshrink(x, 2)),
]
for body, function in kinked:
    for shape in [(1,), (33,), (2, 3, 5)]:
        table.add(body, function, x=F(*shape, low=-8.0, high=8.0))

table.add("glu(x)", lambda x: nn.glu(x), x=F(3, 14))
table.add("glu(x)", lambda x: nn.glu(x), x=F(2, 1, 2))

for axis in [-1, 0, 1]:
    for name, function in [("softmax", torch.softmax), ("log_softmax", torch.log_softmax), ("logsumexp", torch.logsumexp)]:
        for shape in [(1, 1, 7), (3, 5, 16), (2, 33, 4)]:
            table.twice(f"{name}(x, axis = {axis})", lambda x, f=function, a=axis: f(x, a), x=F(*shape, low=-5.0, high=5.0))
table.add("logsumexp(x, axis = 1, keep = true)", lambda x: torch.logsumexp(x, 1, True), x=F(3, 17))
table.add("logsumexp(x, axis = (0, 2))", lambda x: torch.logsumexp(x, (0, 2)), x=F(3, 5, 7))
table.add("softmax(x)", lambda x: torch.softmax(x, -1), x=F(3, 17, low=-1e4, high=1e4))
table.add("logsumexp(x)", lambda x: torch.logsumexp(x, (0, 1)), x=F(3, 5, low=-1e4, high=1e4))

for name, gate in [("reglu", nn.relu), ("geglu", nn.gelu), ("swiglu", nn.silu)]:
    table.add(f"{name}(x)", lambda x, g=gate: x.chunk(2, -1)[0] * g(x.chunk(2, -1)[1]), x=F(3, 14))
table.add("logsumexp(x, [n (t k) -> n], t = 2)", lambda x: torch.logsumexp(x, 1), x=F(3, 14))
