// Programs by what differs in them: a classifier with its training run, an image model, a deep model.

/** Imports that most programs need. */
export const nn =
  'import { BatchNorm2d, Conv2d, GroupNorm, InstanceNorm2d, LayerNorm, Linear, RMSNorm } from "std/nn"';
export const optim = 'import { adamw } from "std/optim"';

/** A model with a hidden layer and a training run whose lines are given. */
export const classifier = (body: string, loss: string): string => `${nn}
${optim}
model Net(D = 16, V = 4) {
  hidden = Linear(D, D)
  head = Linear(D, V)
  fn forward(x: [B, D]) -> [B, V] {
    ${body}
  }
}
train Fit(net: Net, x: [B, 16], labels: i32[B], soft: [B, 4]) {
  loss = ${loss}
  optimizer = adamw(lr = 1e-3)
}`;

/** An image model that sends a convolution through the given stages. */
export const image = (stages: string, members: string): string => `${nn}
model Net(C = 8) {
  conv = Conv2d(3, C, 3, padding = 1)
  ${members}
  fn forward(x: [B, 3, 16, 16]) -> [B, C, 16, 16] = x |> conv |> ${stages}
}`;

/** A deep model: width, depth, initialiser, and what a layer does to \`h\`. */
export const deep = (init: string, step: string, depth = 24): string => `${nn}
model Net(D = 256, L = ${String(depth)}) {
  layers = [Linear(D, D) for i in 0..L]
  norms = [LayerNorm(D) for i in 0..L]
  init { **.weight: Linear = ${init} }
  fn forward(x: [B, D]) -> [B, D] {
    var h = x
    for i in 0..L { h = ${step} }
    norms[0](h)
  }
}`;
