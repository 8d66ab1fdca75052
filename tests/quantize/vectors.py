"""Codes, scales and numbers that bitsandbytes' published algorithm gives: run with PyTorch, writes vectors.json beside this file.

After `quantize_4bit` and `quantize_blockwise` of bitsandbytes (Dettmers et al. 2023), in its portable form: scale each block by its
largest magnitude, take the nearest entry of a table, pack two codes a byte with the first in the upper half. With double
quantization the scales lose their mean and are coded in 8 bits of the dynamic map in blocks of 256. Two things that depend on the
machine are computed in float64 and rounded once: the dynamic map, and the mean of the scales.
"""

import base64
import json
import pathlib

import numpy as np
import torch

NF4 = [
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453,
    -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0,
    0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
]
FP4 = [0.0, 0.0625, 8.0, 12.0, 4.0, 6.0, 2.0, 3.0, -0.0, -0.0625, -8.0, -12.0, -4.0, -6.0, -2.0, -3.0]


def table(name):
    values = torch.tensor(NF4 if name == "nf4" else FP4)
    return values / values.abs().max()


def dynamic_map():
    data = []
    for i in range(7):
        boundaries = np.linspace(0.1, 1, 2**i + 1)
        means = (boundaries[:-1] + boundaries[1:]) / 2.0
        data += ((10 ** (-6 + i)) * means).tolist()
        data += (-(10 ** (-6 + i)) * means).tolist()
    data += [0.0, 1.0]
    data.sort()
    return torch.tensor(data, dtype=torch.float64).float()


def blockwise(x, code, block):
    n = x.numel()
    blocks = -(-n // block)
    absmax = torch.zeros(blocks)
    scaled = torch.zeros(n)
    for b in range(blocks):
        part = x[b * block : (b + 1) * block]
        absmax[b] = part.abs().max()
        scaled[b * block : (b + 1) * block] = torch.clamp(part * (1 / absmax[b]), -1, 1)
    codes = torch.argmin((scaled.view(-1, 1) - code).abs(), dim=-1).to(torch.uint8)
    return codes, absmax


def spread(scales, block, n):
    return scales.repeat_interleave(block)[:n]


def case(name, n, block, double, seed, outliers):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, generator=generator) * 0.02
    if outliers:
        x[:: 37] *= 25
    code = table(name)
    codes, absmax = blockwise(x, code, block)
    result = {"format": name, "block": block, "double": double, "x": text(x)}
    scales = absmax
    if double:
        offset = torch.tensor(float(absmax.double().mean()), dtype=torch.float32)
        nested_code = dynamic_map()
        nested, nested_absmax = blockwise(absmax - offset, nested_code, 256)
        scales = nested_code[nested.long()] * spread(nested_absmax, 256, absmax.numel()) + offset
        result |= {"scaleCodes": text(nested), "groups": text(nested_absmax), "mean": float(offset)}
    else:
        result["scales"] = text(absmax)
    padded = torch.cat([codes, torch.zeros(n % 2, dtype=torch.uint8)])
    result["codes"] = text((padded[::2] << 4) | padded[1::2])
    result["numbers"] = text(code[codes.long()] * spread(scales, block, n))
    return result


def text(x):
    return base64.b64encode(x.numpy().tobytes()).decode()


if __name__ == "__main__":
    cases = [
        case(name, n, block, double, seed, outliers)
        for seed, (name, n, block, double, outliers) in enumerate(
            [
                ("nf4", 1, 64, False, False),
                ("nf4", 63, 64, False, False),
                ("nf4", 65, 64, False, True),
                ("nf4", 1024, 64, False, False),
                ("nf4", 65, 64, True, False),
                ("nf4", 4115, 16, True, True),
                ("fp4", 1000, 64, False, False),
                ("fp4", 1025, 128, True, True),
            ]
        )
    ]
    here = pathlib.Path(__file__).parent
    here.joinpath("vectors.json").write_text(
        json.dumps({"dynamicMap": text(dynamic_map()), "cases": cases}, indent=1) + "\n"
    )
