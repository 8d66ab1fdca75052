# Batch normalisation while training: values, gradients and the running statistics it leaves.
from torch import nn
from table import F, Table

table = Table()
states = ["running_mean", "running_var"]


def norm(text, module, *shape):
    name = text.split("(")[0]
    table.layer(text, module, x=F(*shape), training=True, state=states, imports=[f'import {{ {name} }} from "std/nn"'])


for n in [2, 17]:
    norm("BatchNorm1d(5)", lambda: nn.BatchNorm1d(5), n, 5)
norm("BatchNorm1d(3)", lambda: nn.BatchNorm1d(3), 4, 3, 7)
norm("BatchNorm1d(3, eps = 0.1, momentum = 0.3)", lambda: nn.BatchNorm1d(3, eps=0.1, momentum=0.3), 4, 3)
norm("BatchNorm2d(3)", lambda: nn.BatchNorm2d(3), 2, 3, 5, 4)
norm("BatchNorm2d(1, momentum = 0.5)", lambda: nn.BatchNorm2d(1, momentum=0.5), 1, 1, 3, 3)
norm("BatchNorm2d(4)", lambda: nn.BatchNorm2d(4), 3, 4, 16, 17)
