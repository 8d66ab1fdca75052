# Functions of std/math, those of numbers inside of their domains and away from the points where they bend.
import torch
from table import F, Table, V

table = Table()

for name, function, low, high in [
    ("tan", torch.tan, -1.4, 1.4),
    ("acos", torch.acos, -0.95, 0.95),
    ("sinh", torch.sinh, -6, 6),
    ("cosh", torch.cosh, -6, 6),
    ("asinh", torch.asinh, -30, 30),
    ("acosh", torch.acosh, 1.05, 30),
    ("atanh", torch.atanh, -0.95, 0.95),
    ("exp2", torch.exp2, -6, 6),
    ("log2", torch.log2, 0.1, 30),
    ("log10", torch.log10, 0.1, 30),
    ("logit", torch.logit, 0.05, 0.95),
    ("square", torch.square, -3, 3),
    ("reciprocal", torch.reciprocal, 0.2, 3),
]:
    table.twice(f"{name}(x)", lambda x, f=function: f(x), x=F(3, 11, low=low, high=high))
for name, function in [("sinh", torch.sinh), ("asinh", torch.asinh), ("atanh", torch.atanh), ("cosh", torch.cosh)]:
    table.add(f"{name}(x)", lambda x, f=function: f(x), x=V([0, 1e-6, -1e-3, 0.5, -0.9]))
table.add("asinh(x)", lambda x: torch.asinh(x), x=V([1e5, -1e7, 1e9, -1e15]))
table.add("acosh(x)", lambda x: torch.acosh(x), x=V([1.0001, 1e5, 1e9, 1e15]))
steps = [-2.5, -2.0, -1.5, -0.7, 0.0, 0.5, 1.5, 2.0, 3.5]
table.add("trunc(x)", lambda x: torch.trunc(x), x=V(steps))
table.add("frac(x)", lambda x: torch.frac(x), x=V(steps))
table.add("clamp(x, min = -1, max = 2)", lambda x: torch.clamp(x, -1, 2), x=V([-3, -1, 0, 2, 2.5]))
table.add("clamp(x, min = 0)", lambda x: torch.clamp(x, min=0), x=V([-3, -1, 0, 2, 2.5]))
table.add("clamp(x, max = 1)", lambda x: torch.clamp(x, max=1), x=F(3, 5))
table.add("lerp(a, b, 0.3)", lambda a, b: torch.lerp(a, b, 0.3), a=F(3, 5), b=F(3, 5))
table.twice("atan2(a, b)", lambda a, b: torch.atan2(a, b), a=F(3, 17), b=F(3, 17))
table.add("atan2(a, b)", lambda a, b: torch.atan2(a, b), a=V([1, 1, -1, -1, 0, 2, -2]), b=V([1, -1, 1, -1, 3, 0, 0]))
table.twice("logaddexp(a, b)", lambda a, b: torch.logaddexp(a, b), a=F(3, 5), b=F(3, 5))
table.add("xlogy(a, b)", lambda a, b: torch.xlogy(a, b), a=F(5), b=F(5, low=0.1, high=3))
imports = ['import { outer, dot, eye, diag, diagonal, trace, kron, linspace } from "std/math"']
table.add("outer(a, b)", lambda a, b: torch.outer(a, b), a=F(5), b=F(7), imports=imports)
table.add("dot(a, b)", lambda a, b: torch.dot(a, b), a=F(17), b=F(17), imports=imports)
table.add("diag(a)", lambda a: torch.diag(a), a=F(5), imports=imports)
table.add("diagonal(a)", lambda a: torch.diagonal(a, dim1=-2, dim2=-1), a=F(2, 5, 5), imports=imports)
table.add("trace(a)", lambda a: torch.trace(a), a=F(5, 5), imports=imports)
table.add("kron(a, b)", lambda a, b: torch.kron(a.contiguous(), b.contiguous()), a=F(2, 3), b=F(3, 5), imports=imports)
table.add("eye(5) * a", lambda a: torch.eye(5) * a, a=F(5, 5), imports=imports)
table.add("linspace(-1, 2, 7) * a", lambda a: torch.linspace(-1, 2, 7) * a, a=F(7), imports=imports)
