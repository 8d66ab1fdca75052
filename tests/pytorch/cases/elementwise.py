# Arithmetic, comparison and scalar functions, with broadcasting and at sizes around those of tiles.
import torch
from table import F, I, M, Table, V

table = Table()

unary = [
    ("exp", torch.exp, -5, 5),
    ("log", torch.log, 0.05, 9),
    ("sqrt", torch.sqrt, 0.05, 9),
    ("rsqrt", torch.rsqrt, 0.05, 9),
    ("sin", torch.sin, -9, 9),
    ("cos", torch.cos, -9, 9),
    ("erf", torch.erf, -3, 3),
]
for name, function, low, high in unary:
    table.twice(f"{name}(x)", lambda x, f=function: f(x), x=F(3, 11, low=low, high=high))
sizes = [(1,), (15,), (16,), (17,), (31,), (32,), (33,), (63,), (64,), (65,), (127,), (257,)]
for size in sizes:
    table.add("x * sigmoid(x)", lambda x: x * torch.sigmoid(x), x=F(*size))
steps = [-2.5, -2.0, -1.5, -0.7, -0.5, 0.0, 0.5, 0.7, 1.5, 2.0, 2.5, 3.5]
for name, function in [
    ("abs", torch.abs),
    ("sign", torch.sign),
    ("floor", torch.floor),
    ("ceil", torch.ceil),
    ("round", torch.round),
]:
    table.add(f"{name}(x)", lambda x, f=function: f(x), x=V(steps))

shapes = [((3, 5), (3, 5)), ((1,), (1,)), ((2, 3, 7), (7,)), ((4, 1, 5), (1, 3, 5)), ((3, 1), (1, 5)), ((17, 33), (17, 1)), ((), (5,))]
for sign, function in [
    ("+", lambda a, b: a + b),
    ("-", lambda a, b: a - b),
    ("*", lambda a, b: a * b),
    ("/", lambda a, b: a / b),
]:
    for left, right in shapes:
        if left == (3, 1):
            right = (3, 5)
        table.add(f"a {sign} b", function, a=F(*left), b=F(*right, low=0.5, high=3))
table.twice("a * b", lambda a, b: a * b, a=F(3, 5), b=F(3, 5))
table.twice("a / b", lambda a, b: a / b, a=F(3, 5), b=F(3, 5, low=0.5, high=2))
table.twice("b / a", lambda a, b: b / a, a=F(3, 5, low=0.5, high=2), b=F(3, 5))
for body, function in [
    ("a % b", lambda a, b: torch.remainder(a, b)),
    ("min(a, b)", lambda a, b: torch.minimum(a, b)),
    ("max(a, b)", lambda a, b: torch.maximum(a, b)),
]:
    table.add(body, function, a=V([7.2, -7.2, 1.3, 5.0, -0.4, 2.0]), b=V([2.0, 2.1, -0.5, 3.0, -3.0, 2.0]))
    table.add(body, function, a=F(4, 7), b=F(7, low=0.3, high=2))
table.twice("a ** b", lambda a, b: a**b, a=F(3, 5, low=0.2, high=3), b=F(3, 5))
table.add("pow(a, b)", lambda a, b: a**b, a=F(3, 5, low=0.2, high=3), b=F(5))
for exponent in [0, 1, 2, 3, 4, 5, 7, -1, -2, -3]:
    table.add(f"x ** {exponent}" if exponent >= 0 else f"x ** ({exponent})", lambda x, n=exponent: x**n, x=V([-3.0, -1.5, -0.5, 0.25, 1.0, 2.0, 3.5]))
for exponent in [0.5, 1.5, 2.5, -0.5]:
    table.twice(f"x ** ({exponent})", lambda x, n=exponent: x**n, x=F(9, low=0.1, high=4))
table.add("2 ** x", lambda x: 2**x, x=F(9))
table.add("-x ** 2", lambda x: -(x**2), x=F(9))
table.add("1 / x", lambda x: 1 / x, x=F(9, low=0.2, high=3))
table.add("3 - 2 * x", lambda x: 3 - 2 * x, x=F(9))
ties = [-1.0, 0.0, 1.0, 2.0, 3.0, -2.0]
others = [-1.0, 0.5, 1.0, -2.0, 3.5, -2.0]
for sign, function in [
    ("==", torch.eq),
    ("!=", torch.ne),
    ("<", torch.lt),
    ("<=", torch.le),
    (">", torch.gt),
    (">=", torch.ge),
]:
    table.add(f"cast(a {sign} b, f32)", lambda a, b, f=function: f(a, b).double(), a=V(ties), b=V(others))
    table.add(f"cast(a {sign} b, i32)", lambda a, b, f=function: f(a, b).long(), a=I(3, 5, below=3), b=I(5, below=3))
    table.add(f"select(a {sign} b, a * b, a - b)", lambda a, b, f=function: torch.where(f(a, b), a * b, a - b), a=F(3, 5), b=F(5))
for body, function in [
    ("p and q", lambda p, q: p & q),
    ("p or q", lambda p, q: p | q),
    ("p != q", lambda p, q: p ^ q),
    ("p and not q", lambda p, q: p & ~q),
]:
    table.add(body, function, p=M(3, 7), q=M(7))
table.add("select(p, a, b)", lambda p, a, b: torch.where(p, a, b), p=M(3, 7), a=F(3, 7), b=F(7))
table.add("select(p, a, 0)", lambda p, a: torch.where(p, a, 0.0), p=M(3, 1), a=F(3, 7))
table.add("select(p, -1e9, a)", lambda p, a: a.masked_fill(p, -1e9), p=M(7), a=F(3, 7))
for sign, function in [("+", lambda a, b: a + b), ("-", lambda a, b: a - b), ("*", lambda a, b: a * b)]:
    table.add(f"a {sign} b", function, a=I(3, 5, below=100), b=I(5, below=50))
table.add("a % b", lambda a, b: torch.remainder(a, b), a=V([7, -7, 7, -7, 6, 0], dtype="i32"), b=V([3, 3, -3, -3, 2, 5], dtype="i32"))
table.add("min(a, b) + max(a, b)", lambda a, b: a + b, a=I(9, below=9), b=I(9, below=9))
table.add("abs(a - 5)", lambda a: (a - 5).abs(), a=I(9, below=9))
table.add("cast(x, i32)", lambda x: x.long(), x=V(steps))
table.add("cast(i, f32) * x", lambda i, x: i * x, i=I(5, below=9), x=F(5))
table.add("cast(p, f32) * x", lambda p, x: p * x, p=M(5), x=F(5))
table.add("stop_gradient(x) * x", lambda x: x.detach() * x, x=F(5))
