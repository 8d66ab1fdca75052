# Products: matrices, batches, vectors, einsum, in all transpositions and at sizes around those of tiles.
import torch
from table import F, Table

table = Table()


def at(a, b):
    return a @ b


for m, k, n in [(1, 1, 1), (3, 5, 7), (15, 16, 17), (16, 16, 16), (17, 15, 16), (31, 32, 33), (33, 31, 32), (63, 64, 65), (65, 63, 64), (1, 65, 1), (64, 1, 64), (2, 129, 3)]:
    table.add("a @ b", at, a=F(m, k), b=F(k, n))
for left, right in [
    ((5,), (5,)),
    ((3, 5), (5,)),
    ((5,), (5, 3)),
    ((2, 3, 5), (5, 4)),
    ((2, 3, 5), (2, 5, 4)),
    ((2, 1, 3, 5), (1, 4, 5, 2)),
    ((4, 2, 3, 5), (2, 5, 2)),
    ((1, 3, 5), (7, 5, 2)),
    ((2, 3, 5), (5,)),
    ((5,), (2, 5, 3)),
]:
    table.add("a @ b", at, a=F(*left), b=F(*right))
table.add("a.T @ b", lambda a, b: a.T @ b, a=F(7, 5), b=F(7, 3))
table.add("a @ b.T", lambda a, b: a @ b.T, a=F(7, 5), b=F(3, 5))
table.add("a.T @ b.T", lambda a, b: a.T @ b.T, a=F(7, 5), b=F(3, 7))
table.add("a.T", lambda a: a.transpose(-1, -2), a=F(2, 7, 5))
table.add("linear(x, w)", lambda x, w: torch.nn.functional.linear(x, w), x=F(2, 3, 5), w=F(7, 5))
table.twice("a @ b", at, a=F(3, 5), b=F(5, 4))
table.twice("(a @ b) * (a @ b)", lambda a, b: (a @ b) ** 2, a=F(3, 5), b=F(5, 4))
table.twice("tanh(a @ b)", lambda a, b: torch.tanh(a @ b), a=F(3, 5), b=F(5, 4))
for pattern, spec, left, right in [
    ("[i k, k j -> i j]", "ik,kj->ij", (3, 5), (5, 4)),
    ("[b i k, b k j -> b i j]", "bik,bkj->bij", (2, 3, 5), (2, 5, 4)),
    ("[b h i d, b h j d -> b h i j]", "bhid,bhjd->bhij", (2, 3, 5, 4), (2, 3, 7, 4)),
    ("[i, j -> i j]", "i,j->ij", (5,), (7,)),
    ("[i, i ->]", "i,i->", (17,), (17,)),
    ("[i j, i j -> i]", "ij,ij->i", (5, 7), (5, 7)),
    ("[i j, i j -> j i]", "ij,ij->ji", (5, 7), (5, 7)),
    ("[b t d, d -> b t]", "btd,d->bt", (2, 3, 5), (5,)),
    ("[b i, b j -> i j]", "bi,bj->ij", (5, 3), (5, 7)),
    ("[a b c, c d -> a d b]", "abc,cd->adb", (2, 3, 5), (5, 4)),
    ("[a b, c d -> b d a c]", "ab,cd->bdac", (2, 3), (5, 4)),
    ("[i j, j -> i]", "ij,j->i", (33, 65), (65,)),
    ("[... i, i j -> ... j]", "...i,ij->...j", (2, 3, 5), (5, 4)),
    ("[a b, c b -> c]", "ab,cb->c", (3, 5), (4, 5)),
]:
    table.add(f"einsum(a, b, {pattern})", lambda a, b, s=spec: torch.einsum(s, a, b), a=F(*left), b=F(*right))
table.add("einsum(a, [i j -> j i])", lambda a: a.T, a=F(3, 5))
table.add("einsum(a, [i j -> j])", lambda a: a.sum(0), a=F(3, 5))
table.add("einsum(a, b, c, [i j, j k, k l -> i l])", lambda a, b, c: a @ b @ c, a=F(3, 5), b=F(5, 2), c=F(2, 4))
table.add("einsum(a, b, c, [b i, i j, b j -> b])", lambda a, b, c: torch.einsum("bi,ij,bj->b", a, b, c), a=F(3, 5), b=F(5, 2), c=F(3, 2))
table.add("linear(x, w)", lambda x, w: torch.nn.functional.linear(x, w), x=F(2, 3, 5), w=F(4, 5))
table.add("linear(x, w, b)", lambda x, w, b: torch.nn.functional.linear(x, w, b), x=F(2, 3, 5), w=F(4, 5), b=F(4))
