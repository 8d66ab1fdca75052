# Networks that the library does not hold, written as a reader of the language page would, beside the same in PyTorch.
import math
import re
from collections import OrderedDict

import torch
import torch.nn as nn
import torch.nn.functional as fn
from table import F, I, M, Table

table = Table()


def network(text, call, module, training=False, state=(), run=None, **inputs):
    """A layer `Net…` declared by its text, which may import from `std/nn`; its parameters have the names of PyTorch's."""
    lines = text.strip().split("\n")
    names = [n for line in lines if line.startswith("import") for n in re.findall(r"\w+", line.split("{")[1].split("}")[0])]
    declared = "\n".join(line for line in lines if not line.startswith("import"))
    name = re.findall(r"layer (Net\w+)", declared)[0]
    table.layer(
        f"{name}({call})",
        module,
        f"inner({', '.join(inputs)})",
        torch=run or (lambda m, **given: m(*given.values())),
        imports=[*(f'import {{ {n} }} from "std/nn"' for n in names), declared],
        training=training,
        state=state,
        **inputs,
    )


# ---------------------------------------------------------------- spatial gating (gMLP)
class Gmlp(nn.Module):
    def __init__(self, d, f, t):
        super().__init__()
        self.norm, self.up, self.down = nn.LayerNorm(d), nn.Linear(d, 2 * f), nn.Linear(f, d)
        self.gate_norm, self.mix = nn.LayerNorm(f), nn.Conv1d(t, t, 1)

    def forward(self, x):
        u, v = fn.gelu(self.up(self.norm(x))).chunk(2, -1)
        return x + self.down(u * self.mix(self.gate_norm(v)))


network(
    """
import { Conv1d, LayerNorm, Linear } from "std/nn"
layer NetGmlp(D, F, T) {
  norm = LayerNorm(D)
  up = Linear(D, 2 * F)
  down = Linear(F, D)
  gate_norm = LayerNorm(F)
  mix = Conv1d(T, T, 1)
  fn forward(x: [B, T, D]) -> [B, T, D] {
    let (u, v) = split(x |> norm |> up |> gelu, 2, axis = -1)
    x + down(u * mix(gate_norm(v)))
  }
}
""",
    "6, 10, 7", lambda: Gmlp(6, 10, 7), x=F(2, 7, 6),
)


# ---------------------------------------------------------------- gated dilated convolutions (WaveNet)
class Wave(nn.Module):
    def __init__(self, c, layers):
        super().__init__()
        self.filters = nn.ModuleList(nn.Conv1d(c, c, 2, dilation=2**i) for i in range(layers))
        self.gates = nn.ModuleList(nn.Conv1d(c, c, 2, dilation=2**i) for i in range(layers))
        self.residuals = nn.ModuleList(nn.Conv1d(c, c, 1) for _ in range(layers))
        self.skips = nn.ModuleList(nn.Conv1d(c, 2 * c, 1) for _ in range(layers))
        self.out = nn.Conv1d(2 * c, 5, 1)

    def forward(self, x):
        total = 0
        for i, (f, g, r, s) in enumerate(zip(self.filters, self.gates, self.residuals, self.skips)):
            late = fn.pad(x, (2**i, 0))
            y = torch.tanh(f(late)) * torch.sigmoid(g(late))
            total = total + s(y)
            x = x + r(y)
        return self.out(fn.relu(total))


network(
    """
import { Conv1d } from "std/nn"
layer NetWave(C, L) where L >= 1 {
  filters = [Conv1d(C, C, 2, dilation = 2 ** i) for i in 0..L]
  gates = [Conv1d(C, C, 2, dilation = 2 ** i) for i in 0..L]
  residuals = [Conv1d(C, C, 1) for i in 0..L]
  skips = [Conv1d(C, 2 * C, 1) for i in 0..L]
  out = Conv1d(2 * C, 5, 1)
  fn forward(x: [B, C, T]) -> [B, 5, T] {
    var h = x
    var total = zeros([B, 2 * C, T])
    for i in 0..L {
      let late = pad(h, axis = -1, before = 2 ** i)
      let y = tanh(filters[i](late)) * sigmoid(gates[i](late))
      total = total + skips[i](y)
      h = h + residuals[i](y)
    }
    out(relu(total))
  }
}
""",
    "3, 4", lambda: Wave(3, 4), x=F(2, 3, 19),
)


# ---------------------------------------------------------------- a U-Net for denoising, with the time in each block
class TimeBlock(nn.Module):
    def __init__(self, cin, out, d):
        super().__init__()
        self.norm, self.conv = nn.GroupNorm(2, cin), nn.Conv2d(cin, out, 3, padding=1)
        self.time, self.skip = nn.Linear(d, out), nn.Conv2d(cin, out, 1)

    def forward(self, x, t):
        return self.conv(fn.silu(self.norm(x))) + self.time(t)[:, :, None, None] + self.skip(x)


class Denoiser(nn.Module):
    def __init__(self, c, d):
        super().__init__()
        self.stem, self.head = nn.Conv2d(1, c, 3, padding=1), nn.Conv2d(c, 1, 3, padding=1)
        self.down1, self.down2 = TimeBlock(c, 2 * c, d), TimeBlock(2 * c, 2 * c, d)
        self.pool, self.up = nn.Conv2d(2 * c, 2 * c, 4, 2, 1), nn.ConvTranspose2d(2 * c, 2 * c, 4, 2, 1)
        self.up1 = TimeBlock(4 * c, c, d)
        self.d = d

    def forward(self, x, t):
        half = self.d // 2
        angles = t[:, None] * torch.exp(-math.log(1000.0) * torch.arange(half) / half)
        e = torch.cat([torch.sin(angles), torch.cos(angles)], -1)
        a = self.down1(self.stem(x), e)
        b = self.down2(self.pool(a), e)
        return self.head(self.up1(torch.cat([a, self.up(b)], 1), e))


network(
    """
import { Conv2d, ConvTranspose2d, GroupNorm, Linear } from "std/nn"
fn time_table(t: [B], D: dim) -> [B, D] where D % 2 == 0 {
  let rates = exp(-log(1000) * cast(iota(D / 2), f32) / (D / 2))
  let angles = reshape(t, [B, 1]) * reshape(rates, [1, D / 2])
  concat(sin(angles), cos(angles), axis = -1)
}
layer TimeBlock(In, Out, D) where In % 2 == 0 {
  norm = GroupNorm(2, In)
  conv = Conv2d(In, Out, 3, padding = 1)
  time = Linear(D, Out)
  skip = Conv2d(In, Out, 1)
  fn forward(x: [B, In, Y, X], t: [B, D]) -> [B, Out, Y, X] =
    conv(silu(norm(x))) + rearrange(time(t), [b c -> b c 1 1]) + skip(x)
}
layer NetDenoiser(C, D) where D % 2 == 0, C % 2 == 0 {
  stem = Conv2d(1, C, 3, padding = 1)
  down1 = TimeBlock(C, 2 * C, D)
  pool = Conv2d(2 * C, 2 * C, 4, stride = 2, padding = 1)
  down2 = TimeBlock(2 * C, 2 * C, D)
  up = ConvTranspose2d(2 * C, 2 * C, 4, stride = 2, padding = 1)
  up1 = TimeBlock(4 * C, C, D)
  head = Conv2d(C, 1, 3, padding = 1)
  fn forward(x: [B, 1, 2 * Y, 2 * X], t: [B]) -> [B, 1, 2 * Y, 2 * X] {
    let e = time_table(t, D)
    let a = down1(stem(x), e)
    let b = down2(pool(a), e)
    head(up1(concat(a, up(b), axis = 1), e))
  }
}
""",
    "4, 6", lambda: Denoiser(4, 6), x=F(2, 1, 6, 10), t=F(2),
)


# ---------------------------------------------------------------- latents that read a masked array (Perceiver)
class Latents(nn.Module):
    def __init__(self, n, d, c, h):
        super().__init__()
        self.latents, self.h = nn.Parameter(torch.zeros(n, d)), h
        self.q, self.k, self.v = nn.Linear(d, d), nn.Linear(c, d), nn.Linear(c, d)
        self.norm, self.out = nn.LayerNorm(c), nn.Linear(d, d)

    def forward(self, x, seen):
        b, n, (m, d) = len(x), x.shape[1], self.latents.shape
        y = self.norm(x)
        q = self.q(self.latents).expand(b, m, d).reshape(b, m, self.h, -1).transpose(1, 2)
        k = self.k(y).reshape(b, n, self.h, -1).transpose(1, 2)
        v = self.v(y).reshape(b, n, self.h, -1).transpose(1, 2)
        scores = (q @ k.transpose(-1, -2)) / math.sqrt(d // self.h)
        weights = torch.softmax(scores.masked_fill(~seen[:, None, None, :], -1e9), -1)
        mixed = (weights @ v).transpose(1, 2).reshape(b, m, d)
        return self.latents + self.out(mixed)


network(
    """
import { LayerNorm, Linear } from "std/nn"
layer NetLatents(N, D, C, H) where D % H == 0 {
  param latents: [N, D] = normal(std = 0.02)
  q = Linear(D, D)
  k = Linear(C, D)
  v = Linear(C, D)
  norm = LayerNorm(C)
  out = Linear(D, D)
  fn forward(x: [B, S, C], seen: bool[B, S]) -> [B, N, D] {
    let y = norm(x)
    let queries = repeat(q(latents), [n (H c) -> b H n c], b = B)
    let keys = rearrange(k(y), [b s (H c) -> b H s c])
    let values = rearrange(v(y), [b s (H c) -> b H s c])
    let mixed = attention(queries, keys, values, mask = rearrange(seen, [b s -> b 1 1 s]))
    latents + out(rearrange(mixed, [b H n c -> b n (H c)]))
  }
}
""",
    "4, 6, 5, 2", lambda: Latents(4, 6, 5, 2), x=F(3, 9, 5), seen=M(3, 9),
)


# ---------------------------------------------------------------- contrast of two views (SimCLR), and of pictures and words (CLIP)
def nt_xent(m, a, b):
    z = fn.normalize(torch.cat([m(a), m(b)]), dim=-1)
    n = len(a)
    scores = z @ z.T / 0.5
    scores = scores.masked_fill(torch.eye(2 * n, dtype=torch.bool), -1e9)
    return fn.cross_entropy(scores, (torch.arange(2 * n) + n) % (2 * n))


network(
    """
import { Linear } from "std/nn"
layer NetViews(D, E) {
  fc1 = Linear(D, D)
  fc2 = Linear(D, E)
  fn project(x: [B, D]) -> [B, E] = x |> fc1 |> relu |> fc2
  fn forward(a: [B, D], b: [B, D]) -> [] {
    let z = normalize(concat(project(a), project(b), axis = 0))
    let place = iota(2 * B)
    let own = reshape(place, [2 * B, 1]) == reshape(place, [1, 2 * B])
    let scores = select(own, -1e9, z @ z.T / 0.5)
    cross_entropy(scores, (place + B) % (2 * B))
  }
}
""",
    "6, 4",
    lambda: nn.Sequential(OrderedDict(fc1=nn.Linear(6, 6), r=nn.ReLU(), fc2=nn.Linear(6, 4))),
    run=nt_xent, a=F(5, 6), b=F(5, 6),
)


class Clip(nn.Module):
    def __init__(self, a, b, e):
        super().__init__()
        self.image, self.text = nn.Linear(a, e, bias=False), nn.Linear(b, e, bias=False)
        self.logit_scale = nn.Parameter(torch.tensor(0.0))

    def forward(self, x, y):
        logits = self.logit_scale.exp() * fn.normalize(self.image(x), dim=-1) @ fn.normalize(self.text(y), dim=-1).T
        labels = torch.arange(len(x))
        return (fn.cross_entropy(logits, labels) + fn.cross_entropy(logits.T, labels)) / 2


network(
    """
import { Linear } from "std/nn"
layer NetClip(A, C, E) {
  image = Linear(A, E, with_bias = false)
  text = Linear(C, E, with_bias = false)
  param logit_scale: [] = constant(2.65926)
  fn forward(x: [B, A], y: [B, C]) -> [] {
    let logits = exp(logit_scale) * normalize(image(x)) @ normalize(text(y)).T
    let labels = iota(B)
    (cross_entropy(logits, labels) + cross_entropy(logits.T, labels)) / 2
  }
}
""",
    "5, 7, 4", lambda: Clip(5, 7, 4), x=F(6, 5), y=F(6, 7),
)


# ---------------------------------------------------------------- a mixture of experts, two for each token
class Experts(nn.Module):
    def __init__(self, d, n):
        super().__init__()
        self.router = nn.Linear(d, n, bias=False)
        self.up = nn.Parameter(torch.zeros(n, d, 2 * d))
        self.down = nn.Parameter(torch.zeros(n, 2 * d, d))

    def forward(self, x):
        values, chosen = self.router(x).topk(2, -1)
        gates = torch.softmax(values, -1)
        weights = torch.zeros(*x.shape[:2], len(self.up)).scatter(-1, chosen, gates)
        h = fn.silu(torch.einsum("btd,ndf->btnf", x, self.up))
        y = torch.einsum("btnf,nfd->btnd", h, self.down)
        share = weights.gt(0).double().mean((0, 1))
        balance = (share * torch.softmax(self.router(x), -1).mean((0, 1))).sum() * len(self.up)
        return torch.einsum("btnd,btn->btd", y, weights), balance


network(
    """
import { Linear } from "std/nn"
layer NetExperts(D, N) where N >= 2 {
  router = Linear(D, N, with_bias = false)
  param up: [N, D, 2 * D] = xavier_uniform
  param down: [N, 2 * D, D] = xavier_uniform
  fn forward(x: [B, T, D]) -> (out0: [B, T, D], out1: []) {
    let logits = router(x)
    let (values, chosen) = top_k(logits, 2)
    let gates = softmax(values, axis = -1)
    let weights = sum(one_hot(chosen, N) * rearrange(gates, [b t k -> b t k 1]), axis = 2)
    let h = silu(einsum(x, up, [b t d, n d f -> b t n f]))
    let y = einsum(h, down, [b t n f, n f d -> b t n d])
    let part = mean(cast(weights > 0, f32), [b t n -> n])
    let balance = N * sum(part * mean(softmax(logits, axis = -1), [b t n -> n]))
    (einsum(y, weights, [b t n d, b t n -> b t d]), balance)
  }
}
""",
    "4, 5", lambda: Experts(4, 5), x=F(2, 6, 4),
)


# ---------------------------------------------------------------- batch statistics in the middle of a classifier
class Normed(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)
        self.conv2, self.bn2 = nn.Conv2d(4, 6, 3, 2, 1, groups=2), nn.BatchNorm2d(6, momentum=0.3)
        self.fc, self.bn3 = nn.Linear(6, 5), nn.BatchNorm1d(5)

    def forward(self, x, y):
        h = fn.leaky_relu(self.bn1(self.conv1(x)), 0.1)
        h = fn.elu(self.bn2(self.conv2(h)))
        return fn.cross_entropy(self.bn3(self.fc(h.amax((2, 3)))), y, label_smoothing=0.1)


for training in [False, True]:
    network(
        """
import { BatchNorm1d, BatchNorm2d, Conv2d, Linear } from "std/nn"
layer NetNormed(C = 4) where C % 2 == 0 {
  conv1 = Conv2d(2, C, 3, padding = 1, with_bias = false)
  bn1 = BatchNorm2d(C)
  conv2 = Conv2d(C, 6, 3, stride = 2, padding = 1, groups = 2)
  bn2 = BatchNorm2d(6, momentum = 0.3)
  fc = Linear(6, 5)
  bn3 = BatchNorm1d(5)
  fn forward(x: [B, 2, Y, X], y: i32[B]) -> [] {
    let h = x |> conv1 |> bn1 |> leaky_relu(slope = 0.1) |> conv2 |> bn2 |> elu
    cross_entropy(max(h, axis = (2, 3)) |> fc |> bn3, y, smoothing = 0.1)
  }
}
""",
        "", Normed, training=training, state=("bn2.running_mean", "bn3.running_var") if training else (),
        x=F(3, 2, 5, 8), y=I(3, below=5),
    )


# ---------------------------------------------------------------- windows with a table of relative places (Swin)
class Windows(nn.Module):
    def __init__(self, d, h, w):
        super().__init__()
        self.table = nn.Parameter(torch.zeros((2 * w - 1) ** 2, h))
        self.qkv, self.proj, self.h, self.w = nn.Linear(d, 3 * d), nn.Linear(d, d), h, w

    def forward(self, x):
        b, y, z, d = x.shape
        w, h = self.w, self.h
        x = torch.roll(x, (-1, -1), (1, 2))
        x = x.reshape(b, y // w, w, z // w, w, d).transpose(2, 3).reshape(-1, w * w, d)
        q, k, v = self.qkv(x).reshape(len(x), w * w, 3, h, d // h).permute(2, 0, 3, 1, 4)
        places = torch.stack(torch.meshgrid(torch.arange(w), torch.arange(w), indexing="ij")).flatten(1)
        off = places[:, :, None] - places[:, None, :] + w - 1
        bias = self.table[off[0] * (2 * w - 1) + off[1]].permute(2, 0, 1)
        a = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(d // h) + bias, -1) @ v
        a = self.proj(a.transpose(1, 2).reshape(len(x), w * w, d))
        a = a.reshape(b, y // w, z // w, w, w, d).transpose(2, 3).reshape(b, y, z, d)
        return torch.roll(a, (1, 1), (1, 2))


network(
    """
import { Linear } from "std/nn"
layer NetWindows(D, H, W) where D % H == 0, W >= 1 {
  param table: [(2 * W - 1) ** 2, H] = trunc_normal(std = 0.02)
  qkv = Linear(D, 3 * D)
  proj = Linear(D, D)
  fn bias() -> [H, W * W, W * W] {
    let place = iota(W * W)
    let row = reshape(place / W, [W * W, 1]) - reshape(place / W, [1, W * W]) + W - 1
    let column = reshape(place % W, [W * W, 1]) - reshape(place % W, [1, W * W]) + W - 1
    rearrange(table[row * (2 * W - 1) + column], [i j h -> h i j])
  }
  fn forward(x: [B, W * Y, W * X, D]) -> [B, W * Y, W * X, D] {
    let shifted = roll(x, (-1, -1), axis = (1, 2))
    let tokens = rearrange(shifted, [b (y W) (x V) d -> (b y x) (W V) d], V = W)
    let (q, k, v) = split(qkv(tokens), 3, axis = -1)
    let mixed = attention(
      rearrange(q, [n t (H c) -> n H t c]),
      rearrange(k, [n t (H c) -> n H t c]),
      rearrange(v, [n t (H c) -> n H t c]),
      bias = bias(),
    )
    let out = proj(rearrange(mixed, [n H t c -> n t (H c)]))
    let image = rearrange(out, [(b y x) (W V) d -> b (y W) (x V) d], b = B, y = Y, V = W)
    roll(image, (1, 1), axis = (1, 2))
  }
}
""",
    "6, 2, 3", lambda: Windows(6, 2, 3), x=F(2, 6, 9, 6),
)


# ---------------------------------------------------------------- global response normalisation (ConvNeXt V2)
class Responses(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.dwconv, self.norm = nn.Conv2d(c, c, 7, padding=3, groups=c), nn.LayerNorm(c, eps=1e-6)
        self.pwconv1, self.pwconv2 = nn.Linear(c, 4 * c), nn.Linear(4 * c, c)
        self.gamma, self.beta = nn.Parameter(torch.zeros(4 * c)), nn.Parameter(torch.zeros(4 * c))

    def forward(self, x):
        y = fn.gelu(self.pwconv1(self.norm(self.dwconv(x).permute(0, 2, 3, 1))))
        g = torch.norm(y, p=2, dim=(1, 2), keepdim=True)
        y = self.gamma * (y * g / (g.mean(-1, keepdim=True) + 1e-6)) + self.beta + y
        return x + self.pwconv2(y).permute(0, 3, 1, 2)


network(
    """
import { DepthwiseConv2d, LayerNorm, Linear } from "std/nn"
layer NetResponses(C) {
  dwconv = DepthwiseConv2d(C, 7, padding = 3)
  norm = LayerNorm(C, eps = 1e-6)
  pwconv1 = Linear(C, 4 * C)
  pwconv2 = Linear(4 * C, C)
  param gamma: [4 * C] = zeros
  param beta: [4 * C] = zeros
  fn forward(x: [B, C, Y, X]) -> [B, C, Y, X] {
    let y = rearrange(dwconv(x), [b c y x -> b y x c]) |> norm |> pwconv1 |> gelu
    let g = sqrt(sum(y * y, axis = (1, 2), keep = true))
    let scaled = gamma * (y * (g / (mean(g, axis = -1, keep = true) + 1e-6))) + beta + y
    x + rearrange(pwconv2(scaled), [b y x c -> b c y x])
  }
}
""",
    "4", lambda: Responses(4), x=F(2, 4, 5, 6),
)


# ---------------------------------------------------------------- branches side by side (Inception), channels shuffled (ShuffleNet)
class Branches(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.a, self.b = nn.Conv2d(c, 2, 1), nn.Sequential(nn.Conv2d(c, 3, 1), nn.ReLU(), nn.Conv2d(3, 4, 5, padding=2))
        self.c, self.mix = nn.Conv2d(c, 2, 1), nn.Conv2d(8, 8, 3, padding=1, groups=4)

    def forward(self, x):
        pooled = fn.avg_pool2d(x, 3, 1, 1)
        y = torch.cat([self.a(x), self.b(x), self.c(pooled)], 1)
        n, c, h, w = y.shape
        y = self.mix(fn.hardswish(y)).reshape(n, 4, c // 4, h, w).transpose(1, 2).reshape(n, c, h, w)
        return fn.max_pool2d(y, 3, 2, 1)


network(
    """
import { AvgPool2d, Conv2d, MaxPool2d } from "std/nn"
layer Rectify { fn forward(x: [...]) -> [...] = relu(x) }
layer NetBranches(C) {
  a = Conv2d(C, 2, 1)
  b = [Conv2d(C, 3, 1), Rectify(), Conv2d(3, 4, 5, padding = 2)]
  c = Conv2d(C, 2, 1)
  pool = AvgPool2d(3, stride = 1, padding = 1)
  mix = Conv2d(8, 8, 3, padding = 1, groups = 4)
  last = MaxPool2d(3, stride = 2, padding = 1)
  fn forward(x: [B, C, Y, X]) -> [B, 8, (Y + 1) / 2, (X + 1) / 2] {
    let y = concat(a(x), x |> b[0] |> b[1] |> b[2], c(pool(x)), axis = 1)
    let shuffled = rearrange(mix(hardswish(y)), [n (g c) y x -> n (c g) y x], g = 4)
    last(shuffled)
  }
}
""",
    "3", lambda: Branches(3), x=F(2, 3, 7, 6),
)


# ---------------------------------------------------------------- a variational autoencoder whose noise is an input
class Vae(nn.Module):
    def __init__(self, d, z):
        super().__init__()
        self.encode, self.decode = nn.Linear(d, 2 * z), nn.Linear(z, d)

    def forward(self, x, noise):
        mu, logvar = self.encode(x).chunk(2, -1)
        y = self.decode(mu + torch.exp(0.5 * logvar) * noise)
        rebuilt = fn.binary_cross_entropy_with_logits(y, torch.sigmoid(x), reduction="sum")
        return (rebuilt - 0.5 * torch.sum(1 + logvar - mu**2 - logvar.exp())) / len(x)


network(
    """
import { Linear } from "std/nn"
layer NetVae(D, Z) {
  encode = Linear(D, 2 * Z)
  decode = Linear(Z, D)
  fn forward(x: [B, D], noise: [B, Z]) -> [] {
    let (mu, logvar) = split(encode(x), 2, axis = -1)
    let y = decode(mu + exp(0.5 * logvar) * noise)
    let rebuilt = bce_with_logits(y, sigmoid(x)) * (B * D)
    (rebuilt - 0.5 * sum(1 + logvar - mu ** 2 - exp(logvar))) / B
  }
}
""",
    "7, 3", lambda: Vae(7, 3), x=F(4, 7), noise=F(4, 3),
)


# ---------------------------------------------------------------- a critic with a penalty on its gradient (WGAN-GP)
class Critic(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(1, c, 3, 2, 1), nn.Linear(c, 1)

    def score(self, x):
        return self.fc(torch.tanh(self.conv(x)).mean((2, 3)))

    def forward(self, x):
        if not x.requires_grad:
            x = x.detach().requires_grad_(True)
        slope = torch.autograd.grad(self.score(x).sum(), x, create_graph=True)[0]
        return ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()


network(
    """
import { Conv2d, Linear } from "std/nn"
layer NetCritic(C) {
  conv = Conv2d(1, C, 3, stride = 2, padding = 1)
  fc = Linear(C, 1)
  fn score(x: [B, 1, Y, X]) -> [B, 1] = fc(mean(tanh(conv(x)), axis = (2, 3)))
  fn forward(x: [B, 1, Y, X]) -> [] {
    let slope = grad((y) => sum(score(y)), x)
    let size = sqrt(sum(slope * slope, axis = (1, 2, 3)))
    mean((size - 1) ** 2)
  }
}
""",
    "3", lambda: Critic(3), x=F(3, 1, 5, 6),
)


# ---------------------------------------------------------------- causal linear attention by running sums
class Running(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.q, self.k, self.v, self.h = nn.Linear(d, d), nn.Linear(d, d), nn.Linear(d, d), h

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = (m(x).reshape(b, t, self.h, -1) for m in (self.q, self.k, self.v))
        q, k = fn.elu(q) + 1, fn.elu(k) + 1
        kv = torch.cumsum(torch.einsum("bthc,bthe->bthce", k, v), 1)
        norm = torch.einsum("bthc,bthc->bth", q, torch.cumsum(k, 1))
        return (torch.einsum("bthc,bthce->bthe", q, kv) / (norm[..., None] + 1e-6)).reshape(b, t, d)


network(
    """
import { Linear } from "std/nn"
layer NetRunning(D, H) where D % H == 0 {
  q = Linear(D, D)
  k = Linear(D, D)
  v = Linear(D, D)
  fn forward(x: [B, T, D]) -> [B, T, D] {
    let queries = elu(rearrange(q(x), [b t (H c) -> b t H c])) + 1
    let keys = elu(rearrange(k(x), [b t (H c) -> b t H c])) + 1
    let values = rearrange(v(x), [b t (H c) -> b t H c])
    let kv = cumsum(einsum(keys, values, [b t h c, b t h e -> b t h c e]), axis = 1)
    let norm = einsum(queries, cumsum(keys, axis = 1), [b t h c, b t h c -> b t h])
    let mixed = einsum(queries, kv, [b t h c, b t h c e -> b t h e])
    rearrange(mixed / (rearrange(norm, [b t h -> b t h 1]) + 1e-6), [b t H c -> b t (H c)])
  }
}
""",
    "6, 2", lambda: Running(6, 2), x=F(2, 7, 6),
)


# ---------------------------------------------------------------- coupling layers with the logarithm of their determinant (RealNVP)
class Coupling(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.nets = nn.ModuleList(
            nn.Sequential(nn.Linear(d // 2, 8), nn.Tanh(), nn.Linear(8, d)) for _ in range(2)
        )

    def forward(self, x):
        total = 0
        a, b = x.chunk(2, -1)
        for net in self.nets:
            s, t = net(a).chunk(2, -1)
            s = torch.tanh(s)
            a, b = b * torch.exp(s) + t, a
            total = total + s.sum(-1)
        z = torch.cat([a, b], -1)
        return (0.5 * (z**2).sum(-1) - total).mean()


network(
    """
import { Linear } from "std/nn"
layer Bend { fn forward(x: [...]) -> [...] = tanh(x) }
layer NetCoupling(D) where D % 2 == 0 {
  nets = [[Linear(D / 2, 8), Bend(), Linear(8, D)] for i in 0..2]
  fn forward(x: [B, D]) -> [] {
    var a = x[:, : D / 2]
    var b = x[:, D / 2 :]
    var total = zeros([B])
    for net in nets {
      let (raw, t) = split(a |> net[0] |> net[1] |> net[2], 2, axis = -1)
      let s = tanh(raw)
      let next = b * exp(s) + t
      b = a
      a = next
      total = total + sum(s, axis = -1)
    }
    let z = concat(a, b, axis = -1)
    mean(0.5 * sum(z ** 2, axis = -1) - total)
  }
}
""",
    "6", lambda: Coupling(6), x=F(4, 6),
)
