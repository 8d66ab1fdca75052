# Places known at run time: gather, scatter, one-hot, sorting, the largest elements, embeddings.
import torch
from table import F, I, Table, V

table = Table()

table.add("table[ids]", lambda table, ids: table[ids], table=F(7, 3), ids=I(5, below=7))
table.add("table[ids]", lambda table, ids: table[ids], table=F(7, 3), ids=I(2, 5, below=7))
table.add("table[ids]", lambda table, ids: table[ids], table=F(65, 2, 3), ids=I(33, below=65))
table.add("table[ids]", lambda table, ids: table[ids], table=F(5), ids=I(9, below=5))
table.add("table[ids]", lambda table, ids: table[ids], table=F(1, 3), ids=I(4, below=1))
table.add("gather(x, ids, axis = 1)", lambda x, ids: x[:, ids], x=F(3, 7), ids=I(5, below=7))
table.add("gather(x, ids, axis = -1)", lambda x, ids: x[..., ids], x=F(2, 3, 7), ids=I(2, 2, below=7))
table.add("scatter_add(x, ids, 5)", lambda x, ids: torch.zeros(5, 3).index_add(0, ids, x), x=F(9, 3), ids=I(9, below=5))
table.add("scatter_add(x, ids, 4)", lambda x, ids: torch.zeros(4).index_add(0, ids, x), x=F(17), ids=I(17, below=4))
table.add("one_hot(i, 7)", lambda i: torch.nn.functional.one_hot(i, 7).double(), i=I(5, below=7))
table.add("one_hot(i, 4) @ w", lambda i, w: w[i], i=I(2, 5, below=4), w=F(4, 3))
for shape in [(1,), (5,), (3, 17), (2, 3, 8), (2, 33)]:
    table.add("sort(x)", lambda x: torch.sort(x, dim=-1, stable=True), x=F(*shape))
    table.add("sort(x, descending = true)", lambda x: torch.sort(x, dim=-1, descending=True, stable=True), x=F(*shape))
table.add("sort(x, axis = 0)", lambda x: torch.sort(x, dim=0, stable=True), x=F(7, 3))
table.add("sort(x, axis = 1)", lambda x: torch.sort(x, dim=1, stable=True), x=F(2, 5, 3))
table.add("sort(x)", lambda x: torch.sort(x, dim=-1, stable=True), x=V([2, 1, 2, 0, 1, 1]), gradients=False)
for k in [1, 3, 5]:
    table.add(f"top_k(x, {k})", lambda x, k=k: torch.topk(x, k), x=F(3, 17))
table.add("top_k(x, 5)", lambda x: torch.topk(x, 5), x=F(5))
table.add("top_k(x, 64)", lambda x: torch.topk(x, 64), x=F(2, 65))
