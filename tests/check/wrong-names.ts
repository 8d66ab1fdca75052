// Programs with one mistake in names, arguments, kinds, selectors or training; the wrong line ends in `// here`.
import type { WrongProgram } from "./wrong-program.js";

const linear = `import { Linear } from "std/nn"\n`;

const net = `import { Linear } from "std/nn"
import { lora } from "std/adapters"
model Net(D = 8) {
  up = Linear(D, 4 * D)
  down = Linear(4 * D, D)
  fn forward(x: [B, D]) -> [B, D] = x |> up |> relu |> down
}
`;

const trained = `import { sgd } from "std/optim"
import { mse } from "std/losses"
${net}`;

/** Mistakes that are about what a name means. */
export const wrongNames: readonly WrongProgram[] = [
  {
    title: "a misspelt function",
    text: `fn f(x: [B, D]) -> [B, D] = gleu(x) // here`,
    code: "unknown-name",
    says: ["`gleu`", "`gelu`"],
  },
  {
    title: "a misspelt value",
    text: `fn f(weight: [B, D]) -> [B, D] =\n  wieght * 2 // here`,
    code: "unknown-name",
    says: ["`wieght`", "`weight`"],
  },
  {
    title: "a misspelt import",
    text: `import { Linaer } from "std/nn" // here
layer A(D) {
  up = Linaer(D, D)
  fn forward(x: [B, D]) -> [B, D] = up(x)
}`,
    code: "unknown-export",
    says: ["`Linaer`", "`Linear`"],
  },
  {
    title: "a module that is not there",
    text: `import { Linear } from "std/nnn" // here
layer A(D) {
  up = Linear(D, D)
  fn forward(x: [B, D]) -> [B, D] = up(x)
}`,
    code: "unknown-module",
    says: ["`std/nnn`"],
  },
  {
    title: "an import that leaves the package",
    text: `import { Head } from "../other" // here
layer A(D) {
  head = Head(D)
  fn forward(x: [B, D]) -> [B, D] = head(x)
}`,
    code: "import-outside-package",
    says: ["`../other`"],
  },
  {
    title: "an assignment to a name that is not declared",
    text: `fn f(x: [B]) -> [B] {\n  y = x + 1 // here\n  y\n}`,
    code: "unknown-variable",
    says: ["`var y`"],
  },
  {
    title: "an assignment to a `let`",
    text: `fn f(x: [B]) -> [B] {\n  let y = x\n  y = y + 1 // here\n  y\n}`,
    code: "assign-to-let",
    says: ["`y`", "`var`"],
  },
  {
    title: "a member that the layer lacks",
    text: `${linear}layer A(D) {
  up = Linear(D, D)
  fn forward(x: [B, D]) -> [B, D] = x @ up.wieght.T // here
}`,
    code: "unknown-member",
    says: ["`wieght`", "`Linear`", "`weight`"],
  },
  {
    title: "a layer without `forward` that is called",
    text: `layer Table(V, D) {
  param weight: [V, D] = zeros
}
layer A(V, D) {
  table = Table(V, D)
  fn look(x: i32[B]) -> [B, D] = table(x) // here
}`,
    code: "missing-forward",
    says: ["`Table`", "`fn forward`"],
  },
  {
    title: "a layer that misses an argument",
    text: `${linear}layer A(D) {
  up = Linear(D) // here
  fn forward(x: [B, D]) -> [B, D] = up(x)
}`,
    code: "missing-argument",
    says: ["`Linear`", "`Out`"],
  },
  {
    title: "an argument too many",
    text: `fn f(x: [B]) -> [B] = relu(x, 2) // here`,
    code: "too-many-arguments",
    says: ["`relu`"],
  },
  {
    title: "a misspelt argument of a primitive",
    text: `fn f(x: [B, T]) -> [B] = sum(x, axes = 1) // here`,
    code: "unknown-argument",
    says: ["`axes`", "`axis`"],
  },
  {
    title: "a misspelt argument of a layer",
    text: `${linear}layer A(D) {
  up = Linear(D, D, bias = false) // here
  fn forward(x: [B, D]) -> [B, D] = up(x)
}`,
    code: "unknown-argument",
    says: ["`bias`", "`Linear`"],
  },
  {
    title: "an argument given twice",
    text: `fn f(x: [B, T]) -> [B] = sum(x, 1, axis = 1) // here`,
    code: "duplicate-argument",
    says: ["`axis`"],
  },
  {
    title: "two functions of one name",
    text: `fn f(x: [B]) -> [B] = x\nfn f(x: [B]) -> [B] = x + 1 // here`,
    code: "duplicate-name",
    says: ["`f`"],
  },
  {
    title: "two members of one name",
    text: `${linear}layer A(D) {
  up = Linear(D, D)
  up = Linear(D, D) // here
  fn forward(x: [B, D]) -> [B, D] = up(x)
}`,
    code: "duplicate-name",
    says: ["`up`"],
  },
  {
    title: "functions that call each other",
    text: `fn f(x: [B]) -> [B] = g(x)\nfn g(x: [B]) -> [B] = f(x) // here`,
    code: "recursive-declaration",
    says: ["`f`", "fn g("],
  },
  {
    title: "a layer inside itself",
    text: `layer A(D) {\n  inner = A(D) // here\n  fn forward(x: [B, D]) -> [B, D] = inner(x)\n}`,
    code: "recursive-declaration",
    says: ["`A`"],
  },
  {
    title: "a call of a tensor",
    text: `fn f(x: [B], y: [B]) -> [B] = x(y) // here`,
    code: "not-callable",
    says: ["tensor"],
  },
  {
    title: "a tensor where a dimension belongs",
    text: `fn f(x: [B, D], n: [D]) -> [B, 3] = reshape(x, [B, n]) // here`,
    code: "wrong-kind",
    says: ["tensor", "dimension"],
  },
  {
    title: "a float where a dimension belongs",
    text: `${linear}layer A(D) {
  up = Linear(D, 0.5) // here
  fn forward(x: [B, D]) -> [B, D] = x
}`,
    code: "wrong-kind",
    says: ["dimension", "number"],
  },
  {
    title: "a tensor as a static condition",
    text: `fn f(x: [B]) -> [B] = if sum(x) > 0 { x } else { -x } // here`,
    code: "wrong-kind",
    says: ["static condition", "tensor"],
  },
  {
    title: "three names for two results",
    text: `fn f(x: [B, 2 * D]) -> [B, D] {\n  let (a, b, c) = split(x, 2, axis = 1) // here\n  a + b + c\n}`,
    code: "wrong-kind",
    says: ["3 values", "2 values"],
  },
  {
    title: "a write to something that is no state",
    text: `layer A(D) {
  param scale: [D] = ones
  fn forward(x: [B, D]) -> [B, D] {
    scale <- mean(x, axis = 0) // here
    x * scale
  }
}`,
    code: "state-write-outside-layer",
    says: ["state"],
  },
  {
    title: "an `adapt` line that selects nothing",
    text: `${net}model Small = Net with {\n  adapt q by lora(rank = 2) // here\n}`,
    code: "selector-no-match",
    says: ["`q`"],
  },
  {
    title: "a `freeze` line that selects nothing",
    text: `${net}model Small = Net with {\n  freeze upp // here\n}`,
    code: "selector-no-match",
    says: ["`upp`", "`up`"],
  },
  {
    title: "an init rule that selects nothing",
    text: `${linear}model A(D = 4) {
  up = Linear(D, D)
  init {
    up.wieght = zeros // here
  }
  fn forward(x: [B, D]) -> [B, D] = up(x)
}`,
    code: "selector-no-match",
    says: ["`up.wieght`", "`up.weight`"],
  },
  {
    title: "an adapter on a parameter",
    text: `${net}model Small = Net with {\n  adapt up.weight by lora(rank = 2) // here\n}`,
    code: "adapter-misfit",
    says: ["up.weight"],
  },
  {
    title: "a function derived like a model",
    text: `fn f(x: [B]) -> [B] = x\nmodel A = f with { // here\n  set D = 2\n}`,
    code: "not-a-model",
    says: ["`f`"],
  },
  {
    title: "a derived model of something unknown",
    text: `model A = Gtp with { // here\n  set D = 2\n}`,
    code: "not-a-model",
    says: ["`Gtp`"],
  },
  {
    title: "a setting that does not exist",
    text: `${trained}train T(net: Net, x: [B, 8], y: [B, 8]) {
  loss = mse(net(x), y)
  optimizer = sgd(lr = 0.1)
  clipnorm = 1.0 // here
}`,
    code: "training-setting-unknown",
    says: ["`clipnorm`", "`clip_norm`"],
  },
  {
    title: "a training run without an optimizer",
    text: `${trained}train T(net: Net, x: [B, 8], y: [B, 8]) { // here\n  loss = mse(net(x), y)\n}`,
    code: "optimizer-missing",
    says: ["optimizer"],
  },
  {
    title: "a training run without a loss",
    text: `${trained}train T(net: Net, x: [B, 8]) { // here\n  optimizer = sgd(lr = 0.1)\n}`,
    code: "loss-missing",
    says: ["loss"],
  },
  {
    title: "a misspelt optimizer argument in a group",
    text: `${trained}train T(net: Net, x: [B, 8], y: [B, 8]) {
  loss = mse(net(x), y)
  optimizer = sgd(lr = 0.1)
  group **.bias { weigth_decay = 0.0 } // here
}`,
    code: "unknown-argument",
    says: ["`weigth_decay`", "`weight_decay`"],
  },
  {
    title: "a loss with an axis left",
    text: `${trained}train T(net: Net, x: [B, 8], y: [B, 8]) {
  loss = (net(x) - y) ** 2 // here
  optimizer = sgd(lr = 0.1)
}`,
    code: "non-scalar-loss",
    says: ["f32[B, 8]"],
  },
  {
    title: "the gradient of a vector",
    text: `fn f(x: [N]) -> [N] = grad((z) => z ** 2, x) // here`,
    code: "non-scalar-loss",
    says: ["f32[N]"],
  },
  {
    title: "a cotangent of another shape",
    text: `fn f(x: [N, D], ct: [D]) -> [N, D] = vjp((z) => sum(z, axis = 1), x, ct) // here`,
    code: "shape-mismatch",
    says: ["f32[N]", "f32[D]"],
  },
  {
    title: "a function where a tensor is differentiated",
    text: `fn f(x: [N]) -> [N] = grad((z) => sum(z), relu) // here`,
    code: "wrong-kind",
    says: ["tensor", "function"],
  },
  {
    title: "two parameters of one name",
    text: `fn f(x: [B], x: [C]) -> [C] = x // here`,
    code: "duplicate-name",
    says: ["`x`"],
  },
  {
    title: "two static arguments of one name",
    text: `layer A(D, D) { // here\n  fn forward(x: [D]) -> [D] = x\n}`,
    code: "duplicate-name",
    says: ["`D`"],
  },
  {
    title: "a derivative with an input too few",
    text: `fn f(x: [N]) -> [N] = grad((a, b) => sum(a * b), x) // here`,
    code: "missing-argument",
    says: ["`b`"],
  },
  {
    title: "a parameter that a condition may leave out",
    text: `layer A(D, shifted: bool = true) {
  param shift: [D] = zeros if shifted
  fn forward(x: [B, D]) -> [B, D] = x + shift // here
}`,
    code: "wrong-kind",
    says: ["`if` leaves out", "tensor"],
  },
  {
    title: "a function that gives a static argument another shape",
    text: `layer A(D, f: fn = gelu) {
  fn forward(x: [B, D]) -> [B, D] = f(x) // here
}
model M(D = 3) {
  a = A(D, f = (x) => sum(x, axis = 1))
  fn forward(x: [B, D]) -> [B, D] = a(x)
}`,
    code: "rank-mismatch",
    says: ["1 axis", "2 axes"],
  },
];
