// Programs that are right in every shape and do what nobody means: each gets one warning.
import { classifier, deep, image, nn, optim } from "./programs.js";

/** A program with one warning: its code, the text of the line it stands on, and names that it must contain. */
export interface WarnedCase {
  readonly title: string;
  readonly code: string;
  readonly line: string;
  readonly names: readonly string[];
  readonly program: string;
}

/** One program for each thing that is warned of, and for each way to hide it. */
export const warned: readonly WarnedCase[] = [
  {
    title: "a state that nothing reads",
    code: "unused-state",
    line: "state seen",
    names: ["seen"],
    program: `layer Scale(D) {
  param by: [D] = ones
  state seen: [D] = zeros
  fn forward(x: [B, D]) -> [B, D] = x * by
}`,
  },
  {
    title: "a list of layers that nothing calls",
    code: "unused-layer",
    line: "spare =",
    names: ["spare"],
    program: `${nn}
layer Two(D) {
  main = Linear(D, D)
  spare = [Linear(D, D) for i in 0..3]
  fn forward(x: [B, D]) -> [B, D] = main(x)
}`,
  },
  {
    title: "a sublayer of which the model calls only another function",
    code: "unused-parameter",
    line: "both =",
    names: ["both.other.weight", "Net"],
    program: `${nn}
layer Both(D) {
  main = Linear(D, D)
  other = Linear(D, D)
  fn forward(x: [B, D]) -> [B, D] = main(x)
  fn extra(x: [B, D]) -> [B, D] = other(x)
}
model Net(D = 4) {
  both = Both(D)
  fn forward(x: [B, D]) -> [B, D] = both(x)
}`,
  },
  {
    title: "a gradient stopped by hand",
    code: "untrained-parameter",
    line: "let h = stop_gradient",
    names: ["hidden.weight", "stop_gradient"],
    program: classifier(
      "let h = stop_gradient(hidden(x))\n    head(h)",
      "cross_entropy(net(x), labels)",
    ),
  },
  {
    title: "a gradient that ends in an index",
    code: "untrained-parameter",
    line: "let best = argmax",
    names: ["hidden.weight", "integers"],
    program: classifier(
      "let best = argmax(hidden(x), axis = -1)\n    head(one_hot(best, D))",
      "cross_entropy(net(x), labels)",
    ),
  },
  {
    title: "a gradient that ends in a comparison",
    code: "untrained-parameter",
    line: "let gate = select(hidden(x) > 0",
    names: ["hidden.bias"],
    program: classifier(
      "let gate = select(hidden(x) > 0, ones_like(x), zeros_like(x))\n    head(x * gate)",
      "cross_entropy(net(x), labels)",
    ),
  },
  {
    title: "a gradient that ends in rounding",
    code: "untrained-parameter",
    line: "let h = round",
    names: ["hidden.weight", "round"],
    program: classifier(
      "let h = round(hidden(x) * 8) / 8\n    head(h)",
      "cross_entropy(net(x), labels)",
    ),
  },
  {
    title: "a loss that looks at one head of two",
    code: "untrained-parameter",
    line: "loss =",
    names: ["second.weight"],
    program: `${nn}
${optim}
model Net(D = 16, V = 4) {
  first = Linear(D, V)
  second = Linear(D, V)
  fn forward(x: [B, D]) -> (a: [B, V], b: [B, V]) = (first(x), second(x))
}
train Fit(net: Net, x: [B, 16], labels: i32[B]) {
  let (a, b) = net(x)
  loss = cross_entropy(a, labels)
  optimizer = adamw(lr = 1e-3)
}`,
  },
  {
    title: "the softmax of a model given to cross-entropy",
    code: "probabilities-as-logits",
    line: "loss =",
    names: ["logits", "cross_entropy"],
    program: classifier("softmax(head(hidden(x)))", "cross_entropy(net(x), labels)"),
  },
  {
    title: "a softmax behind a transpose and a let",
    code: "probabilities-as-logits",
    line: "loss =",
    names: ["logits", "cross_entropy"],
    program: classifier(
      "let p = softmax(head(hidden(x)).T, axis = 0)\n    let back = p.T\n    back",
      "cross_entropy(net(x), labels)",
    ),
  },
  {
    title: "a softmax written out",
    code: "probabilities-as-logits",
    line: "cross_entropy(mine(scores)",
    names: ["logits", "cross_entropy"],
    program: `fn mine(x: [B, V]) -> [B, V] {
  let e = exp(x - max(x, axis = -1, keep = true))
  e / sum(e, axis = -1, keep = true)
}
fn loss(scores: [B, V], labels: i32[B]) -> [] = cross_entropy(mine(scores), labels)`,
  },
  {
    title: "logarithms of probabilities given to cross-entropy",
    code: "probabilities-as-logits",
    line: "cross_entropy(log_softmax",
    names: ["logits", "cross_entropy", "logarithms"],
    program:
      "fn loss(scores: [B, V], labels: i32[B]) -> [] = cross_entropy(log_softmax(scores), labels)",
  },
  {
    title: "a sigmoid given to the binary loss of logits",
    code: "probabilities-as-logits",
    line: "bce_with_logits(sigmoid",
    names: ["logits", "bce_with_logits"],
    program: "fn loss(x: [B], y: [B]) -> [] = bce_with_logits(sigmoid(x), y)",
  },
  {
    title: "a loss of one's own that says what it takes",
    code: "probabilities-as-logits",
    line: "focal(softmax",
    names: ["scores", "focal"],
    program: `@logits(scores)
fn focal(scores: [B, V], labels: i32[B]) -> [] {
  let p = softmax(scores)
  -mean(sum((1 - p) ** 2 * log(p + 1e-6) * one_hot(labels, V), axis = -1))
}
fn loss(x: [B, V], labels: i32[B]) -> [] = focal(softmax(x), labels)`,
  },
  {
    title: "a convolution before batch normalisation",
    code: "cancelled-bias",
    line: "conv = Conv2d",
    names: ["conv.bias", "with_bias = false"],
    program: image("norm |> relu", "norm = BatchNorm2d(C)"),
  },
  {
    title: "a convolution before instance normalisation",
    code: "cancelled-bias",
    line: "conv = Conv2d",
    names: ["conv.bias"],
    program: image("norm", "norm = InstanceNorm2d(C)"),
  },
  {
    title: "group normalisation with one channel in each group",
    code: "cancelled-bias",
    line: "conv = Conv2d",
    names: ["conv.bias"],
    program: image("norm", "norm = GroupNorm(C, C)"),
  },
  {
    title: "one number added before layer normalisation",
    code: "cancelled-bias",
    line: "param shift",
    names: ["shift"],
    program: `${nn}
model Net(D = 8) {
  param shift: [1] = zeros
  norm = LayerNorm(D)
  fn forward(x: [B, D]) -> [B, D] = norm(x + shift)
}`,
  },
  {
    title: "a mask drawn whether training or not",
    code: "dropout-in-inference",
    line: "select(bernoulli",
    names: ["Net.forward"],
    program: `${nn}
model Net(D = 8) {
  a = Linear(D, D)
  fn forward(x: [B, D]) -> [B, D] {
    let h = a(x)
    select(bernoulli(0.9, [B, D]), h / 0.9, 0)
  }
}`,
  },
  {
    title: "a mask as a factor",
    code: "dropout-in-inference",
    line: "h * cast",
    names: ["Net.forward"],
    program: `${nn}
model Net(D = 8) {
  a = Linear(D, D)
  fn forward(x: [B, D]) -> [B, D] {
    let h = a(x)
    h * cast(random_uniform(like h) > 0.1, f32)
  }
}`,
  },
  {
    title: "batch normalisation without running statistics",
    code: "batch-statistics-in-inference",
    line: "let m = mean",
    names: ["`B`", "Net.forward"],
    program: `model Net(D = 8) {
  param by: [D] = ones
  fn forward(x: [B, D]) -> [B, D] {
    let m = mean(x, axis = 0)
    let v = mean((x - m) ** 2, axis = 0)
    (x - m) / sqrt(v + 1e-5) * by
  }
}`,
  },
  {
    title: "weights far too large",
    code: "unstable-initialisation",
    line: "init {",
    names: ["layers", "he_normal", "grow"],
    program: deep("normal(std = 0.5)", "relu(layers[i](h))"),
  },
  {
    title: "weights far too small",
    code: "unstable-initialisation",
    line: "init {",
    names: ["layers", "lecun_normal", "die"],
    program: deep("normal(std = 0.01)", "tanh(layers[i](h))"),
  },
  {
    title: "a residual stream that each layer doubles",
    code: "unstable-initialisation",
    line: "init {",
    names: ["layers", "grow"],
    program: deep("he_normal", "h + relu(layers[i](h))", 40),
  },
  {
    title: "siblings instead of a list",
    code: "unstable-initialisation",
    line: "init {",
    names: ["a … f", "die"],
    program: `${nn}
model Net(D = 128) {
  a = Linear(D, D)
  b = Linear(D, D)
  c = Linear(D, D)
  d = Linear(D, D)
  e = Linear(D, D)
  f = Linear(D, D)
  init { **.weight = normal(std = 0.01) }
  fn forward(x: [B, D]) -> [B, D] =
    x |> a |> relu |> b |> relu |> c |> relu |> d |> relu |> e |> relu |> f
}`,
  },
];
