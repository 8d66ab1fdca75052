// Programs that only look like those that are warned of.
import { classifier, deep, image, nn, optim } from "./programs.js";

/** Programs that get no warning, by what they show. */
export const silent: Readonly<Record<string, string>> = {
  "a straight-through estimator": classifier(
    "let h = hidden(x)\n    head(h + stop_gradient(round(h) - h))",
    "cross_entropy(net(x), labels)",
  ),
  "a peak that is subtracted without a gradient": classifier(
    "let h = hidden(x)\n    head(h - stop_gradient(max(h, axis = -1, keep = true)))",
    "cross_entropy(net(x), labels)",
  ),
  "a frozen part": `${classifier("head(stop_gradient(hidden(x)))", "mse(x, x)").split("train Fit")[0] ?? ""}
model Probe = Net with { freeze hidden }
train Fit(net: Probe, x: [B, 16], labels: i32[B]) {
  loss = cross_entropy(net(x), labels)
  optimizer = adamw(lr = 1e-3)
}`,
  "two runs that share the work": `${nn}
${optim}
model Net(D = 4) {
  first = Linear(D, D)
  second = Linear(D, D)
  fn forward(x: [B, D]) -> [B, D] = first(x)
  fn other(x: [B, D]) -> [B, D] = second(x)
}
train One(net: Net, x: [B, 4]) {
  loss = mse(net(x), x)
  optimizer = adamw(lr = 1e-3)
}
train Two(net: Net, x: [B, 4]) {
  loss = mse(net.other(x), x)
  optimizer = adamw(lr = 1e-3)
}`,
  "probabilities given to a loss of logarithms": `fn loss(x: [B, V], labels: i32[B]) -> [] = nll(log(softmax(x)), labels)`,
  "probabilities compared with probabilities": `fn loss(x: [B, V], y: [B, V]) -> [] = mse(softmax(x), softmax(y))`,
  "logits that are a product with attention weights": `fn loss(q: [B, T], v: [T, V], labels: i32[B]) -> [] = cross_entropy(softmax(q) @ v, labels)`,
  "scaled probabilities are logits again": `fn loss(x: [B, V], labels: i32[B]) -> [] = cross_entropy(10 * softmax(x) - 5, labels)`,
  "cosines over a temperature": `fn loss(a: [B, D], b: [V, D], labels: i32[B]) -> [] = cross_entropy(normalize(a) @ normalize(b).T / 0.07, labels)`,
  "rectified logits": `fn loss(x: [B, V], labels: i32[B]) -> [] = cross_entropy(relu(x), labels)`,
  "layer normalisation keeps what features differ by": `${nn}
model Net(D = 8) {
  a = Linear(D, D)
  norm = LayerNorm(D)
  fn forward(x: [B, D]) -> [B, D] = x |> a |> norm
}`,
  "RMS normalisation subtracts nothing": `${nn}
model Net(D = 8) {
  a = Linear(D, D)
  norm = RMSNorm(D)
  fn forward(x: [B, D]) -> [B, D] = x |> a |> norm
}`,
  "groups of several channels": image("norm", "norm = GroupNorm(2, C)"),
  "a rectifier in between": image("relu |> norm", "norm = BatchNorm2d(C)"),
  "a convolution that is also handed on as it is": `${nn}
model Net(C = 8) {
  conv = Conv2d(3, C, 3, padding = 1)
  norm = BatchNorm2d(C)
  fn forward(x: [B, 3, 16, 16]) -> [B, C, 16, 16] {
    let h = conv(x)
    h + norm(h)
  }
}`,
  "a factor and not a bias": `${nn}
model Net(C = 8) {
  param by: [C] = ones
  norm = InstanceNorm2d(C)
  fn forward(x: [B, C, 4, 4]) -> [B, C, 4, 4] = norm(x * rearrange(by, [c -> c 1 1]))
}`,
  "zero padding ends where the bias does not": `${nn}
model Net(C = 8) {
  param shift: [C] = zeros
  norm = InstanceNorm2d(C)
  fn forward(x: [B, C, 4, 4]) -> [B, C, 4, 6] =
    norm(pad(x + rearrange(shift, [c -> c 1 1]), axis = 3, before = 1, after = 1))
}`,
  "dropout of the library": `${nn}
model Net(D = 8) {
  a = Linear(D, D)
  fn forward(x: [B, D]) -> [B, D] = dropout(a(x), 0.2)
}`,
  "sampling of a latent": `${nn}
model Vae(D = 8, Z = 4) {
  mean_of = Linear(D, Z)
  scale_of = Linear(D, Z)
  out = Linear(Z, D)
  fn forward(x: [B, D]) -> [B, D] {
    let z = mean_of(x) + exp(0.5 * scale_of(x)) * random_normal([B, Z])
    out(z)
  }
}`,
  "draws with probabilities of the model": `${nn}
model Rbm(D = 8, H = 4) {
  up = Linear(D, H)
  down = Linear(H, D)
  fn forward(x: [B, D]) -> [B, D] {
    let p = sigmoid(up(x))
    down(cast(random_uniform(like p) < p, f32))
  }
}`,
  "statistics over time": `model Standard(D = 4) {
  param by: [D] = ones
  fn forward(x: [T, D]) -> [T, D] {
    let c = x - mean(x, axis = 0)
    c * rsqrt(mean(c * c, axis = 0) + 1e-5) * by
  }
}`,
  "the mean of a batch as a result": `${nn}
model Pool(D = 4) {
  a = Linear(D, D)
  fn forward(x: [B, D]) -> [D] = mean(a(x), axis = 0)
}`,
  "rectifiers after He": deep("he_normal", "relu(layers[i](h))", 60),
  "tanh after LeCun": deep("lecun_normal", "tanh(layers[i](h))", 60),
  "five layers of the default": `${nn}
model Net(D = 256) {
  a = Linear(784, D)
  b = Linear(D, D)
  c = Linear(D, D)
  d = Linear(D, D)
  e = Linear(D, 10)
  fn forward(x: [B, 784]) -> [B, 10] = x |> a |> relu |> b |> relu |> c |> relu |> d |> relu |> e
}`,
  "a deep residual stream with norms": deep(
    "normal(std = 0.02)",
    "h + relu(layers[i](norms[i](h)))",
    96,
  ),
  "norms after layers whose size they undo": deep(
    "normal(std = 3)",
    "norms[i](relu(layers[i](h)))",
    16,
  ),
  "a hundred residual layers at their defaults": `${nn}
model Net(D = 64, L = 100) {
  layers = [Linear(D, D) for i in 0..L]
  norms = [LayerNorm(D) for i in 0..L]
  init { **.weight: Linear = he_normal }
  fn forward(x: [B, D]) -> [B, D] {
    var h = 0.02 * x
    for i in 0..L { h = h + relu(layers[i](norms[i](h))) }
    h
  }
}`,
  "experts side by side": `${nn}
model Experts(D = 64, E = 8) {
  experts = [Linear(D, D) for i in 0..E]
  init { **.weight = normal(std = 0.001) }
  fn forward(x: [B, D]) -> [B, D] {
    var total = zeros_like(x)
    for expert in experts { total = total + relu(expert(x)) }
    total
  }
}`,
};
