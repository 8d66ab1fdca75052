// The law that a device computes what the float64 reference does, forward and backward.
import { declarationEntries, type LoweredDeclaration } from "../../../compiler/laws/declaration.js";
import type { Tensor } from "../../../compiler/reference/tensor.js";
import { isFloat } from "../../../compiler/types/dtype.js";
import type { HostTensor } from "../../../runtime/weights.js";
import type { Case } from "../case.js";
import { backward, forward, gapBetween, showGap, type Tolerance } from "./compare.js";
import { valuesOf, type Values } from "./evaluation.js";
import { cotangents } from "./gradients.js";
import type { Broken, Law, LawSubject } from "./subject.js";

export const device: Law = {
  name: "device",
  share: 2,
  // Each choice of sizes has kernels of its own to compile.
  choices: 2,
  styles: ["ordinary", "whole"],
  reason: ({ machines }) => (machines.device ? undefined : (machines.without ?? "no device")),
  async try(subject, drawn) {
    const lowered = subject.at(drawn.assignment);
    return lowered && compare(subject, lowered, drawn);
  },
};

async function compare(
  subject: LawSubject,
  lowered: LoweredDeclaration,
  drawn: Case,
): Promise<Broken | undefined> {
  const { device: machine } = subject.machines;
  if (!machine) return undefined;
  const evaluation = subject.evaluation(lowered);
  const variables = evaluation.trained(drawn.seed);
  const inputs = valuesOf(drawn);
  const results = evaluation.run(declarationEntries.forward, inputs, variables, drawn.seed);
  const weights = cotangents(lowered, results, drawn.seed);
  const backend = await machine.open(lowered.compiled);
  try {
    const passes: readonly (readonly [string, Values, Tolerance])[] = [
      [declarationEntries.forward, inputs, forward],
      [declarationEntries.backward, new Map([...inputs, ...weights]), backward],
    ];
    for (const [name, given, tolerance] of passes) {
      const entry = evaluation.entry(name);
      if (!entry) continue;
      const expected = evaluation.run(name, given, variables, drawn.seed);
      await backend.writeVariables(hostTensors(variables));
      const found = await backend.run(name, hostTensors(given), { seed: drawn.seed, step: 1 });
      for (const [i, { name: result }] of entry.program.outputs.entries()) {
        const want = expected[i];
        const have = found.get(result);
        if (!want || !have || !isComparable(want)) continue;
        const gap = gapBetween(have.data, want.data, tolerance);
        if (!gap) continue;
        const which = name === declarationEntries.forward ? "" : "the gradient of ";
        const what = `${which}\`${result.replace(/^inputs\./, "")}\``;
        return {
          what: `${what} is ${showGap(gap, want.shape)}, on the device and in float64`,
          more: [`on ${machine.description}`],
        };
      }
    }
    return undefined;
  } finally {
    backend.dispose();
  }
}

/** Numbers that f32 holds with room to spare. */
const isComparable = ({ data }: Tensor): boolean => data.every((x) => Math.abs(x) < 1e30);

const hostTensors = (values: Values): ReadonlyMap<string, HostTensor> =>
  new Map(
    [...values].map(([name, { dtype, shape, data }]) => [
      name,
      { dtype, shape, data: isFloat(dtype) ? Float32Array.from(data) : data },
    ]),
  );
