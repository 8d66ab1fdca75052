// One example of each primitive, for the reference page; the tests run them. How they are written is said on that page.

const examples: Readonly<Record<string, string>> = {
  exp: "exp(stack(0, 1)) // [1, 2.718]",
  expm1: "expm1(stack(0, 1)) // [0, 1.718]",
  log1p: "log1p(stack(0, 1)) // [0, 0.6931]",
  asin: "asin(stack(0, 1)) // [0, 1.571]",
  atan: "atan(stack(0, 1)) // [0, 0.7854]",
  log: "log(stack(1, 2)) // [0, 0.6931]",
  sqrt: "sqrt(stack(4, 2)) // [2, 1.414]",
  rsqrt: "rsqrt(stack(4, 0.25)) // [0.5, 2]",
  sin: "sin(stack(0, 1)) // [0, 0.8415]",
  cos: "cos(stack(0, 1)) // [1, 0.5403]",
  tanh: "tanh(stack(0, 1, 100)) // [0, 0.7616, 1]",
  sigmoid: "sigmoid(stack(0, 2, -2)) // [0.5, 0.8808, 0.1192]",
  erf: "erf(stack(0, 0.5)) // [0, 0.5205]",
  abs: "abs(stack(-2, 3)) // [2, 3]",
  sign: "sign(stack(-2, 0, 3)) // [-1, 0, 1]",
  floor: "floor(stack(-1.5, 1.5)) // [-2, 1]",
  ceil: "ceil(stack(-1.5, 1.5)) // [-1, 2]",
  round: "round(stack(0.5, 1.5, 2.4)) // [0, 2, 2]",
  min: `min(stack(1, 5), 3) // [1, 3]
min(stack(1, 5)) // 1`,
  max: `max(stack(1, 5), 3) // [3, 5]
max(stack(stack(1, 5), stack(7, 2)), axis = 1) // [5, 7]`,
  pow: `pow(stack(2, -3), 2) // [4, 9]
stack(4, 9) ** 0.5 // [2, 3]`,
  select: "select(stack(1, -2) > 0, stack(1, -2), 0) // [1, 0]",
  cast: "cast(stack(1.7, -1.7), i32) // [1, -1]",
  ceil_div: "ceil_div(7, 2) // 4",
  stop_gradient: "grad((x) => sum(x * stop_gradient(x)), stack(2, 3)) // [2, 3]",
  sum: `let x = stack(stack(1, 2), stack(3, 4))
sum(x) // 10
sum(x, axis = 0) // [4, 6]
sum(x, [i j -> i]) // [3, 7]`,
  mean: `let x = stack(stack(1, 2), stack(3, 4))
mean(x, axis = 1, keep = true) // [[1.5], [3.5]]`,
  prod: "prod(stack(2, 3, 4)) // 24",
  argmax: "argmax(stack(1, 5, 5)) // 1",
  argmin: "argmin(stack(stack(3, 1), stack(2, 4)), axis = 0) // [1, 0]",
  softmax: `softmax(stack(0, 0, 0, 0)) // [0.25, 0.25, 0.25, 0.25]
softmax(stack(1000, 1001)) // [0.2689, 0.7311]`,
  log_softmax: "log_softmax(stack(0, 0)) // [-0.6931, -0.6931]",
  logsumexp: "logsumexp(stack(1000, 1000)) // 1001",
  cumsum: "cumsum(stack(1, 2, 3)) // [1, 3, 6]",
  cumprod: "cumprod(stack(1, 2, 3)) // [1, 2, 6]",
  cummax: "cummax(stack(1, 3, 2)) // [1, 3, 3]",
  cummin: "cummin(stack(3, 1, 2)) // [3, 1, 1]",
  variance: `variance(stack(1, 2, 3, 4)) // 1.667
variance(stack(1, 2, 3, 4), correction = 0) // 1.25`,
  std: "std(stack(1, 3), axis = 0) // 1.414",
  norm: `norm(stack(3, 4)) // 5
norm(stack(3, -4), p = 1) // 7`,
  normalize: `normalize(stack(3, 4)) // [0.6, 0.8]
normalize(stack(stack(3, 0), stack(4, 0)), axis = 0) // [[0.6, 0], [0.8, 0]]`,
  cosine_similarity: "cosine_similarity(stack(3, 4), stack(4, 3)) // 0.96",
  all: `all(stack(1, 2) > 0) // true
all(stack(stack(1, -2), stack(3, 4)) > 0, axis = 1) // [false, true]`,
  any: "any(stack(1, -2) > 0) // true",
  argsort: "argsort(stack(3, 1, 2)) // [1, 2, 0]",
  take_along_axis: `let x = stack(stack(5, 1), stack(2, 9))
take_along_axis(x, argsort(x), axis = -1) // [[1, 5], [2, 9]]`,
  reshape: "reshape(iota(6), [2, 3]) // [[0, 1, 2], [3, 4, 5]]",
  rearrange: `let x = reshape(iota(6), [2, 3])
rearrange(x, [a b -> b a]) // [[0, 3], [1, 4], [2, 5]]
rearrange(x, [a b -> (b a)]) // [0, 3, 1, 4, 2, 5]`,
  repeat: "repeat(iota(2), [i -> i n], n = 3) // [[0, 0, 0], [1, 1, 1]]",
  einsum: `let a = stack(stack(1, 2), stack(3, 4))
einsum(a, a, [i j, j k -> i k]) // [[7, 10], [15, 22]]
einsum(a, [i j -> j]) // [4, 6]`,
  concat: `concat(iota(2), iota(3)) // [0, 1, 0, 1, 2]
concat(ones([2, 1]), zeros([2, 2]), axis = 1) // [[1, 0, 0], [1, 0, 0]]`,
  stack: `stack(1, 2) // [1, 2]
stack(iota(2), iota(2), axis = 1) // [[0, 0], [1, 1]]`,
  split: `split(iota(4), 2) // [0, 1]; [2, 3]
split(iota(4), [1, 3]) // [0]; [1, 2, 3]`,
  pad: "pad(stack(1, 2), before = 1, after = 2) // [0, 1, 2, 0, 0]",
  flip: "flip(iota(3)) // [2, 1, 0]",
  roll: "roll(iota(4), 1) // [3, 0, 1, 2]",
  unfold: `unfold(iota(5), size = 3) // [[0, 1, 2], [1, 2, 3], [2, 3, 4]]
unfold(iota(5), size = 3, stride = 2, padding = 1) // [[0, 0, 1], [1, 2, 3], [3, 4, 0]]`,
  top_k: "top_k(stack(3, 9, 5), 2) // [9, 5]; [1, 2]",
  sort: "sort(stack(3, 9, 5)) // [3, 5, 9]; [0, 2, 1]",
  zeros: `zeros([2, 3]) // [[0, 0, 0], [0, 0, 0]]
zeros(i32[2]) // [0, 0]`,
  ones: "ones([3]) // [1, 1, 1]",
  zeros_like: "zeros_like(iota(3)) // [0, 0, 0]",
  ones_like: "ones_like(stack(2.5, 3)) // [1, 1]",
  full: "full([2], 0.5) // [0.5, 0.5]",
  iota: "iota(4) // [0, 1, 2, 3]",
  one_hot: "one_hot(stack(2, 0) |> cast(i32), 3) // [[0, 0, 1], [1, 0, 0]]",
  random_uniform: "random_uniform([2, 3]) // f32[2, 3]",
  random_normal: "random_normal([2, 3], std = 0.02) // f32[2, 3]",
  bernoulli: "bernoulli(full([4], 0.5)) // bool[4]",
  triu: "triu(ones([3, 3])) // [[1, 1, 1], [0, 1, 1], [0, 0, 1]]",
  tril: "tril(ones([2, 3]), k = 1) // [[1, 1, 0], [1, 1, 1]]",
  scatter_add: "scatter_add(stack(1, 2, 4), iota(3) % 2, rows = 2) // [5, 2]",
  gather: `gather(stack(5, 6, 7), iota(2) + 1) // [6, 7]
stack(5, 6, 7)[iota(2)] // [5, 6]`,
  damping: `fn scale(a: float) -> [] = full([], damping(leaky_relu, a))
scale(0.0) // 1`,
  delta: `param weight: [2, 2, 3] = dirac()
weight // [[[0, 1, 0], [0, 0, 0]], [[0, 0, 0], [0, 1, 0]]]`,
  attention: `let q = ones([1, 3, 4])
let v = cast(reshape(iota(3), [1, 3, 1]), f32)
attention(q, q, v) // [[[1], [1], [1]]]
attention(q, q, v, causal = true) // [[[0], [0.5], [1]]]`,
  scan: "scan((total, x) => (total + x, total + x), full([], 0.0), stack(1, 2, 3)) // 6; [1, 3, 6]",
  grad: `grad((x) => sum(x * x), stack(1, 2)) // [2, 4]
grad((x) => grad((y) => y * y * y, x), full([], 2.0)) // 12`,
  vjp: "vjp((x) => x * x, stack(1, 2), stack(1, 10)) // [2, 40]",
  jvp: "jvp((x) => x * x, stack(1, 2), stack(1, 10)) // [2, 40]",
  close: `property "doubling is adding" (N in 1..8, x: [N]) {
  assert close(2 * x, x + x)
}`,
  every: `layer Twice() {
  fn twice(n: []) -> [] = 2 * n
}
layer Pair() {
  a = Twice()
  b = Twice()
}
pair = Pair()
every(pair, twice, 3) // [6, 6]`,
  slope: `import { sgd } from "std/optim"
layer Slant() {
  param w: [] = ones
  state steepest: [] = zeros
  fn forward(x: [B]) -> [B] = w * x
  fn watch() -> [] {
    steepest <- max(steepest, abs(slope(w)))
    steepest
  }
}
model Line() {
  slant = Slant()
  fn forward(x: [B]) -> [B] = slant(x)
}
train Fit(net: Line, x: [B]) {
  loss = mean(net(x))
  optimizer = sgd(lr = 0.1)
  after = every(net, watch)
}`,
};

/** Examples by the name of the primitive. */
export const primitiveExamples: ReadonlyMap<string, string> = new Map(Object.entries(examples));
