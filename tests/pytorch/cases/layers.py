# Layers with each of their options, outside training; parameters have PyTorch's names.
import torch
from torch import nn
from table import F, I, Table

table = Table()


def layer(text, module, *shape, name=None, **options):
    given = name or text.split("(")[0]
    table.layer(text, module, x=F(*shape), imports=[f'import {{ {given} }} from "std/nn"'], **options)


layer("Linear(5, 7)", lambda: nn.Linear(5, 7), 3, 5)
layer("Linear(5, 7, with_bias = false)", lambda: nn.Linear(5, 7, bias=False), 2, 3, 5)
layer("Linear(65, 33)", lambda: nn.Linear(65, 33), 17, 65)
layer("Linear(1, 1)", lambda: nn.Linear(1, 1), 1, 1)
table.layer("Embedding(11, 5)", lambda: nn.Embedding(11, 5), torch=lambda m, x: m(x), x=I(3, 4, below=11), imports=['import { Embedding } from "std/nn"'])
for d in [1, 7, 16, 33]:
    layer(f"LayerNorm({d})", lambda d=d: nn.LayerNorm(d), 3, d)
    layer(f"RMSNorm({d})", lambda d=d: nn.RMSNorm(d, eps=1e-6), 2, 3, d)
layer("LayerNorm(7, eps = 0.1)", lambda: nn.LayerNorm(7, eps=0.1), 2, 3, 7)
layer("RMSNorm(7, eps = 0.1)", lambda: nn.RMSNorm(7, eps=0.1), 3, 7)
layer("GroupNorm(2, 6)", lambda: nn.GroupNorm(2, 6), 2, 6, 3, 5)
layer("GroupNorm(1, 3)", lambda: nn.GroupNorm(1, 3), 2, 3, 4, 4)
layer("GroupNorm(5, 5, eps = 0.01)", lambda: nn.GroupNorm(5, 5, eps=0.01), 1, 5, 7, 3)
layer("InstanceNorm2d(3)", lambda: nn.InstanceNorm2d(3), 2, 3, 5, 7)
layer("BatchNorm1d(5)", lambda: nn.BatchNorm1d(5), 7, 5)
layer("BatchNorm1d(5, eps = 0.1)", lambda: nn.BatchNorm1d(5, eps=0.1), 3, 5, 7)
layer("BatchNorm2d(3)", lambda: nn.BatchNorm2d(3), 2, 3, 5, 4)
layer("Dropout(0.3)", lambda: nn.Dropout(0.3), 3, 5)
for options, given in [
    ("3", dict(kernel_size=3)),
    ("3, stride = 2", dict(kernel_size=3, stride=2)),
    ("3, padding = 1", dict(kernel_size=3, padding=1)),
    ("3, dilation = 2, padding = 2", dict(kernel_size=3, dilation=2, padding=2)),
    ("1", dict(kernel_size=1)),
    ("2, stride = 3, padding = 1, dilation = 2", dict(kernel_size=2, stride=3, padding=1, dilation=2)),
    ("3, groups = 2, padding = 1", dict(kernel_size=3, groups=2, padding=1)),
    ("3, with_bias = false", dict(kernel_size=3, bias=False)),
]:
    layer(f"Conv1d(4, 6, {options})", lambda g=given: nn.Conv1d(4, 6, **g), 2, 4, 17)
    layer(f"Conv2d(4, 6, {options})", lambda g=given: nn.Conv2d(4, 6, **g), 2, 4, 7, 9)
layer("Conv2d(3, 5, 5, padding = 2)", lambda: nn.Conv2d(3, 5, 5, padding=2), 1, 3, 17, 16)
layer("Conv2d(1, 1, 1)", lambda: nn.Conv2d(1, 1, 1), 1, 1, 1, 1)
layer("Conv3d(2, 3, 3, padding = 1)", lambda: nn.Conv3d(2, 3, 3, padding=1), 1, 2, 4, 5, 3)
layer("Conv3d(2, 4, 2, stride = 2, groups = 2)", lambda: nn.Conv3d(2, 4, 2, stride=2, groups=2), 2, 2, 4, 5, 6)
for options, given in [
    ("3", dict(kernel_size=3)),
    ("3, stride = 2", dict(kernel_size=3, stride=2)),
    ("3, stride = 2, padding = 1, output_padding = 1", dict(kernel_size=3, stride=2, padding=1, output_padding=1)),
    ("2, stride = 2, with_bias = false", dict(kernel_size=2, stride=2, bias=False)),
    ("3, groups = 2, dilation = 2", dict(kernel_size=3, groups=2, dilation=2)),
]:
    layer(f"ConvTranspose1d(4, 6, {options})", lambda g=given: nn.ConvTranspose1d(4, 6, **g), 2, 4, 5)
    layer(f"ConvTranspose2d(4, 6, {options})", lambda g=given: nn.ConvTranspose2d(4, 6, **g), 1, 4, 5, 3)
layer("DepthwiseConv2d(4, 3, padding = 1)", lambda: nn.Conv2d(4, 4, 3, padding=1, groups=4), 2, 4, 5, 7)
layer("DepthwiseConv2d(3, 5, stride = 2, dilation = 2, padding = 4)", lambda: nn.Conv2d(3, 3, 5, stride=2, dilation=2, padding=4, groups=3), 1, 3, 9, 8)
for name in ["MaxPool", "AvgPool"]:
    for options, given in [("2", dict(kernel_size=2)), ("3, stride = 2", dict(kernel_size=3, stride=2)), ("3, stride = 1, padding = 1", dict(kernel_size=3, stride=1, padding=1)), ("1", dict(kernel_size=1))]:
        layer(f"{name}1d({options})", lambda n=name, g=given: getattr(nn, f"{n}1d")(**g), 2, 3, 11, name=f"{name}1d")
        layer(f"{name}2d({options})", lambda n=name, g=given: getattr(nn, f"{n}2d")(**g), 2, 3, 7, 6, name=f"{name}2d")
for h, w in [(1, 1), (2, 3), (5, 5), (3, 1)]:
    layer(f"AdaptiveAvgPool2d({h}, {w})", lambda h=h, w=w: nn.AdaptiveAvgPool2d((h, w)), 2, 3, 7, 5)
