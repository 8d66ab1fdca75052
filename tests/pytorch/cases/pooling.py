# Pools, up-sampling, pixel shuffles and paddings, in one, two and three dimensions, at sizes that windows and shares do not divide.
import torch.nn as nn
import torch.nn.functional as fn
from table import F, Table

table = Table()


def layer(written, module, *shape):
    name = written.split("(")[0]
    table.layer(written, module, torch=lambda m, x: m(x), x=F(*shape), imports=[f'import {{ {name} }} from "std/nn"'])


def function(body, run, *shape):
    name = body.split("(")[0]
    table.add(body, run, x=F(*shape), imports=[f'import {{ {name} }} from "std/nn"'])


for length in [2, 7, 16, 17, 31]:
    layer("MaxPool1d(2)", lambda: nn.MaxPool1d(2), 2, 3, length)
    layer("AvgPool1d(2)", lambda: nn.AvgPool1d(2), 2, 3, length)
layer("MaxPool1d(3, stride = 2, padding = 1)", lambda: nn.MaxPool1d(3, 2, 1), 2, 3, 11)
layer("AvgPool1d(3, stride = 2, padding = 1)", lambda: nn.AvgPool1d(3, 2, 1), 2, 3, 11)
layer(
    "AvgPool1d(5, stride = 1, padding = 2, count_include_pad = false)",
    lambda: nn.AvgPool1d(5, 1, 2, count_include_pad=False), 2, 3, 11,
)
layer("MaxPool2d(2)", lambda: nn.MaxPool2d(2), 2, 3, 7, 8)
layer("MaxPool2d(3, stride = 2, padding = 1)", lambda: nn.MaxPool2d(3, 2, 1), 2, 3, 9, 8)
layer("MaxPool2d(3, stride = 1, padding = 1)", lambda: nn.MaxPool2d(3, 1, 1), 2, 3, 1, 1)
layer("AvgPool2d(2)", lambda: nn.AvgPool2d(2), 2, 3, 7, 8)
layer("AvgPool2d(3, stride = 2, padding = 1)", lambda: nn.AvgPool2d(3, 2, 1), 2, 3, 9, 8)
layer(
    "AvgPool2d(3, stride = 1, padding = 1, count_include_pad = false)",
    lambda: nn.AvgPool2d(3, 1, 1, count_include_pad=False), 2, 3, 5, 17,
)
layer("MaxPool3d(2)", lambda: nn.MaxPool3d(2), 2, 2, 4, 5, 7)
layer("MaxPool3d(3, stride = 2, padding = 1)", lambda: nn.MaxPool3d(3, 2, 1), 1, 2, 5, 4, 6)
layer("AvgPool3d(2)", lambda: nn.AvgPool3d(2), 2, 2, 4, 5, 7)
layer(
    "AvgPool3d(3, stride = 2, padding = 1, count_include_pad = false)",
    lambda: nn.AvgPool3d(3, 2, 1, count_include_pad=False), 1, 2, 5, 4, 6,
)
layer("LpPool2d(2, 2)", lambda: nn.LPPool2d(2, 2), 2, 3, 6, 7)
# PyTorch takes no absolute values, so that odd powers ask for positive elements.
table.layer(
    "LpPool2d(3, 3, stride = 2)",
    lambda: nn.LPPool2d(3.0, 3, 2),
    torch=lambda m, x: m(x),
    x=F(2, 3, 7, 9, low=0.1),
    imports=['import { LpPool2d } from "std/nn"'],
)
layer("AdaptiveAvgPool1d(3)", lambda: nn.AdaptiveAvgPool1d(3), 2, 3, 10)
layer("AdaptiveAvgPool1d(5)", lambda: nn.AdaptiveAvgPool1d(5), 2, 3, 2)
layer("AdaptiveAvgPool2d(1)", lambda: nn.AdaptiveAvgPool2d(1), 2, 3, 7, 5)
layer("AdaptiveAvgPool2d(3, 2)", lambda: nn.AdaptiveAvgPool2d((3, 2)), 2, 3, 7, 5)
layer("AdaptiveMaxPool1d(3)", lambda: nn.AdaptiveMaxPool1d(3), 2, 3, 10)
layer("AdaptiveMaxPool2d(1)", lambda: nn.AdaptiveMaxPool2d(1), 2, 3, 7, 5)
layer("AdaptiveMaxPool2d(3, 2)", lambda: nn.AdaptiveMaxPool2d((3, 2)), 2, 3, 7, 5)

function("upsample_nearest1d(x, 3)", lambda x: fn.interpolate(x, scale_factor=3), 2, 3, 7)
function("upsample_nearest(x, 2)", lambda x: fn.interpolate(x, scale_factor=2), 2, 3, 5, 4)
function("upsample_nearest3d(x, 2)", lambda x: fn.interpolate(x, scale_factor=2), 1, 2, 3, 2, 4)
for length, scale in [(1, 2), (2, 3), (7, 4), (16, 2), (17, 2)]:
    function(
        f"upsample_linear(x, {scale})",
        lambda x, s=scale: fn.interpolate(x, scale_factor=s, mode="linear"), 2, 3, length,
    )
    function(
        f"upsample_linear(x, {scale}, align_corners = true)",
        lambda x, s=scale: fn.interpolate(x, scale_factor=s, mode="linear", align_corners=True), 2, 3, length,
    )
for height, width, scale in [(1, 1, 2), (4, 7, 2), (5, 3, 3), (8, 9, 4)]:
    function(
        f"upsample_bilinear(x, {scale})",
        lambda x, s=scale: fn.interpolate(x, scale_factor=s, mode="bilinear"), 2, 3, height, width,
    )
    function(
        f"upsample_bilinear(x, {scale}, align_corners = true)",
        lambda x, s=scale: fn.interpolate(x, scale_factor=s, mode="bilinear", align_corners=True), 2, 3, height, width,
    )
    function(
        f"upsample_bicubic(x, {scale})",
        lambda x, s=scale: fn.interpolate(x, scale_factor=s, mode="bicubic"), 2, 3, height, width,
    )
function("resize_bilinear(x, 5, 9)", lambda x: fn.interpolate(x, size=(5, 9), mode="bilinear"), 2, 3, 8, 7)
function("resize_bilinear(x, 13, 1)", lambda x: fn.interpolate(x, size=(13, 1), mode="bilinear"), 2, 3, 8, 7)
function(
    "resize_bilinear(x, 5, 1, align_corners = true)",
    lambda x: fn.interpolate(x, size=(5, 1), mode="bilinear", align_corners=True), 2, 3, 8, 7,
)
layer("Upsample()", lambda: nn.Upsample(scale_factor=2), 2, 3, 5, 4)
layer("Upsample(3, bilinear = true)", lambda: nn.Upsample(scale_factor=3, mode="bilinear"), 2, 3, 5, 4)
function("pixel_shuffle(x, 2)", lambda x: fn.pixel_shuffle(x, 2), 2, 12, 3, 5)
function("pixel_unshuffle(x, 3)", lambda x: fn.pixel_unshuffle(x, 3), 2, 2, 6, 9)

for kind in ["Reflection", "Replication", "Circular"]:
    make, wide = getattr(nn, f"{kind}Pad1d"), getattr(nn, f"{kind}Pad2d")
    for length, padding in [(5, 0), (5, 2), (17, 4)]:
        layer(f"{kind}Pad1d({padding})", lambda m=make, p=padding: m(p), 2, 3, length)
    layer(f"{kind}Pad2d(2)", lambda m=wide: m(2), 2, 3, 4, 7)
layer("ZeroPad2d(2)", lambda: nn.ZeroPad2d(2), 2, 3, 4, 1)
function("reflect_pad(x, 1, 3)", lambda x: fn.pad(x, (1, 3), mode="reflect"), 2, 3, 7)
function("replicate_pad(x, 0, 3)", lambda x: fn.pad(x, (0, 3), mode="replicate"), 2, 3, 1)
function("circular_pad(x, 3, 1)", lambda x: fn.pad(x, (3, 1), mode="circular"), 2, 3, 7)

# Windows that differ between the axes.
layer("MaxPool2d((2, 1))", lambda: nn.MaxPool2d((2, 1)), 2, 3, 7, 5)
layer("MaxPool2d((3, 2), stride = (2, 1), padding = (1, 0))", lambda: nn.MaxPool2d((3, 2), (2, 1), (1, 0)), 2, 3, 9, 8)
layer("AvgPool2d((1, 3), stride = 1, padding = (0, 1))", lambda: nn.AvgPool2d((1, 3), 1, (0, 1)), 2, 3, 4, 7)
layer(
    "AvgPool2d((2, 3), padding = (1, 1), count_include_pad = false)",
    lambda: nn.AvgPool2d((2, 3), padding=(1, 1), count_include_pad=False), 2, 3, 6, 7,
)
layer("MaxPool3d((1, 2, 3))", lambda: nn.MaxPool3d((1, 2, 3)), 1, 2, 3, 5, 7)
layer("AvgPool3d((2, 1, 2))", lambda: nn.AvgPool3d((2, 1, 2)), 1, 2, 4, 3, 5)
layer("AdaptiveAvgPool2d((3, 2))", lambda: nn.AdaptiveAvgPool2d((3, 2)), 2, 3, 7, 5)
layer("AdaptiveMaxPool2d((2, 3))", lambda: nn.AdaptiveMaxPool2d((2, 3)), 2, 3, 7, 5)
