// Activations that bend have the derivative there that PyTorch gives them: ties of `max` would share it between both sides.
import { expect, test } from "vitest";
import { openPackage } from "../cli/host.js";
import { compile } from "../compiler/index.js";
import { evaluate } from "../compiler/reference/evaluate.js";

const { host } = openPackage(".");

/** Printed by PyTorch 2.13: derivatives of `torch.nn.functional` at the places where the function bends. */
const kinks = [
  { call: "relu(x)", at: [0], slopes: [0] },
  { call: "relu6(x)", at: [0, 6], slopes: [0, 0] },
  { call: "leaky_relu(x)", at: [0], slopes: [0.01] },
  { call: "elu(x)", at: [0], slopes: [1] },
  { call: "elu(x, alpha = 2)", at: [0], slopes: [2] },
  { call: "selu(x)", at: [0], slopes: [1.7580993] },
  { call: "hardsigmoid(x)", at: [-3, 3], slopes: [0, 0] },
  { call: "hardswish(x)", at: [-3, 0, 3], slopes: [0, 0.5, 1] },
  { call: "softplus(x)", at: [0], slopes: [0.5] },
  { call: "abs(x)", at: [0], slopes: [0] },
];

test.each(kinks)("the derivative of $call at $at", ({ call, at, slopes }) => {
  const text = `fn slope(z: [${String(at.length)}]) -> [${String(at.length)}] = grad((x) => sum(${call}), z)\n`;
  const compiled = compile({ path: "kink.dl", text }, host, { fn: "slope" });
  const program = compiled.ok ? compiled.value.entries[0]?.program : undefined;
  if (!program) throw new Error(compiled.diagnostics.map((d) => d.title).join());
  const data = Float64Array.from(at);
  const leaves = () => ({ dtype: "f32" as const, shape: [at.length], data });
  const [found] = evaluate(program, { dims: new Map(), leaves }).values();
  slopes.forEach((slope, i) => {
    expect(found?.data[i]).toBeCloseTo(slope, 6);
  });
});
