// A small package on the disk for tests of the language server.
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Two files that use each other. */
export const files = {
  blocks: `// Blocks that the models share.
import { LayerNorm, Linear } from "std/nn"

/// Position-wise feed-forward network: expand, bend, project back.
layer Mlp(D, F = 4 * D) {
  up = Linear(D, F)
  down = Linear(F, D)

  fn forward(x: [..., D]) -> [..., D] = x |> up |> gelu |> down
}

/// A network beside its input.
layer Block(D) {
  norm = LayerNorm(D)
  mlp = Mlp(D)

  fn forward(x: [B, T, D]) -> [B, T, D] {
    let h = norm(x)
    x + mlp(h)
  }
}
`,
  model: `// A model of blocks.
import { Block } from "./blocks"
import { Linear } from "std/nn"
import { lora } from "std/adapters"
import { adamw } from "std/optim"

/// Blocks and a head.
model Net(D = 64, L = 2, Out = 10) {
  h = [Block(D) for i in 0..L]
  head = Linear(D, Out)

  init { **.bias = zeros }

  fn forward(x: [B, T, D]) -> [B, Out] {
    var y = x
    for block in h { y = block(y) }
    let pooled = mean(y, axis = 1)
    head(pooled)
  }
}

model Tuned = Net with {
  adapt h.*.mlp.up by lora(rank = 4)
}

train Fit(net: Net, x: [B, T, 64], y: i32[B]) {
  loss = cross_entropy(net(x), y)
  optimizer = adamw(lr = 1e-3)
}

property "a batch of one is as good as any" (net: Net, x: [1, 3, 64]) {
  assert close(net(x), net(concat(x, x, axis = 0))[:1])
}
`,
} as const;

export type Name = keyof typeof files;

/** Writes the package to a new folder. */
export function writePackage(texts: Readonly<Record<string, string>> = files): {
  readonly folder: string;
  readonly path: (name: string) => string;
} {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "adjoint-lsp-")));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "dl.json"), "{}");
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, `${name}.dl`), text);
  return { folder, path: (name) => join(folder, `${name}.dl`) };
}
