# Transformer layers and the blocks of published models for text, with masks, and mixtures of experts.
import texts
import torch.nn.functional as fn
from table import F, Table, V, kept, pairs

table = Table()
layer = table.library

# Transformer layers: torch.nn's own.
for before in (True, False):
    flag = str(before).lower()
    for activation in ("gelu", "relu"):
        make = lambda before=before, activation=activation: texts.EncoderLayer(8, 2, 12, before, activation)
        layer("transformer", f"EncoderLayer(8, 2, F = 12, pre_norm = {flag}, activation = {activation})", make, "inner(x)", lambda m, x: m(x), x=F(2, 5, 8))
    make = lambda before=before: texts.EncoderLayer(8, 2, 12, before, "gelu")
    written = f"EncoderLayer(8, 2, F = 12, pre_norm = {flag})"
    layer("transformer", written, make, "inner(x, keep)", lambda m, x, keep: m(x, keep), x=F(2, 5, 8), keep=kept([5, 3], 5))
    layer("transformer", written, make, "inner(x, mask = mask)", lambda m, x, mask: m(x, mask=mask), x=F(2, 7, 8), mask=pairs(2, 7, 7))
    make = lambda before=before: texts.DecoderLayer(8, 2, 12, before)
    both = dict(x=F(2, 5, 8), context=F(2, 7, 8))
    written = f"DecoderLayer(8, 2, F = 12, pre_norm = {flag})"
    layer("transformer", written, make, "inner(x, context)", lambda m, x, context: m(x, context), **both)
    layer(
        "transformer", written, make, "inner(x, context, keep, seen)", lambda m, x, context, keep, seen: m(x, context, keep, seen),
        keep=kept([5, 3], 5), seen=kept([4, 7], 7), **both,
    )
    stack = lambda before=before: texts.Stack(8, [texts.EncoderLayer(8, 2, 12, before, "gelu") for _ in range(2)], before)
    layer("transformer", f"Encoder(8, 2, 2, F = 12, pre_norm = {flag})", stack, "inner(x, keep)", lambda m, x, keep: m(x, keep), x=F(2, 5, 8), keep=kept([5, 2], 5))
    stack = lambda before=before: texts.Stack(8, [texts.DecoderLayer(8, 2, 12, before) for _ in range(2)], before)
    layer("transformer", f"Decoder(8, 2, 2, F = 12, pre_norm = {flag})", stack, "inner(x, context)", lambda m, x, context: m(x, context), **both)

# Blocks of published models.
layer("bert", "BertLayer(8, 2, F = 12)", lambda: texts.BertLayer(8, 2, 12), "inner(x, keep)", lambda m, x, keep: m(x, keep), x=F(2, 6, 8), keep=kept([6, 4], 6))
layer("gpt2", "Gpt2Block(8, 2)", lambda: texts.Gpt2Block(8, 2), "inner(x)", lambda m, x: m(x), x=F(2, 7, 8))
layer("llama", "LlamaDecoderLayer(16, 4, 2, 10)", lambda: texts.LlamaLayer(16, 4, 2, 10), "inner(x)", lambda m, x: m(x), x=F(2, 7, 16))
layer("llama", "LlamaDecoderLayer(8, 2, 2, 6)", lambda: texts.LlamaLayer(8, 2, 2, 6), "inner(x)", lambda m, x: m(x), x=F(1, 17, 8))
places = "inner.layer[0].SelfAttention.places({})"
layer(
    "t5", "T5EncoderBlock(8, 2, 5, 12, true)", lambda: texts.T5Block(8, 2, 5, 12), f"inner(x, keep, {places.format(7)})",
    lambda m, x, keep: m(x, keep), x=F(2, 7, 8), keep=kept([7, 5], 7),
)
layer(
    "t5", "T5DecoderBlock(8, 2, 5, 12, true)", lambda: texts.T5Block(8, 2, 5, 12, True, True),
    f"inner(x, context, keep, seen, {places.format(6)})", lambda m, x, context, keep, seen: m(x, keep, context, seen),
    x=F(2, 6, 8), context=F(2, 9, 8), keep=kept([6, 4], 6), seen=kept([3, 9], 9),
)

# Mixtures of experts.
for e, k in [(4, 2), (5, 1), (3, 3)]:
    layer(
        "experts", f"MixtureOfExperts(6, {e}, F = 7, k = {k})", lambda e=e, k=k: texts.Experts(6, e, 7, k), "(inner(x), inner.balance(x))",
        lambda m, x: m(x, fn.gelu, True), x=F(2, 5, 6),
    )
layer("experts", "SwitchExperts(6, 4, F = 7)", lambda: texts.Experts(6, 4, 7, 1), "(inner(x), inner.balance(x))", lambda m, x: m(x, fn.relu, False), x=F(2, 5, 6))
