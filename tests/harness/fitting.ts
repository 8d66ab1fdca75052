// A small language model and what it takes, for tests of memory budgets.
import { compile } from "../../compiler/compile.js";
import { fit, type Fit } from "../../compiler/fit/index.js";
import type { Compiled } from "../../compiler/ir/program.js";
import { openPackage, readSource } from "../../cli/host.js";
import type { Artifact, Target } from "../../runtime/format.js";
import { needsOf, totalBytes } from "../../runtime/needs.js";

/** Sizes of the free dims: `B` and `T`. */
export type Sizes = Readonly<Record<string, number>>;

/** The GPT of the peers with its training step, smaller. */
export function smallGpt(sets: Readonly<Record<string, string>>): Compiled {
  const path = "examples/peers/gpt.dl";
  const options = { runs: ["Train"], entries: [], sets, isVerified: true };
  const result = compile(readSource(path), openPackage(path).host, options);
  if (result.ok) return result.value;
  throw new Error(result.diagnostics.map((d) => `${d.title}: ${d.primary.text}`).join("\n"));
}

/** Bytes of all buffers of an entry, by name of its free dims. */
export function bytesFor(artifact: Artifact, name: string, sizes: Sizes): number {
  const plan = [...artifact.entries, ...artifact.steps].find((e) => e.name === name);
  const symbols = plan?.program.symbols.map((symbol) => sizes[symbol.name] ?? 0) ?? [];
  return totalBytes(needsOf(artifact, name, symbols));
}

/** Makes a model fit into some bytes. */
export const fittedInto = (compiled: Compiled, target: Target, sizes: Sizes, budget: number): Fit =>
  fit(compiled, {
    target,
    budget,
    sizes,
    measure: (artifact, name) => bytesFor(artifact, name, sizes),
  });

/** A deep net of equal layers with a training step, whose kernels are few. */
export function smallNet(): Compiled {
  const text = `import { Linear } from "std/nn"
import { sgd } from "std/optim"
model Net(D = 8) {
  a = Linear(D, 64)
  b = [Linear(64, 64) for i in 0..8]
  c = Linear(64, D)
  fn forward(x: [N, D]) -> [N, D] {
    var h = tanh(a(x))
    for inner in b { h = tanh(inner(h)) }
    c(h)
  }
}
train Train(net: Net, x: [N, 8], y: [N, 8]) {
  loss = mean((net(x) - y) * (net(x) - y))
  optimizer = sgd(lr = 0.1)
}`;
  const options = { runs: ["Train"], entries: [], isVerified: true };
  const result = compile({ path: "net.dl", text }, openPackage("tests").host, options);
  if (result.ok) return result.value;
  throw new Error(result.diagnostics.map((d) => `${d.title}: ${d.primary.text}`).join("\n"));
}
