// Programs with one mistake in an index, an axis, a size or a pattern; the wrong line ends in `// here`.
import type { WrongProgram } from "./wrong-program.js";

/** Mistakes of primitives that move, cut and join. */
export const wrongPlaces: readonly WrongProgram[] = [
  {
    title: "an index that is a float",
    text: `fn f(t: [V, D], ids: [B]) -> [B, D] = t[ids] // here`,
    code: "index-dtype",
    says: ["f32[B]"],
  },
  {
    title: "an index outside a known axis",
    text: `fn f(x: [B, 3]) -> [B] = x[:, 3] // here`,
    code: "index-out-of-range",
    says: ["`3`"],
  },
  {
    title: "an index that a short axis lacks",
    text: `fn f(x: [B, T]) -> [B] = x[:, 3] // here`,
    code: "index-out-of-range",
    says: ["`3`", "`T`"],
  },
  {
    title: "the first of possibly none",
    text: `fn f(x: [B, T]) -> [T] = x[0] // here`,
    code: "index-out-of-range",
    says: ["`0`", "`B`"],
  },
  {
    title: "more indices than axes",
    text: `fn f(x: [B, 3]) -> [] where B >= 1 = x[0, 1, 2] // here`,
    code: "too-many-indices",
    says: ["f32[B, 3]"],
  },
  {
    title: "a slice outside the axis",
    text: `fn f(x: [B, T]) -> [B, 4] = x[:, :4] // here`,
    code: "slice-out-of-range",
    says: ["`:4`", "`T`"],
  },
  {
    title: "a slice of one less than nothing",
    text: `fn f(x: [B, T]) -> [B, T - 1] = x[:, 1:] // here`,
    code: "slice-out-of-range",
    says: ["`1:`", "`T`"],
  },
  {
    title: "a step of zero",
    text: `fn f(x: [B, 4]) -> [B, 4] = x[:, ::0] // here`,
    code: "zero-stride",
    says: ["0"],
  },
  {
    title: "a filled tensor of one less than nothing",
    text: `fn f(x: [T]) -> [T - 1] = zeros([T - 1]) // here`,
    code: "negative-size",
    says: ["T - 1"],
  },
  {
    title: "an axis that does not exist",
    text: `fn f(x: [B, T]) -> [B, T] = softmax(x, axis = 2) // here`,
    code: "axis-out-of-range",
    says: ["f32[B, T]", "2"],
  },
  {
    title: "an axis named twice",
    text: `fn f(x: [B, T]) -> [B] = mean(x, axis = (1, 1)) // here`,
    code: "axis-repeated",
    says: ["1"],
  },
  {
    title: "an axis named twice from both ends",
    text: `fn f(x: [B, T]) -> [B] = sum(x, axis = (1, -1)) // here`,
    code: "axis-repeated",
    says: ["-1"],
  },
  {
    title: "an axis inside of a pack",
    text: `fn f(x: [..., D]) -> [...] = sum(x, axis = 1) // here`,
    code: "axis-in-pack",
    says: ["`...`"],
  },
  {
    title: "elements that are lost in a reshape",
    text: `fn f(x: [B, T, D]) -> [B, T * T] = reshape(x, [B, T * T]) // here`,
    code: "numel-mismatch",
    says: ["`B * T * D`", "`B * T ** 2`"],
  },
  {
    title: "a rest that does not divide",
    text: `fn f(x: [B, D], H: dim) -> [B, H, D / H] where H >= 1 = reshape(x, [B, H, -1]) // here`,
    code: "indivisible",
    says: ["`D`", "`H`"],
  },
  {
    title: "parts that do not line up",
    text: `fn f(x: [B, C], y: [D, E]) -> [B, C + E] = concat(x, y, axis = 1) // here`,
    code: "concat-mismatch",
    says: ["f32[B, C]", "f32[D, E]"],
  },
  {
    title: "a stack of different shapes",
    text: `fn f(x: [B], y: [C]) -> [2, B] = stack(x, y) // here`,
    code: "concat-mismatch",
    says: ["f32[B]", "f32[C]"],
  },
  {
    title: "a split that leaves a remainder",
    text: `fn f(x: [B, 7]) -> [B, 3] {\n  let (a, b) = split(x, 2, axis = 1) // here\n  a + b\n}`,
    code: "indivisible",
    says: ["7", "2"],
  },
  {
    title: "a window larger than its axis",
    text: `fn f(x: [B, C, T], K: dim) -> [B, C, T - K + 1, K] where K >= 1 = unfold(x, size = K) // here`,
    code: "window-too-large",
    says: ["`K`", "`T`"],
  },
  {
    title: "a pattern that loses an axis",
    text: `fn f(x: [B, T, D]) -> [B, T] = rearrange(x, [b t d -> b t]) // here`,
    code: "pattern-lost-axis",
    says: ["`d`"],
  },
  {
    title: "a pattern that invents an axis",
    text: `fn f(x: [B, T]) -> [B, T] = rearrange(x, [b t -> b t d]) // here`,
    code: "pattern-unknown-axis",
    says: ["`d`"],
  },
  {
    title: "a pattern that repeats an axis",
    text: `fn f(x: [B, T]) -> [B, T] = rearrange(x, [b b -> b b]) // here`,
    code: "pattern-repeated-axis",
    says: ["`b`"],
  },
  {
    title: "a pattern of another rank",
    text: `fn f(x: [B, T]) -> [T, B] = rearrange(x, [b t d -> d t b]) // here`,
    code: "pattern-rank",
    says: ["f32[B, T]", "3"],
  },
  {
    title: "a pattern that leaves a remainder",
    text: `fn f(x: [B, D], H: dim) -> [B, H, D / H] where H >= 1 =
  rearrange(x, [b (H k) -> b H k]) // here`,
    code: "pattern-indivisible",
    says: ["`H`", "`D`"],
  },
  {
    title: "an `einsum` whose axis has two sizes",
    text: `fn f(x: [B, I], y: [B, J]) -> [B] = einsum(x, y, [b i, b i -> b]) // here`,
    code: "shape-mismatch",
    says: ["`I`", "`J`"],
  },
  {
    title: "a written value that does not fit",
    text: `layer A(C) {
  state seen: [C] = zeros
  fn forward(x: [B, C]) -> [B, C] {
    seen <- x // here
    x
  }
}`,
    code: "write-shape",
    says: ["f32[C]", "f32[B, C]"],
  },
  {
    title: "a written window that does not fit",
    text: `layer Cache(T, K) {
  state keys: [T, K] = zeros
  fn forward(k: [N, K], pos: i32[]) -> [T, K] where N <= T {
    keys[pos : pos + 1] <- k // here
    keys
  }
}`,
    code: "write-shape",
    says: ["f32[1, K]", "f32[N, K]"],
  },
  {
    title: "a length known only when it runs",
    text: `fn f(x: [B, T], n: i32[]) -> [B, T] = x[:, :n] // here`,
    code: "dynamic-length",
    says: [":n", "not static"],
  },
  {
    title: "a division by zero",
    text: `fn f(x: [B, T]) -> [B, T / 0] = x // here`,
    code: "division-by-zero",
    says: ["T / 0"],
  },
  {
    title: "a division by a size that may be zero",
    text: `fn f(x: [B, D], y: [H]) -> [B, D / H] = x[:, :D / H] // here`,
    code: "division-by-zero",
    says: ["`H` may be 0", "H >= 1"],
  },
  {
    title: "a negative number of repeats",
    text: `fn f(x: [T]) -> [T - 3, T] = repeat(x, [t -> n t], n = T - 3) // here`,
    code: "negative-size",
    says: ["`T - 3`"],
  },
  {
    title: "a part of negative size",
    text: `fn f(x: [T]) -> [T + 1] {\n  let (a, b) = split(x, [T + 1, -1], axis = 0) // here\n  a\n}`,
    code: "negative-size",
    says: ["`-1`"],
  },
  {
    title: "a mask with more axes than the scores",
    text: `fn f(q: [T, K], m: bool[B, T, T]) -> [T, K] = attention(q, q, q, mask = m) // here`,
    code: "implicit-broadcast",
    says: ["bool[B, T, T]", "f32[T, T]"],
  },
  {
    title: "an axis of negative size",
    text: `fn f(x: [B, -3]) -> [B] = sum(x, axis = 1) // here`,
    code: "negative-size",
    says: ["`-3`"],
  },
  {
    title: "a derived model that breaks a clause of its base",
    text: `model M(D = 4) where D % 2 == 0 {
  fn forward(x: [B, D]) -> [B, D] = x
}
model N = M with { set D = 3 } // here`,
    code: "refuted-where",
    says: ["D % 2 == 0", "1 == 0"],
  },
  {
    title: "a model whose own defaults break its clause",
    text: `model M(D = 12, H = 8) where D % H == 0 { // here
  fn forward(x: [B, D]) -> [B, D] = x
}`,
    code: "refuted-where",
    says: ["D % H == 0", "4 == 0"],
  },
  {
    title: "a function without a value",
    text: `fn f(x: [B, D]) -> [B] { // here\n  let y = sum(x, axis = 1)\n}`,
    code: "wrong-kind",
    says: ["nothing", "tensor"],
  },
];
