# Blocks of published networks for images, and a whole one of each kind, small: inference and training, with the states they move.
import models
from table import F, Table

table = Table()


def both(written, module, *shape, state=()):
    """The same in inference and, where there are statistics of a batch, in training."""
    name = written.split("(")[0]
    imports = [f'import {{ {name} }} from "std/vision"']
    table.layer(written, module, torch=lambda m, x: m(x), x=F(*shape), imports=imports)
    if state:
        table.layer(
            written, module, torch=lambda m, x: m(x), x=F(*shape), imports=imports, training=True, state=state
        )


statistics = ("bn1.running_mean", "bn2.running_var")
both("BasicBlock(4, 4)", lambda: models.BasicBlock(4, 4), 2, 4, 5, 7, state=statistics)
both("BasicBlock(4, 6, stride = 2)", lambda: models.BasicBlock(4, 6, 2), 3, 4, 7, 8, state=statistics)
both("Bottleneck(8, 2)", lambda: models.Bottleneck(8, 2), 2, 8, 5, 5, state=statistics)
both("Bottleneck(6, 3, stride = 2)", lambda: models.Bottleneck(6, 3, 2), 2, 6, 6, 5, state=statistics)
both("InvertedResidual(3, 3)", lambda: models.InvertedResidual(3, 3), 2, 3, 5, 6, state=("conv.0.1.running_mean",))
both(
    "InvertedResidual(4, 5, stride = 2, expand = 1)",
    lambda: models.InvertedResidual(4, 5, 2, 1), 2, 4, 7, 6, state=("conv.2.running_var",),
)
both("MBConv(4, 4, 3)", lambda: models.MBConv(4, 4, 3), 2, 4, 6, 5, state=("block.1.1.running_mean",))
both("MBConv(8, 5, 5, stride = 2)", lambda: models.MBConv(8, 5, 5, 2), 2, 8, 7, 9, state=("block.3.1.running_var",))
both(
    "MBConv(3, 6, 3, expand = 1)", lambda: models.MBConv(3, 6, 3, 1, 1), 2, 3, 5, 5, state=("block.2.1.running_var",)
)
both("ConvNeXtBlock(6)", lambda: models.ConvNeXtBlock(6), 2, 6, 9, 7)
both("VitBlock(12, 3)", lambda: models.VitBlock(12, 3), 2, 7, 12)
both("MixerBlock(8, 5)", lambda: models.MixerBlock(8, 5), 2, 5, 8)
both("DoubleConv(3, 4)", lambda: models.DoubleConv(3, 4), 2, 3, 6, 5, state=("double_conv.4.running_var",))
both(
    "UNet(In = 2, classes = 3, C = 2)",
    lambda: models.UNet(2, 3, 2), 1, 2, 16, 32, state=("up4.conv.double_conv.4.running_mean",),
)
both(
    "ViT(size = 8, patch = 4, D = 8, H = 2, L = 2, classes = 5)",
    lambda: models.ViT(8, 4, 8, 2, 2, 5), 2, 3, 8, 8,
)
both("Mixer(size = 8, patch = 4, D = 8, L = 2, classes = 5)", lambda: models.Mixer(8, 4, 8, 2, 5), 2, 3, 8, 8)
both(
    "ConvNeXt(classes = 5, C = 4, L1 = 1, L2 = 1, L3 = 2, L4 = 1)",
    lambda: models.ConvNeXt(5, 4, (1, 1, 2, 1)), 1, 3, 32, 64,
)
