# The table of cases: what each is fed, what it says in .dl and what the same is in PyTorch. Numbers come from an integer hash that both
# sides compute, so that only results need to be kept.
import struct

import torch

torch.set_default_dtype(torch.float64)


def mixed(index, seed):
    """A mixed 32-bit hash of an index under a seed; the same as `hash` of tests/harness/peers.ts."""
    h = (index * 0x9E3779B1 + seed * 0x85EBCA6B) & 0xFFFFFFFF
    h ^= h >> 16
    h = (h * 0x7FEB352D) & 0xFFFFFFFF
    h ^= h >> 15
    h = (h * 0x846CA68B) & 0xFFFFFFFF
    h ^= h >> 16
    return h


def single(x):
    """The nearest number of single precision."""
    return struct.unpack("f", struct.pack("f", x))[0]


def count(shape):
    total = 1
    for size in shape:
        total *= size
    return total


class Input:
    """A tensor that a case is fed: drawn by the hash, or given as it is."""

    def __init__(self, dtype, shape, low=0.0, high=0.0, values=None):
        self.dtype, self.shape, self.low, self.high, self.values = dtype, list(shape), low, high, values

    def draw(self, seed):
        if self.values is not None:
            numbers = self.values
        elif self.dtype == "f32":
            numbers = [
                single(self.low + (self.high - self.low) * (mixed(i, seed) / 4294967296))
                for i in range(count(self.shape))
            ]
        else:
            numbers = [mixed(i, seed) % int(self.high) for i in range(count(self.shape))]
        kind = {"f32": torch.float64, "i32": torch.int64, "bool": torch.bool}[self.dtype]
        return torch.tensor(numbers, dtype=kind).reshape(self.shape)

    def record(self, seed):
        given = {"values": self.values} if self.values is not None else {"seed": seed}
        bounds = {} if self.values is not None else {"low": self.low, "high": self.high}
        return {"dtype": self.dtype, "shape": self.shape, **given, **bounds}


def F(*shape, low=-2.0, high=2.0):
    """Floats between two bounds."""
    return Input("f32", shape, low, high)


def I(*shape, below):
    """Integers from 0 to below a bound."""
    return Input("i32", shape, 0, below)


def M(*shape):
    """Booleans."""
    return Input("bool", shape, 0, 2)


def V(values, *shape, dtype="f32"):
    """Exact numbers."""
    exact = [single(v) for v in values] if dtype == "f32" else values
    return Input(dtype, shape or [len(values)], values=exact)


def kept(lengths, size):
    """Rows of `size` places, true up to a length each."""
    return V([int(i < n) for n in lengths for i in range(size)], len(lengths), size, dtype="bool")


def pairs(b, t, s):
    """Pairs of places of which about three in four are allowed, each with itself among them."""
    return V([int((3 * i + 5 * j + n) % 4 != 0 or i == j) for n in range(b) for i in range(t) for j in range(s)], b, t, s, dtype="bool")


class Case:
    """One row: results and gradients are those of `torch(**inputs)`, or of `torch(module, **inputs)` where there is a layer."""

    def __init__(self, body, torch, inputs, layer=None, module=None, training=False, gradients=True, imports=(), state=()):
        self.body, self.torch, self.inputs = body, torch, inputs
        self.layer, self.module, self.training = layer, module, training
        self.gradients, self.imports, self.state = gradients, imports, state


class Table:
    """The cases of one file, in order."""

    def __init__(self):
        self.cases = []

    def add(self, body, torch, **options):
        """A function of tensors; named arguments that are inputs feed it."""
        inputs = {k: v for k, v in options.items() if isinstance(v, Input)}
        rest = {k: v for k, v in options.items() if not isinstance(v, Input)}
        self.cases.append(Case(body, torch, inputs, **rest))

    def twice(self, body, function, **inputs):
        """The same, and its vector-Jacobian product as a function, whose own gradient is of second order."""
        self.add(body, function, **inputs)
        tensors = {k: v for k, v in inputs.items() if isinstance(v, Input)}
        drawn = {k: v.draw(1) for k, v in tensors.items()}
        shape = list(function(**drawn).shape)
        floats = [k for k, v in tensors.items() if v.dtype == "f32"]
        first = floats[0]

        def pulled(ct, **given):
            y = function(**given)
            return torch.autograd.grad(y, given[first], ct, create_graph=True)[0]

        inner = f"vjp(({first}) => {body}, {first}, ct)"
        self.add(inner, pulled, ct=F(*shape, low=-1.0, high=1.0), **inputs)

    def layer(self, layer, module, function="", **options):
        """A layer called `inner` whose parameters have PyTorch's names; `module` makes PyTorch's."""
        call = function or "inner(x)"
        run = options.pop("torch", lambda m, **given: m(*given.values()))
        self.add(call, run, layer=layer, module=module, **options)

    def library(self, module_of, written, make, call, torch, **inputs):
        """A layer of `std/MODULE_OF`, imported by the name that it is written with."""
        name = written.split("(")[0]
        imports = [f'import {{ {name} }} from "std/{module_of}"']
        self.layer(written, make, function=call, torch=torch, imports=imports, **inputs)
