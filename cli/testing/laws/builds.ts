// Laws about what is built of a declaration: bytes that repeat, weights that survive a file, clauses that are held.
import { buildArtifact } from "../../../compiler/artifact/index.js";
import { declarationEntries } from "../../../compiler/laws/declaration.js";
import { nearMisses } from "../../../compiler/laws/assignments.js";
import { tensorOf } from "../../../compiler/reference/tensor.js";
import { portable } from "../../../runtime/format.js";
import { numbersOf, parseSafetensors, serializeSafetensors } from "../../../runtime/weights.js";
import { gapBetween, showGap } from "./compare.js";
import { valuesOf } from "./evaluation.js";
import type { Law } from "./subject.js";

export const bytes: Law = {
  name: "bytes",
  share: 1,
  styles: ["zeros"],
  reason: () => undefined,
  try({ declaration }, { assignment }) {
    const [first, second] = [0, 1].map(() => {
      const lowered = declaration.lower(assignment);
      if (!lowered.ok) return undefined;
      const artifact = buildArtifact(lowered.value.compiled, { target: portable("discrete") });
      return JSON.stringify(artifact);
    });
    return first === second ? undefined : { what: "two builds differ" };
  },
};

export const saved: Law = {
  name: "saved",
  share: 2,
  styles: ["ordinary"],
  reason: ({ usual }) =>
    usual && usual.compiled.variables.length > 0 ? undefined : "it has nothing to save",
  try(subject, drawn) {
    const lowered = subject.at(drawn.assignment);
    if (!lowered) return undefined;
    const evaluation = subject.evaluation(lowered);
    const before = evaluation.trained(drawn.seed);
    const stored = [...before].map(
      ([path, { dtype, shape, data }]) =>
        [path, { dtype, shape, data: dtype === "f32" ? Float32Array.from(data) : data }] as const,
    );
    const file = parseSafetensors(serializeSafetensors(stored), "weights");
    const after = new Map(
      [...file.tensors].map(([path, tensor]) => {
        const numbers = numbersOf(tensor, "weights");
        return [path, tensorOf(before.get(path)?.dtype ?? "f32", tensor.shape, numbers)] as const;
      }),
    );
    const inputs = valuesOf(drawn);
    const [left, right] = [before, after].map((variables) =>
      evaluation.run(declarationEntries.forward, inputs, variables, drawn.seed),
    );
    for (const [i, tensor] of (left ?? []).entries()) {
      const gap = gapBetween(right?.[i]?.data ?? [], tensor.data, { relative: 0, absolute: 0 });
      if (gap)
        return { what: `after loading and before, a result is ${showGap(gap, tensor.shape)}` };
    }
    return undefined;
  },
};

export const clauses: Law = {
  name: "clauses",
  share: 2,
  styles: ["zeros"],
  reason: ({ declaration }) =>
    declaration.clauses.some((c) => c.text !== undefined) ? undefined : "it has no `where` clause",
  try({ declaration }, { assignment }) {
    const written = declaration.clauses.filter((c) => c.text !== undefined);
    for (const miss of nearMisses(declaration, assignment, written)) {
      if (!declaration.lower(miss.assignment).ok) continue;
      const sizes = [...miss.assignment].map(
        ([name, choice]) => `\`${name}\` = \`${String(choice)}\``,
      );
      return {
        what: `\`${miss.clause.text ?? ""}\` is not held`,
        more: [`accepted: ${sizes.join(", ")}`],
      };
    }
    return undefined;
  },
};
