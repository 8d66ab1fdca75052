# Published networks for images in PyTorch, with the parameter names of the code that people use: torchvision's, timm's, the authors' of
# ConvNeXt, milesial's U-Net. Run as a program it writes the names and shapes of their parameters and states to tests/fixtures/state-dicts.
import os

import torch
import torch.nn as nn
import torch.nn.functional as fn


def conv(cin, out, kernel, stride=1, groups=1):
    return nn.Conv2d(cin, out, kernel, stride, kernel // 2, groups=groups, bias=False)


class BasicBlock(nn.Module):
    widening = 1

    def __init__(self, cin, out, stride=1):
        super().__init__()
        self.conv1, self.bn1 = conv(cin, out, 3, stride), nn.BatchNorm2d(out)
        self.conv2, self.bn2 = conv(out, out, 3), nn.BatchNorm2d(out)
        self.downsample = None
        if stride != 1 or cin != out:
            self.downsample = nn.Sequential(conv(cin, out, 1, stride), nn.BatchNorm2d(out))

    def forward(self, x):
        y = self.bn2(self.conv2(fn.relu(self.bn1(self.conv1(x)))))
        return fn.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    widening = 4

    def __init__(self, cin, width, stride=1):
        super().__init__()
        out = 4 * width
        self.conv1, self.bn1 = conv(cin, width, 1), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = conv(width, width, 3, stride), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = conv(width, out, 1), nn.BatchNorm2d(out)
        self.downsample = None
        if stride != 1 or cin != out:
            self.downsample = nn.Sequential(conv(cin, out, 1, stride), nn.BatchNorm2d(out))

    def forward(self, x):
        y = fn.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(fn.relu(self.bn2(self.conv2(y)))))
        return fn.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    def __init__(self, block, depths, classes=1000):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        channels = 64
        for i, depth in enumerate(depths):
            width = 64 * 2**i
            blocks = []
            for j in range(depth):
                blocks.append(block(channels, width, 2 if i > 0 and j == 0 else 1))
                channels = width * block.widening
            setattr(self, f"layer{i + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        y = fn.max_pool2d(fn.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        y = self.layer4(self.layer3(self.layer2(self.layer1(y))))
        return self.fc(y.mean((2, 3)))


def normed(cin, out, kernel, stride=1, groups=1, act=nn.ReLU6):
    return nn.Sequential(conv(cin, out, kernel, stride, groups), nn.BatchNorm2d(out), act())


class InvertedResidual(nn.Module):
    def __init__(self, cin, out, stride=1, expand=6):
        super().__init__()
        wide = cin * expand
        first = [] if expand == 1 else [normed(cin, wide, 1)]
        self.conv = nn.Sequential(*first, normed(wide, wide, 3, stride, wide), conv(wide, out, 1), nn.BatchNorm2d(out))
        self.carries = stride == 1 and cin == out

    def forward(self, x):
        return x + self.conv(x) if self.carries else self.conv(x)


class MobileNetV2(nn.Module):
    def __init__(self, classes=1000):
        super().__init__()
        layers, channels = [normed(3, 32, 3, 2)], 32
        for expand, out, count, stride in [
            (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
        ]:
            for i in range(count):
                layers.append(InvertedResidual(channels, out, stride if i == 0 else 1, expand))
                channels = out
        self.features = nn.Sequential(*layers, normed(channels, 1280, 1))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, classes))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


class SqueezeExcite(nn.Module):
    def __init__(self, channels, squeezed):
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(channels, squeezed, 1), nn.Conv2d(squeezed, channels, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.fc2(fn.silu(self.fc1(x.mean((2, 3), keepdim=True)))))


class MBConv(nn.Module):
    """Without stochastic depth, which has no parameters and does nothing outside training."""

    def __init__(self, cin, out, kernel, stride=1, expand=6):
        super().__init__()
        wide = cin * expand
        first = [] if expand == 1 else [normed(cin, wide, 1, act=nn.SiLU)]
        last = nn.Sequential(conv(wide, out, 1), nn.BatchNorm2d(out))
        depthwise = normed(wide, wide, kernel, stride, wide, nn.SiLU)
        self.block = nn.Sequential(*first, depthwise, SqueezeExcite(wide, max(1, cin // 4)), last)
        self.carries = stride == 1 and cin == out

    def forward(self, x):
        return x + self.block(x) if self.carries else self.block(x)


class EfficientNet(nn.Module):
    def __init__(self, classes=1000):
        super().__init__()
        stages, channels = [normed(3, 32, 3, 2, act=nn.SiLU)], 32
        for expand, kernel, stride, out, count in [
            (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3),
            (6, 5, 1, 112, 3), (6, 5, 2, 192, 4), (6, 3, 1, 320, 1),
        ]:
            blocks = []
            for i in range(count):
                blocks.append(MBConv(channels, out, kernel, stride if i == 0 else 1, expand))
                channels = out
            stages.append(nn.Sequential(*blocks))
        self.features = nn.Sequential(*stages, normed(channels, 1280, 1, act=nn.SiLU))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, classes))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


class ChannelNorm(nn.Module):
    """Layer normalisation of the channels at each place."""

    def __init__(self, channels):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return fn.layer_norm(x.permute(0, 2, 3, 1), self.weight.shape, self.weight, self.bias, 1e-6).permute(0, 3, 1, 2)


class ConvNeXtBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.dwconv = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.pwconv1, self.pwconv2 = nn.Linear(channels, 4 * channels), nn.Linear(4 * channels, channels)
        self.gamma = nn.Parameter(1e-6 * torch.ones(channels))

    def forward(self, x):
        y = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        return x + (self.gamma * self.pwconv2(fn.gelu(self.pwconv1(y)))).permute(0, 3, 1, 2)


class ConvNeXt(nn.Module):
    def __init__(self, classes=1000, width=96, depths=(3, 3, 9, 3)):
        super().__init__()
        widths = [width * 2**i for i in range(4)]
        stem = nn.Sequential(nn.Conv2d(3, width, 4, 4), ChannelNorm(width))
        between = [nn.Sequential(ChannelNorm(a), nn.Conv2d(a, b, 2, 2)) for a, b in zip(widths, widths[1:])]
        self.downsample_layers = nn.ModuleList([stem, *between])
        self.stages = nn.ModuleList(
            nn.Sequential(*(ConvNeXtBlock(w) for _ in range(depth))) for w, depth in zip(widths, depths)
        )
        self.norm, self.head = nn.LayerNorm(widths[-1], eps=1e-6), nn.Linear(widths[-1], classes)

    def forward(self, x):
        for downsample, stage in zip(self.downsample_layers, self.stages):
            x = stage(downsample(x))
        return self.head(self.norm(x.mean((2, 3))))


class Perceptron(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x):
        return self.fc2(fn.gelu(self.fc1(x)))


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.qkv, self.proj, self.heads = nn.Linear(width, 3 * width), nn.Linear(width, width), heads

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = self.qkv(x).reshape(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        return self.proj(fn.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, t, d))


class VitBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(width, eps=1e-6), Attention(width, heads)
        self.norm2, self.mlp = nn.LayerNorm(width, eps=1e-6), Perceptron(width, 4 * width)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Patches(nn.Module):
    def __init__(self, width, patch):
        super().__init__()
        self.proj = nn.Conv2d(3, width, patch, patch)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class ViT(nn.Module):
    def __init__(self, size=224, patch=16, width=384, heads=6, depth=12, classes=1000):
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, (size // patch) ** 2 + 1, width))
        self.patch_embed = Patches(width, patch)
        self.blocks = nn.Sequential(*(VitBlock(width, heads) for _ in range(depth)))
        self.norm, self.head = nn.LayerNorm(width, eps=1e-6), nn.Linear(width, classes)

    def forward(self, x):
        tokens = torch.cat([self.cls_token.expand(len(x), -1, -1), self.patch_embed(x)], 1) + self.pos_embed
        return self.head(self.norm(self.blocks(tokens))[:, 0])


class MixerBlock(nn.Module):
    def __init__(self, width, tokens):
        super().__init__()
        self.norm1, self.mlp_tokens = nn.LayerNorm(width, eps=1e-6), Perceptron(tokens, width // 2)
        self.norm2, self.mlp_channels = nn.LayerNorm(width, eps=1e-6), Perceptron(width, 4 * width)

    def forward(self, x):
        x = x + self.mlp_tokens(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        return x + self.mlp_channels(self.norm2(x))


class Mixer(nn.Module):
    def __init__(self, size=224, patch=16, width=768, depth=12, classes=1000):
        super().__init__()
        self.stem = Patches(width, patch)
        self.blocks = nn.Sequential(*(MixerBlock(width, (size // patch) ** 2) for _ in range(depth)))
        self.norm, self.head = nn.LayerNorm(width, eps=1e-6), nn.Linear(width, classes)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.stem(x))).mean(1))


class DoubleConv(nn.Module):
    def __init__(self, cin, out):
        super().__init__()
        layers = [conv(cin, out, 3), nn.BatchNorm2d(out), nn.ReLU(), conv(out, out, 3), nn.BatchNorm2d(out), nn.ReLU()]
        self.double_conv = nn.Sequential(*layers)

    def forward(self, x):
        return self.double_conv(x)


class Down(nn.Module):
    def __init__(self, cin, out):
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), DoubleConv(cin, out))

    def forward(self, x):
        return self.maxpool_conv(x)


class Up(nn.Module):
    def __init__(self, cin, out):
        super().__init__()
        self.up, self.conv = nn.ConvTranspose2d(cin, cin // 2, 2, 2), DoubleConv(cin, out)

    def forward(self, x, skip):
        return self.conv(torch.cat([skip, self.up(x)], 1))


class OutConv(nn.Module):
    def __init__(self, cin, classes):
        super().__init__()
        self.conv = nn.Conv2d(cin, classes, 1)

    def forward(self, x):
        return self.conv(x)


class UNet(nn.Module):
    def __init__(self, cin=3, classes=2, c=64):
        super().__init__()
        self.inc = DoubleConv(cin, c)
        self.down1, self.down2, self.down3, self.down4 = (Down(c * 2**i, c * 2 ** (i + 1)) for i in range(4))
        self.up1, self.up2, self.up3, self.up4 = (Up(c * 2 ** (i + 1), c * 2**i) for i in reversed(range(4)))
        self.outc = OutConv(c, classes)

    def forward(self, x):
        x1 = self.inc(x)
        x2 = self.down1(x1)
        x3 = self.down2(x2)
        x4 = self.down3(x3)
        y = self.up1(self.down4(x4), x4)
        return self.outc(self.up4(self.up3(self.up2(y, x3), x2), x1))


# Names of the files, what they hold, and how many trained parameters were published.
published = {
    "resnet18": (lambda: ResNet(BasicBlock, (2, 2, 2, 2)), 11_689_512),
    "resnet34": (lambda: ResNet(BasicBlock, (3, 4, 6, 3)), 21_797_672),
    "resnet50": (lambda: ResNet(Bottleneck, (3, 4, 6, 3)), 25_557_032),
    "mobilenet_v2": (MobileNetV2, 3_504_872),
    "efficientnet_b0": (EfficientNet, 5_288_548),
    "convnext_tiny": (ConvNeXt, 28_589_128),
    "vit_small_patch16_224": (ViT, 22_050_664),
    "vit_base_patch16_224": (lambda: ViT(width=768, heads=12), 86_567_656),
    "mixer_b16_224": (Mixer, 59_880_472),
    "unet": (UNet, 31_037_698),
}


def main():
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures", "state-dicts")
    os.makedirs(folder, exist_ok=True)
    for name, (make, count) in published.items():
        model = make()
        trained = sum(p.numel() for p in model.parameters())
        assert trained == count, f"{name} has {trained} parameters, not {count}"
        kept = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
        with open(os.path.join(folder, f"{name}.txt"), "w") as file:
            file.writelines(f"{k} {' '.join(map(str, v.shape))}\n" for k, v in sorted(kept.items()))


if __name__ == "__main__":
    main()
