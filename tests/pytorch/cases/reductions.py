# Reductions over each axis, several and all, kept or not, by patterns, at sizes around those of tiles; places of extremes.
import torch
from table import F, I, M, Table, V

table = Table()


def product(x, axes, keep):
    for axis in sorted(axes, reverse=True):
        x = torch.prod(x, axis, keep)
    return x


functions = {
    "sum": lambda x, axes, keep: torch.sum(x, axes, keep),
    "mean": lambda x, axes, keep: torch.mean(x, axes, keep),
    "max": lambda x, axes, keep: torch.amax(x, axes, keep),
    "min": lambda x, axes, keep: torch.amin(x, axes, keep),
    "prod": product,
}
for name, function in functions.items():
    low, high = (0.7, 1.5) if name == "prod" else (-2, 2)
    for axis in [0, 1, 2, -1]:
        for keep in [False, True]:
            extra = ", keep = true" if keep else ""
            table.add(
                f"{name}(x, axis = {axis}{extra})",
                lambda x, f=function, a=axis, k=keep: f(x, (a % 3,), k),
                x=F(3, 5, 7, low=low, high=high),
            )
    table.add(f"{name}(x, axis = (0, 2))", lambda x, f=function: f(x, (0, 2), False), x=F(3, 5, 7, low=low, high=high))
    table.add(f"{name}(x, axis = (1, 2), keep = true)", lambda x, f=function: f(x, (1, 2), True), x=F(3, 5, 2, low=low, high=high))
    table.add(f"{name}(x)", lambda x, f=function: f(x, (0, 1), False), x=F(3, 5, low=low, high=high))
    table.add(f"{name}(x, [a b c -> a c])", lambda x, f=function: f(x, (1,), False), x=F(2, 5, 3, low=low, high=high))
    table.add(f"{name}(x, [a b c -> c a])", lambda x, f=function: f(x, (1,), False).T, x=F(2, 5, 3, low=low, high=high))
    table.add(f"{name}(x, [a (b c) -> a b], c = 3)", lambda x, f=function: f(x.reshape(2, 3, 3), (2,), False), x=F(2, 9, low=low, high=high))
    table.add(f"{name}(x, [... c -> ...])", lambda x, f=function: f(x, (2,), False), x=F(2, 3, 5, low=low, high=high))
    if name in ["sum", "max", "mean"]:
        for size in [1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 1023, 1025]:
            table.add(f"{name}(x, axis = 0)", lambda x, f=function: f(x, (0,), False), x=F(size, 3))
            table.add(f"{name}(x, axis = 1)", lambda x, f=function: f(x, (1,), False), x=F(3, size))
for name, function in [("max", torch.amax), ("min", torch.amin)]:
    table.add(f"{name}(x, axis = 1)", lambda x, f=function: f(x, 1), x=V([2, 1, 2, 0, 0, 0, 3, 4, 5], 3, 3))
table.add("prod(x, axis = 1)", lambda x: torch.prod(x, 1), x=V([0, 2, 3, 0, 0, 4, 1, -2, 3, 0, 0, 0], 4, 3))
for name, function in [("sum", torch.sum), ("max", torch.amax), ("min", torch.amin)]:
    table.add(f"{name}(i, axis = 1)", lambda i, f=function: f(i, 1), i=I(3, 5, below=50))
for name, function in [("argmax", torch.argmax), ("argmin", torch.argmin)]:
    for axis in [0, 1, -1]:
        table.add(f"{name}(x, axis = {axis})", lambda x, f=function, a=axis: f(x, a), x=F(7, 17))
    table.add(f"{name}(x, axis = 1, keep = true)", lambda x, f=function: f(x, 1, keepdim=True), x=F(3, 65))
    table.add(f"{name}(x)", lambda x, f=function: f(x, -1), x=V([1, 3, 3, 2, 0, 0, 0, 0], 2, 4))
for axis in [0, 1, -1]:
    for shape in [(1, 1), (5, 17), (33, 4), (3, 65)]:
        table.add(f"cumsum(x, axis = {axis})", lambda x, a=axis: torch.cumsum(x, a), x=F(*shape))
table.add("cumsum(x, axis = 1)", lambda x: torch.cumsum(x, 1), x=F(2, 130, 3))
table.twice("sum(x ** 3, axis = 0)", lambda x: torch.sum(x**3, 0), x=F(5, 3))
table.twice("mean(exp(x), axis = 1)", lambda x: torch.mean(torch.exp(x), 1), x=F(5, 3))
table.twice("prod(x, axis = 1)", lambda x: torch.prod(x, 1), x=F(3, 4, low=0.5, high=2))
