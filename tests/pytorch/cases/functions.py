# Functions beyond those of the language page: statistics, norms, running products, places along an axis, inverse functions.
import torch
from table import F, I, M, Table, V

table = Table()

for name, function in [("expm1", torch.expm1), ("log1p", torch.log1p), ("atan", torch.atan), ("asin", torch.asin)]:
    low, high = (-0.9, 0.9) if name in ["asin", "log1p"] else (-4, 4)
    table.twice(f"{name}(x)", lambda x, f=function: f(x), x=F(3, 11, low=low, high=high))
for name, function in [("variance", torch.var), ("std", torch.std)]:
    table.add(f"{name}(x)", lambda x, f=function: f(x), x=F(3, 5))
    for shape in [(3, 5, 7), (2, 33, 2)]:
        table.add(f"{name}(x, axis = 1)", lambda x, f=function: f(x, 1), x=F(*shape))
        table.add(f"{name}(x, axis = (0, 2), keep = true)", lambda x, f=function: f(x, (0, 2), keepdim=True), x=F(*shape))
    table.add(f"{name}(x, axis = -1, correction = 0)", lambda x, f=function: f(x, -1, correction=0), x=F(3, 17))
    table.add(f"{name}(x, axis = -1, correction = 3)", lambda x, f=function: f(x, -1, correction=3), x=F(3, 17))
    table.add(f"{name}(x, [a b c -> a c])", lambda x, f=function: f(x, 1), x=F(2, 5, 3))
    table.add(f"{name}(x, axis = 1)", lambda x, f=function: f(x, 1), x=F(2, 9, low=1000, high=1004))
table.twice("variance(x, axis = 1)", lambda x: torch.var(x, 1), x=F(3, 5))
table.twice("std(x, axis = 1)", lambda x: torch.std(x, 1), x=F(3, 5))
for p in [1, 2, 3, 1.5, 4]:
    table.add(f"norm(x, p = {p})", lambda x, p=p: torch.linalg.vector_norm(x, p), x=F(3, 5))
    table.add(f"norm(x, p = {p}, axis = 1, keep = true)", lambda x, p=p: torch.linalg.vector_norm(x, p, 1, True), x=F(3, 17))
table.add("norm(x, axis = (0, 1))", lambda x: torch.linalg.vector_norm(x, 2, (0, 1)), x=F(3, 17, 2))
table.add("norm(x, axis = 1)", lambda x: torch.linalg.vector_norm(x, 2, 1), x=V([0, 0, 0, 1, 2, -2], 2, 3))
table.twice("norm(x, axis = 0)", lambda x: torch.linalg.vector_norm(x, 2, 0), x=F(5, 3))
for axis in [0, 1]:
    table.add(f"all(m, axis = {axis})", lambda m, a=axis: m.all(a), m=V([1, 1, 0, 1, 0, 1, 1, 1, 1], 3, 3, dtype="bool"))
    table.add(f"any(m, axis = {axis}, keep = true)", lambda m, a=axis: m.any(a, keepdim=True), m=V([1, 0, 0, 0, 0, 0], 2, 3, dtype="bool"))
table.add("all(m)", lambda m: m.all(), m=M(3, 3))
table.add("any(m)", lambda m: m.any(), m=M(3, 3))
for axis in [0, 1, -1]:
    for shape in [(1, 1), (5, 7), (3, 33)]:
        table.add(f"cumprod(x, axis = {axis})", lambda x, a=axis: torch.cumprod(x, a), x=F(*shape, low=0.6, high=1.4))
        table.add(f"cummax(x, axis = {axis})", lambda x, a=axis: torch.cummax(x, a)[0], x=F(*shape))
        table.add(f"cummin(x, axis = {axis})", lambda x, a=axis: torch.cummin(x, a)[0], x=F(*shape))
        table.add(f"argsort(x, axis = {axis})", lambda x, a=axis: torch.argsort(x, dim=a, stable=True), x=F(*shape))
table.add("cumprod(x)", lambda x: torch.cumprod(x, -1), x=V([2, 0, 3, -1, 0, 5, 1, 2], 2, 4))
table.add("argsort(x, descending = true)", lambda x: torch.argsort(x, descending=True), x=F(3, 9))
table.add("take_along_axis(x, ids)", lambda x, ids: torch.gather(x, -1, ids), x=F(3, 7), ids=I(3, 5, below=7))
table.add("take_along_axis(x, ids, axis = 0)", lambda x, ids: torch.gather(x, 0, ids), x=F(7, 3), ids=I(4, 3, below=7))
table.add("take_along_axis(x, ids, axis = 1)", lambda x, ids: torch.gather(x, 1, ids), x=F(2, 5, 3), ids=I(2, 9, 3, below=5))
table.add("take_along_axis(x, argsort(x, axis = 0), axis = 0)", lambda x: torch.sort(x, 0)[0], x=F(9, 3))
table.add("scatter_add(x, ids, 5, axis = 1)", lambda x, ids: torch.zeros(3, 5, 2).index_add(1, ids, x), x=F(3, 9, 2), ids=I(9, below=5))
table.add("scatter_add(x, ids, 4, axis = -1)", lambda x, ids: torch.zeros(2, 3, 4).index_add(2, ids, x), x=F(2, 3, 7), ids=I(7, below=4))
