# Blocks of published networks for text in PyTorch: those of torch.nn under the names of our library, and BERT's, GPT-2's, T5's and
# LLaMA's with the names and the arithmetic of the code that people use.
import math

import torch
import torch.nn as nn
import torch.nn.functional as fn
from torch.func import functional_call


def heads(x, count):
    b, t, d = x.shape
    return x.reshape(b, t, count, d // count).transpose(1, 2)


def joined(x):
    b, h, t, k = x.shape
    return x.transpose(1, 2).reshape(b, t, h * k)


class Attention(nn.Module):
    """The four projections of an attention of our library."""

    def __init__(self, d, c, h):
        super().__init__()
        self.h = h
        self.q, self.k, self.v, self.proj = nn.Linear(d, d), nn.Linear(c, d), nn.Linear(c, d), nn.Linear(d, d)

    def forward(self, x, context, mask=None):
        q, k, v = heads(self.q(x), self.h), heads(self.k(context), self.h), heads(self.v(context), self.h)
        return self.proj(joined(fn.scaled_dot_product_attention(q, k, v, attn_mask=mask)))


def packed(attn, name):
    """The same projections as nn.MultiheadAttention stores them."""
    return {
        f"{name}.in_proj_weight": torch.cat([attn.q.weight, attn.k.weight, attn.v.weight]),
        f"{name}.in_proj_bias": torch.cat([attn.q.bias, attn.k.bias, attn.v.bias]),
        f"{name}.out_proj.weight": attn.proj.weight,
        f"{name}.out_proj.bias": attn.proj.bias,
    }


class Mlp(nn.Module):
    def __init__(self, d, f):
        super().__init__()
        self.up, self.down = nn.Linear(d, f), nn.Linear(f, d)


def renamed(pairs):
    return {f"{to}.{part}": getattr(module, part) for to, module in pairs.items() for part in ("weight", "bias")}


class EncoderLayer(nn.Module):
    """nn.TransformerEncoderLayer itself, fed with parameters of our names."""

    def __init__(self, d, h, f, pre_norm, activation):
        super().__init__()
        self.attn, self.mlp = Attention(d, d, h), Mlp(d, f)
        self.norm_1, self.norm_2 = nn.LayerNorm(d), nn.LayerNorm(d)
        layer = nn.TransformerEncoderLayer(
            d, h, f, dropout=0.0, activation=activation, batch_first=True, norm_first=pre_norm
        )
        self.inner = [layer.to(torch.float64)]

    def forward(self, x, keep=None, mask=None):
        given = {
            **packed(self.attn, "self_attn"),
            **renamed({"linear1": self.mlp.up, "linear2": self.mlp.down, "norm1": self.norm_1, "norm2": self.norm_2}),
        }
        hidden = None if keep is None else ~keep
        pairs = None if mask is None else (~mask).repeat_interleave(self.attn.h, 0)
        # The fast path of inference has other rules for masks; the slow one is meant.
        self.inner[0].train()
        return functional_call(self.inner[0], given, (x,), {"src_key_padding_mask": hidden, "src_mask": pairs})


class DecoderLayer(nn.Module):
    """nn.TransformerDecoderLayer itself, fed with parameters of our names."""

    def __init__(self, d, h, f, pre_norm):
        super().__init__()
        self.attn, self.cross, self.mlp = Attention(d, d, h), Attention(d, d, h), Mlp(d, f)
        self.norm_1, self.norm_2, self.norm_3 = nn.LayerNorm(d), nn.LayerNorm(d), nn.LayerNorm(d)
        layer = nn.TransformerDecoderLayer(
            d, h, f, dropout=0.0, activation="gelu", batch_first=True, norm_first=pre_norm
        )
        self.inner = [layer.to(torch.float64)]

    def forward(self, x, context, keep=None, context_keep=None):
        given = {
            **packed(self.attn, "self_attn"),
            **packed(self.cross, "multihead_attn"),
            **renamed({"linear1": self.mlp.up, "linear2": self.mlp.down}),
            **renamed({"norm1": self.norm_1, "norm2": self.norm_2, "norm3": self.norm_3}),
        }
        later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        masks = {
            "tgt_mask": later,
            "tgt_key_padding_mask": None if keep is None else ~keep,
            "memory_key_padding_mask": None if context_keep is None else ~context_keep,
        }
        return functional_call(self.inner[0], given, (x, context), masks)


class Stack(nn.Module):
    """Several layers, and a last norm behind pre-norm ones."""

    def __init__(self, d, layers, pre_norm):
        super().__init__()
        self.layers = nn.ModuleList(layers)
        if pre_norm:
            self.norm = nn.LayerNorm(d)

    def forward(self, x, *rest):
        for layer in self.layers:
            x = layer(x, *rest)
        return self.norm(x) if hasattr(self, "norm") else x


class GroupedQueryAttention(nn.Module):
    def __init__(self, d, h, g, causal=True, window=0):
        super().__init__()
        self.h, self.g, self.causal, self.window = h, g, causal, window
        kv = d // h * g
        self.q, self.k = nn.Linear(d, d, bias=False), nn.Linear(d, kv, bias=False)
        self.v, self.proj = nn.Linear(d, kv, bias=False), nn.Linear(d, d, bias=False)

    def forward(self, x):
        t = x.shape[1]
        q, k, v = heads(self.q(x), self.h), heads(self.k(x), self.g), heads(self.v(x), self.g)
        ahead = torch.arange(t)[None] - torch.arange(t)[:, None]
        mask = torch.ones(t, t, dtype=torch.bool)
        if self.causal:
            mask &= ahead <= 0
        if self.window:
            mask &= ahead.abs() < self.window
        return self.proj(joined(fn.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True)))


class Latents(nn.Module):
    def __init__(self, n, d, c, h):
        super().__init__()
        self.latents = nn.Parameter(torch.zeros(n, d))
        self.norm_latents, self.norm_context = nn.LayerNorm(d), nn.LayerNorm(c)
        self.attn = Attention(d, c, h)

    def forward(self, context, keep):
        start = self.latents.expand(context.shape[0], -1, -1)
        return start + self.attn(self.norm_latents(start), self.norm_context(context), keep[:, None, None])


class BertSelf(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.h = h
        self.query, self.key, self.value = nn.Linear(d, d), nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, x, keep):
        q, k, v = heads(self.query(x), self.h), heads(self.key(x), self.h), heads(self.value(x), self.h)
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        scores = scores.masked_fill(~keep[:, None, None], -1e30)
        return joined(scores.softmax(-1) @ v)


class BertOutput(nn.Module):
    def __init__(self, into, d):
        super().__init__()
        self.dense, self.LayerNorm = nn.Linear(into, d), nn.LayerNorm(d, eps=1e-12)

    def forward(self, x, residual):
        return self.LayerNorm(self.dense(x) + residual)


class BertLayer(nn.Module):
    def __init__(self, d, h, f):
        super().__init__()
        self.attention, self.intermediate = nn.Module(), nn.Module()
        self.attention.self, self.attention.output = BertSelf(d, h), BertOutput(d, d)
        self.intermediate.dense, self.output = nn.Linear(d, f), BertOutput(f, d)

    def forward(self, x, keep):
        y = self.attention.output(self.attention.self(x, keep), x)
        return self.output(fn.gelu(self.intermediate.dense(y)), y)


class Conv1D(nn.Module):
    def __init__(self, into, out):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.zeros(into, out)), nn.Parameter(torch.zeros(out))

    def forward(self, x):
        return x @ self.weight + self.bias


class Gpt2Block(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.h = h
        self.ln_1, self.ln_2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.attn, self.mlp = nn.Module(), nn.Module()
        self.attn.c_attn, self.attn.c_proj = Conv1D(d, 3 * d), Conv1D(d, d)
        self.mlp.c_fc, self.mlp.c_proj = Conv1D(d, 4 * d), Conv1D(4 * d, d)

    def forward(self, x):
        q, k, v = (heads(part, self.h) for part in self.attn.c_attn(self.ln_1(x)).chunk(3, -1))
        x = x + self.attn.c_proj(joined(fn.scaled_dot_product_attention(q, k, v, is_causal=True)))
        return x + self.mlp.c_proj(fn.gelu(self.mlp.c_fc(self.ln_2(x)), approximate="tanh"))


class RMSNorm(nn.Module):
    def __init__(self, d, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(d)), eps

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps))


def rotated(x):
    """Rotary positions on the halves of each head, as in the code of LLaMA for PyTorch."""
    t, k = x.shape[-2:]
    turn = 1.0 / (10000 ** (torch.arange(0, k, 2).to(x.dtype) / k))
    angle = torch.outer(torch.arange(t).to(x.dtype), turn)
    angle = torch.cat([angle, angle], -1)
    half = torch.cat([-x[..., k // 2 :], x[..., : k // 2]], -1)
    return x * angle.cos() + half * angle.sin()


class LlamaLayer(nn.Module):
    def __init__(self, d, h, g, f):
        super().__init__()
        self.h, self.g = h, g
        kv = d // h * g
        self.self_attn, self.mlp = nn.Module(), nn.Module()
        self.self_attn.q_proj, self.self_attn.k_proj = nn.Linear(d, d, bias=False), nn.Linear(d, kv, bias=False)
        self.self_attn.v_proj, self.self_attn.o_proj = nn.Linear(d, kv, bias=False), nn.Linear(d, d, bias=False)
        self.mlp.gate_proj, self.mlp.up_proj = nn.Linear(d, f, bias=False), nn.Linear(d, f, bias=False)
        self.mlp.down_proj = nn.Linear(f, d, bias=False)
        self.input_layernorm, self.post_attention_layernorm = RMSNorm(d, 1e-5), RMSNorm(d, 1e-5)

    def forward(self, x):
        y, a, m = self.input_layernorm(x), self.self_attn, self.mlp
        q, k = rotated(heads(a.q_proj(y), self.h)), rotated(heads(a.k_proj(y), self.g))
        v = heads(a.v_proj(y), self.g)
        mixed = fn.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        x = x + a.o_proj(joined(mixed))
        z = self.post_attention_layernorm(x)
        return x + m.down_proj(fn.silu(m.gate_proj(z)) * m.up_proj(z))


def bucket(relative, bidirectional, buckets=32, max_distance=128):
    """`_relative_position_bucket` of the published code of T5."""
    found = torch.zeros_like(relative)
    if bidirectional:
        buckets //= 2
        found = found + (relative > 0).long() * buckets
        relative = relative.abs()
    else:
        relative = -relative.clamp(max=0)
    exact = buckets // 2
    far = exact + (
        torch.log(relative.clamp(min=1).float() / exact) / math.log(max_distance / exact) * (buckets - exact)
    ).long()
    return found + torch.where(relative < exact, relative, far.clamp(max=buckets - 1))


class RelativeBias(nn.Module):
    def __init__(self, h, buckets=32, max_distance=128, bidirectional=True):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(buckets, h))
        self.how = (bidirectional, buckets, max_distance)

    def forward(self, t, s):
        relative = torch.arange(s)[None] - torch.arange(t)[:, None]
        return self.weight[bucket(relative, *self.how)].permute(2, 0, 1)


class T5Attention(nn.Module):
    def __init__(self, d, h, k, with_bias=False, causal=False):
        super().__init__()
        self.h, self.causal = h, causal
        self.q, self.k, self.v = (nn.Linear(d, h * k, bias=False) for _ in range(3))
        self.o = nn.Linear(h * k, d, bias=False)
        if with_bias:
            self.relative_attention_bias = RelativeBias(h, bidirectional=not causal)

    def forward(self, x, context, keep):
        q, k, v = heads(self.q(x), self.h), heads(self.k(context), self.h), heads(self.v(context), self.h)
        t, s = x.shape[1], context.shape[1]
        scores = q @ k.transpose(-1, -2)
        if hasattr(self, "relative_attention_bias"):
            scores = scores + self.relative_attention_bias(t, s)
        seen = keep[:, None, None]
        if self.causal:
            seen = seen & torch.ones(t, s, dtype=torch.bool).tril()
        return self.o(joined(scores.masked_fill(~seen, -1e30).softmax(-1) @ v))


class T5Part(nn.Module):
    """A part of a block behind its norm, under the name that it has in checkpoints."""

    def __init__(self, name, inner, d):
        super().__init__()
        self.name, self.layer_norm = name, RMSNorm(d, 1e-6)
        setattr(self, name, inner)

    def forward(self, x, *rest):
        y, inner = self.layer_norm(x), getattr(self, self.name)
        if self.name == "SelfAttention":
            return x + inner(y, y, *rest)
        return x + inner(y, *rest)


class T5Dense(nn.Module):
    def __init__(self, d, f):
        super().__init__()
        self.wi, self.wo = nn.Linear(d, f, bias=False), nn.Linear(f, d, bias=False)

    def forward(self, x):
        return self.wo(fn.relu(self.wi(x)))


class T5Block(nn.Module):
    def __init__(self, d, h, k, f, is_first=True, is_decoder=False):
        super().__init__()
        parts = [T5Part("SelfAttention", T5Attention(d, h, k, is_first, is_decoder), d)]
        if is_decoder:
            parts.append(T5Part("EncDecAttention", T5Attention(d, h, k), d))
        self.layer = nn.ModuleList([*parts, T5Part("DenseReluDense", T5Dense(d, f), d)])

    def forward(self, x, keep, context=None, context_keep=None):
        x = self.layer[0](x, keep)
        if context is not None:
            x = self.layer[1](x, context, context_keep)
        return self.layer[-1](x)


class Experts(nn.Module):
    """Mixture of experts computed the long way: each position by the experts that it goes to."""

    def __init__(self, d, e, f, k):
        super().__init__()
        self.k, self.gate = k, nn.Linear(d, e, bias=False)
        self.experts = nn.ModuleList([Mlp(d, f) for _ in range(e)])

    def forward(self, x, activation, normalised):
        rows = x.reshape(-1, x.shape[-1])
        scores = self.gate(rows)
        best = scores.topk(self.k, -1)
        shares = best.values.softmax(-1) if normalised else scores.softmax(-1).gather(-1, best.indices)
        out = []
        for row, share, places in zip(rows, shares, best.indices):
            parts = [
                s * self.experts[p].down(activation(self.experts[p].up(row))) for s, p in zip(share, places.tolist())
            ]
            out.append(sum(parts))
        chosen = fn.one_hot(best.indices, scores.shape[-1]).sum(-2).to(x.dtype).mean(0) / self.k
        balance = scores.shape[-1] * (chosen * scores.softmax(-1).mean(0)).sum()
        return torch.stack(out).reshape(x.shape), balance
