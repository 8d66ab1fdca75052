// Programs with one mistake in a shape or an element type; the wrong line ends in `// here`.
import type { WrongProgram } from "./wrong-program.js";

const linear = `import { Linear } from "std/nn"\n`;

/** Mistakes of operators, calls and results. */
export const wrongShapes: readonly WrongProgram[] = [
  {
    title: "inner dimensions that differ",
    text: `fn f(x: [B, D], w: [H, D]) -> [B, H] = x @ w // here`,
    code: "inner-dim-mismatch",
    says: ["`D` meets `H`", "f32[B, D]", "f32[H, D]"],
  },
  {
    title: "a transpose too many",
    text: `layer A(D, E) {
  param w: [D, E] = zeros
  fn forward(x: [B, D]) -> [B, E] = x @ w.T // here
}`,
    code: "inner-dim-mismatch",
    says: ["`D` meets `E`"],
  },
  {
    title: "batches that differ",
    text: `fn f(x: [B, T, D], y: [C, D, E]) -> [B, T, E] = x @ y // here`,
    code: "batch-dim-mismatch",
    says: ["`B`", "`C`"],
  },
  {
    title: "axes that do not stretch",
    text: `fn f(x: [B, D], y: [B, E]) -> [B, D] = x + y // here`,
    code: "implicit-broadcast",
    says: ["`D` meets `E`"],
  },
  {
    title: "a batch that would have to be 1",
    text: `fn f(x: [B, D], y: [D]) -> [B, D] = x * reshape(y, [D, 1]) // here`,
    code: "implicit-broadcast",
    says: ["f32[B, D]", "f32[D, 1]"],
  },
  {
    title: "both sides would stretch",
    text: `fn f(x: [B, 1], y: [B]) -> [B, B] = x - y // here`,
    code: "rank-stretch",
    says: ["f32[B, 1]", "f32[B]"],
  },
  {
    title: "`select` of operands that do not stretch",
    text: `fn f(m: bool[B, D], x: [B, D], y: [B, E]) -> [B, D] = select(m, x, y) // here`,
    code: "implicit-broadcast",
    says: ["`D` meets `E`"],
  },
  {
    title: "a condition of `select` that does not stretch",
    text: `fn f(m: bool[T], x: [B, D]) -> [B, D] = select(m, x, 0) // here`,
    code: "implicit-broadcast",
    says: ["`T`", "`D`"],
  },
  {
    title: "`select` where both sides would stretch",
    text: `fn f(m: bool[B], x: [B, 1]) -> [B, B] = select(m, x, 0) // here`,
    code: "rank-stretch",
    says: ["bool[B]", "f32[B, 1]"],
  },
  {
    title: "`max` of operands that do not stretch",
    text: `fn f(x: [B, D], y: [E]) -> [B, D] = max(x, y) // here`,
    code: "implicit-broadcast",
    says: ["`D` meets `E`"],
  },
  {
    title: "`min` where both sides would stretch",
    text: `fn f(x: [B, 1], y: [B]) -> [B, B] = min(x, y) // here`,
    code: "rank-stretch",
    says: ["f32[B, 1]", "f32[B]"],
  },
  {
    title: "`pow` of operands that do not stretch",
    text: `fn f(x: [B, D], y: [E]) -> [B, D] = pow(x, y) // here`,
    code: "implicit-broadcast",
    says: ["`D` meets `E`"],
  },
  {
    title: "a power of operands that do not stretch",
    text: `fn f(x: [B, D], y: [E]) -> [B, D] = x ** y // here`,
    code: "implicit-broadcast",
    says: ["`D` meets `E`"],
  },
  {
    title: "`close` of tensors that do not stretch",
    text: `fn g(x: [B, D]) -> [D, B] = x.T
property "symmetry" (B in 2..4, D in 2..4, x: [B, D]) {
  assert close(g(x), x) // here
}`,
    code: "implicit-broadcast",
    says: ["f32[D, B]", "f32[B, D]"],
  },
  {
    title: "a comparison of tensors that do not stretch",
    text: `fn f(x: [B], y: [C]) -> bool[B] = x < y // here`,
    code: "implicit-broadcast",
    says: ["`B` meets `C`"],
  },
  {
    title: "a mask that does not fit the scores",
    text: `fn f(q: [B, T, K], m: bool[B, T]) -> [B, T, K] = attention(q, q, q, mask = m) // here`,
    code: "implicit-broadcast",
    says: ["bool[B, T]", "f32[B, T, T]"],
  },
  {
    title: "a bias that does not fit the scores",
    text: `fn f(q: [B, T, K], m: [S, S]) -> [B, T, K] = attention(q, q, q, bias = m) // here`,
    code: "implicit-broadcast",
    says: ["`T`", "`S`"],
  },
  {
    title: "keys of another width",
    text: `fn f(q: [B, T, K], k: [B, S, J]) -> [B, T, J] = attention(q, k, k) // here`,
    code: "inner-dim-mismatch",
    says: ["`K`", "`J`"],
  },
  {
    title: "values of another length",
    text: `fn f(q: [B, T, K], k: [B, S, K], v: [B, R, K]) -> [B, T, K] = attention(q, k, v) // here`,
    code: "inner-dim-mismatch",
    says: ["`S`", "`R`"],
  },
  {
    title: "a result of another shape",
    text: `fn f(x: [B, D]) -> [D, B] = x * 2 // here`,
    code: "shape-mismatch",
    says: ["f32[B, D]", "f32[D, B]"],
  },
  {
    title: "a result of another rank",
    text: `fn f(x: [B, D]) -> [B] = x * 2 // here`,
    code: "rank-mismatch",
    says: ["f32[B, D]", "f32[B]"],
  },
  {
    title: "a forgotten dimension of the result",
    text: `fn f(x: [B, D]) -> [B, H] = x // here`,
    code: "free-dim-in-result",
    says: ["`H`"],
  },
  {
    title: "a factorisation that no call determines",
    text: `fn f(x: [A * B]) -> [A, B] = reshape(x, [A, B]) // here`,
    code: "ambiguous-dim",
    says: ["`A`", "`B`"],
  },
  {
    title: "a free dimension only in a condition",
    text: `fn f(x: [B, D]) -> [B, D] where D % H == 0 = x // here`,
    code: "unknown-name",
    says: ["`H`"],
  },
  {
    title: "a layer of another width",
    text: `${linear}layer A(D, F) {
  up = Linear(D, F)
  down = Linear(D, F)
  fn forward(x: [B, D]) -> [B, F] = x |> up |> down // here
}`,
    code: "shape-mismatch",
    says: ["`D`", "`F`"],
  },
  {
    title: "arguments that disagree about a dimension",
    text: `fn dot(x: [N], y: [N]) -> [] = sum(x * y)\nfn f(x: [B], y: [C]) -> [] = dot(x, y) // here`,
    code: "shape-mismatch",
    says: ["`dot`", "`B`", "`C`"],
  },
  {
    title: "an argument of another rank",
    text: `fn dot(x: [N], y: [N]) -> [] = sum(x * y)\nfn f(x: [B, C], y: [C]) -> [] = dot(x, y) // here`,
    code: "rank-mismatch",
    says: ["`dot`", "f32[B, C]"],
  },
  {
    title: "an odd width where an even one is wanted",
    text: `fn f(x: [B, 7]) -> [B, 3] = glu(x) // here`,
    code: "shape-mismatch",
    says: ["`glu`", "`2 * D`", "`7`"],
  },
  {
    title: "a condition that is not carried over",
    text: `import { SelfAttention } from "std/attention"
layer A(D, H) {
  attn = SelfAttention(D, H) // here
  fn forward(x: [B, T, D]) -> [B, T, D] = attn(x)
}`,
    code: "refuted-where",
    says: ["D % H == 0", "`SelfAttention`"],
  },
  {
    title: "a condition that does not hold",
    text: `fn f(x: [B, T]) -> [B, T] where T <= 8 = x\nfn g(x: [B, 16]) -> [B, 16] = f(x) // here`,
    code: "refuted-where",
    says: ["T <= 8", "16 <= 8"],
  },
  {
    title: "a width that changes in a loop",
    text: `${linear}layer A(D, E, L) {
  all = [Linear(D, E) for i in 0..L]
  fn forward(x: [B, D]) -> [B, E] {
    var h = x
    for one in all { h = one(h) } // here
    h
  }
}`,
    code: "loop-variant-shape",
    says: ["f32[B, D]", "f32[B, E]"],
  },
  {
    title: "branches of different types",
    text: `fn f(x: [B, T], whole: bool = true) -> [B, T] where B >= 1 =
  if whole { x } else { x[0] } // here`,
    code: "branch-mismatch",
    says: ["f32[B, T]", "f32[T]"],
  },
  {
    title: "an integer meets a float",
    text: `fn f(x: [B], n: i32[B]) -> [B] = x * n // here`,
    code: "dtype-mismatch",
    says: ["`f32` meets `i32`"],
  },
  {
    title: "a fraction meets integers",
    text: `fn f(n: i32[B]) -> i32[B] = n * 0.5 // here`,
    code: "literal-dtype",
    says: ["0.5", "i32"],
  },
  {
    title: "a float argument where integers are wanted",
    text: `import { Embedding } from "std/nn"
layer A(V, D) {
  table = Embedding(V, D)
  fn forward(ids: [B, T]) -> [B, T, D] = table(ids) // here
}`,
    code: "dtype-mismatch",
    says: ["i32", "f32[B, T]"],
  },
  {
    title: "a result of another element type",
    text: `fn f(x: [B]) -> i32[B] = x + 1 // here`,
    code: "dtype-mismatch",
    says: ["i32", "f32"],
  },
  {
    title: "the exponential of integers",
    text: `fn f(n: i32[B]) -> i32[B] = exp(n) // here`,
    code: "wrong-dtype",
    says: ["i32[B]", "float"],
  },
  {
    title: "a condition that is a float",
    text: `fn f(m: [B], x: [B]) -> [B] = select(m, x, 0) // here`,
    code: "wrong-dtype",
    says: ["f32[B]", "bool"],
  },
  {
    title: "a mask that is a float",
    text: `fn f(q: [B, T, K], m: [T, T]) -> [B, T, K] = attention(q, q, q, mask = m) // here`,
    code: "wrong-dtype",
    says: ["f32[T, T]", "`bool`"],
  },
  {
    title: "an addition of conditions",
    text: `fn f(a: bool[B], b: bool[B]) -> bool[B] = a + b // here`,
    code: "wrong-dtype",
    says: ["bool[B]"],
  },
];
