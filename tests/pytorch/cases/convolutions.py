# Convolutions and transposed convolutions: strides, paddings, dilations, groups, at sizes around windows and tiles.
from collections import OrderedDict

import torch.nn as nn
from table import F, Table

table = Table()


def convolution(name, module, shape, *args, **named):
    """The same layer in .dl and in PyTorch; named arguments are the same but for the bias."""
    written = ", ".join([*map(str, args), *(f"{k} = {str(v).lower()}" for k, v in named.items())])
    given = {("bias" if k == "with_bias" else k): v for k, v in named.items()}
    table.layer(
        f"{name}({written})", lambda: module(*args, **given), x=F(*shape), torch=lambda m, x: m(x), imports=[f'import {{ {name} }} from "std/nn"']
    )


def one(*shape_and_args, **named):
    shape, *args = shape_and_args
    convolution("Conv1d", nn.Conv1d, shape, *args, **named)


def two(*shape_and_args, **named):
    shape, *args = shape_and_args
    convolution("Conv2d", nn.Conv2d, shape, *args, **named)


for length in [1, 2, 7, 15, 16, 17, 31, 33]:
    one((2, 3, length), 3, 5, 3, padding=1)
one((1, 1, 1), 1, 1, 1)
one((2, 4, 13), 4, 6, 3, padding=2, dilation=2, groups=2)
one((2, 4, 13), 4, 4, 5, stride=3, padding=2, groups=4, with_bias=False)
one((3, 8, 40), 8, 8, 2, padding=8, dilation=8)
one((1, 3, 64), 3, 17, 4, stride=4)
one((2, 5, 11), 5, 7, 11)

for height, width in [(1, 1), (3, 5), (7, 7), (8, 16), (17, 9)]:
    two((2, 3, height, width), 3, 5, 3, padding=1)
two((2, 3, 9, 12), 3, 4, 3, stride=2, padding=1)
two((2, 3, 9, 12), 3, 4, 1, stride=2, with_bias=False)
two((1, 3, 23, 24), 3, 8, 7, stride=2, padding=3, with_bias=False)
two((2, 6, 7, 5), 6, 6, 3, padding=1, groups=6)
two((2, 6, 7, 5), 6, 12, 3, padding=1, groups=6)
two((2, 6, 8, 8), 6, 9, 3, padding=1, groups=3)
two((2, 4, 11, 13), 4, 4, 3, padding=3, dilation=3)
two((2, 3, 16, 16), 3, 10, 4, stride=4)
two((1, 4, 12, 10), 4, 4, 7, padding=3, groups=4)
two((2, 16, 6, 6), 16, 33, 1)

convolution("Conv3d", nn.Conv3d, (2, 2, 4, 5, 3), 2, 3, 3, padding=1)
convolution("Conv3d", nn.Conv3d, (1, 4, 5, 7, 6), 4, 4, 3, stride=2, padding=1, groups=2)
convolution("Conv3d", nn.Conv3d, (1, 2, 1, 1, 1), 2, 3, 1)

convolution("ConvTranspose1d", nn.ConvTranspose1d, (2, 3, 1), 3, 4, 3)
convolution("ConvTranspose1d", nn.ConvTranspose1d, (2, 3, 9), 3, 4, 4, stride=2, padding=1)
convolution("ConvTranspose1d", nn.ConvTranspose1d, (2, 4, 7), 4, 6, 3, stride=3, padding=1, output_padding=2, groups=2)
convolution("ConvTranspose2d", nn.ConvTranspose2d, (2, 4, 5, 3), 4, 2, 2, stride=2)
convolution("ConvTranspose2d", nn.ConvTranspose2d, (2, 4, 5, 3), 4, 6, 3, stride=2, padding=1, output_padding=1)
convolution("ConvTranspose2d", nn.ConvTranspose2d, (1, 4, 4, 6), 4, 4, 3, padding=1, dilation=2, groups=2, with_bias=False)

table.layer(
    "DepthwiseConv2d(5, 3, stride = 2, padding = 1)",
    lambda: nn.Conv2d(5, 5, 3, stride=2, padding=1, groups=5),
    x=F(2, 5, 9, 8),
    torch=lambda m, x: m(x),
    imports=['import { DepthwiseConv2d } from "std/nn"'],
)


def separable():
    return nn.Sequential(
        OrderedDict(
            depthwise=nn.Conv2d(4, 4, 3, stride=2, padding=1, groups=4), pointwise=nn.Conv2d(4, 7, 1)
        )
    )


table.layer(
    "SeparableConv2d(4, 7, 3, stride = 2, padding = 1)",
    separable,
    x=F(2, 4, 7, 10),
    torch=lambda m, x: m(x),
    imports=['import { SeparableConv2d } from "std/nn"'],
)

# Kernels, strides, paddings and dilations that differ between the axes.
two((2, 3, 9, 7), 3, 4, (3, 1), padding=(1, 0))
two((2, 3, 9, 7), 3, 4, (1, 5), stride=(2, 3), padding=(0, 2), with_bias=False)
two((2, 4, 11, 13), 4, 6, (3, 2), stride=(1, 2), padding=(2, 1), dilation=(2, 3), groups=2)
convolution("Conv3d", nn.Conv3d, (1, 2, 4, 5, 6), 2, 3, (1, 3, 2), stride=(1, 2, 1), padding=(0, 1, 1))
convolution("ConvTranspose2d", nn.ConvTranspose2d, (2, 4, 5, 3), 4, 6, (2, 3), stride=(2, 1), padding=(0, 1), output_padding=(1, 0), groups=2)
