// Programs of any length, for benchmarks and for tests of what grows with length.

/** A transformer of `n` equal blocks in a list. */
export const stack = (n: number): string => `import { LayerNorm, Linear } from "std/nn"
import { SelfAttention } from "std/attention"

layer Block(D, H) where D % H == 0 {
  ln_1 = LayerNorm(D)
  attn = SelfAttention(D, H, causal = true)
  ln_2 = LayerNorm(D)
  up = Linear(D, 4 * D)
  down = Linear(4 * D, D)

  fn forward(x: [B, T, D]) -> [B, T, D] {
    let h = x + attn(ln_1(x))
    h + (ln_2(h) |> up |> gelu |> down)
  }
}

model Stack(V = 65, D = 64, H = 4) where D % H == 0 {
  h = [Block(D, H) for i in 0..${String(n)}]
  head = Linear(D, V)

  fn forward(x: [B, T, D]) -> [B, T, V] {
    var y = x
    for block in h { y = block(y) }
    head(y)
  }
}
`;

/** A layer of twelve lines that differs from its neighbours in its width. */
const layer = (i: number): string => `layer Block${String(i)}(D, H) where D % H == 0 {
  norm = LayerNorm(D)
  up = Linear(D, ${String((i % 7) + 2)} * D)
  down = Linear(${String((i % 7) + 2)} * D, D)
  param scale: [D] = ones

  fn forward(x: [B, T, D]) -> [B, T, D] {
    let heads = rearrange(x, [b t (h k) -> b h t k], h = H)
    let mixed = rearrange(softmax(heads), [b h t k -> b t (h k)])
    x + scale * (norm(mixed) |> up |> gelu |> down)
  }
}
`;

/** A model of `n` layers that are written out one by one, of thirteen lines each. */
export function layers(n: number): string {
  const numbers = Array.from({ length: n }, (_, i) => i);
  return `import { LayerNorm, Linear } from "std/nn"

${numbers.map(layer).join("\n")}
model Tower(V = 65, D = 64, H = 4) where D % H == 0 {
${numbers.map((i) => `  b${String(i)} = Block${String(i)}(D, H)`).join("\n")}
  head = Linear(D, V)

  fn forward(x: [B, T, D]) -> [B, T, V] = x ${numbers.map((i) => `|> b${String(i)}`).join(" ")} |> head
}
`;
}
