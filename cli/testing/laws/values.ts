// Laws about results: their shapes, that they are finite, that rows of a batch are apart, that adapters start as nothing.
import { declarationEntries, type LoweredDeclaration } from "../../../compiler/laws/declaration.js";
import { valueOf } from "../../../compiler/laws/assignments.js";
import type { Tensor } from "../../../compiler/reference/tensor.js";
import { evaluate, symOf, type Dim } from "../../../compiler/types/dim.js";
import { isFloat } from "../../../compiler/types/dtype.js";
import type { Case, DrawnTensor } from "../case.js";
import { showIndex, showNumber } from "../show.js";
import { exact, gapBetween, showGap } from "./compare.js";
import { into } from "./domain.js";
import { valuesOf } from "./evaluation.js";
import type { Broken, Law, LawSubject } from "./subject.js";

const { forward, base } = declarationEntries;

const named = ({ results }: LoweredDeclaration, i: number): string =>
  `\`${results[i]?.name ?? "out"}\``;

export const shape: Law = {
  name: "shape",
  share: 5,
  styles: ["ordinary"],
  reason: ({ declaration }) =>
    declaration.results ? undefined : "its signature declares no result",
  try(subject, drawn) {
    const lowered = subject.at(drawn.assignment);
    if (!lowered) return undefined;
    const value = valueOf(subject.declaration, drawn.assignment);
    const results = run(subject, lowered, drawn);
    for (const [i, tensor] of results.entries()) {
      const declared = extents(subject.declaration.results?.[i] ?? [], (d) => evaluate(d, value));
      // The sizes that a pack stands for are one number in the signature.
      const isPacked = declared.length !== tensor.shape.length;
      const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
      const isSame = isPacked
        ? product(declared) === product(tensor.shape)
        : String(declared) === String(tensor.shape);
      if (!isSame) {
        const [want, have] = [declared, tensor.shape].map((s) => `\`[${s.join(", ")}]\``);
        return { what: `${named(lowered, i)} is ${String(have)}, declared ${String(want)}` };
      }
    }
    return undefined;
  },
};

const extents = (dims: readonly Dim[], value: (d: Dim) => number | undefined): readonly number[] =>
  dims.map((d) => value(d) ?? NaN);

/** Neither near 0 nor large: what no declaration can have against its inputs. */
const isOrdinary = ({ tensors }: Case): boolean =>
  [...tensors.values()].every(
    ({ dtype, data }) =>
      !isFloat(dtype) || data.every((x) => Math.abs(x) >= 1e-2 && Math.abs(x) <= 8),
  );

export const finite: Law = {
  name: "finite",
  share: 24,
  styles: ["ordinary", "extreme", "extreme", "extreme", "equal", "zeros", "sorted"],
  reason: (subject) =>
    subject.usual?.results.some(({ value }) => isFloat(value.type.dtype)) === true
      ? undefined
      : "its results are no floats",
  try(subject, drawn) {
    const lowered = subject.at(drawn.assignment);
    if (!lowered) return undefined;
    const mayOverflow = !isOrdinary(drawn);
    for (const [i, { dtype, shape: sizes, data }] of run(subject, lowered, drawn).entries()) {
      if (!isFloat(dtype)) continue;
      const place = data.findIndex((x) => Number.isNaN(x) || (!mayOverflow && !Number.isFinite(x)));
      if (place < 0) continue;
      const index = showIndex(sizes, place);
      const where = index === "" ? "" : ` at \`${index}\``;
      return { what: `${named(lowered, i)} is \`${showNumber(data[place] ?? NaN)}\`${where}` };
    }
    return undefined;
  },
};

export const rows: Law = {
  name: "rows",
  share: 6,
  styles: ["ordinary", "whole"],
  reason: ({ declaration }) =>
    declaration.rows ? undefined : "no axis named `B`, and no `...`, leads its inputs and results",
  try(subject, drawn) {
    const { declaration } = subject;
    const lowered = subject.at(drawn.assignment);
    const count = declaration.rows && valueOf(declaration, drawn.assignment)(declaration.rows);
    if (!lowered || count === undefined || count < 2) return undefined;
    const whole = run(subject, lowered, drawn);
    for (const row of [0, count - 1]) {
      const alone = run(subject, lowered, withOthersChanged(subject, drawn, row, count));
      for (const [i, tensor] of whole.entries()) {
        const [left, right] = [tensor, alone[i]].map((t) => rowOf(t, row, count));
        const gap = gapBetween(left ?? [], right ?? [], exact);
        if (gap)
          return {
            what: `row ${String(row)} of ${named(lowered, i)} changes with the other rows: ${showGap(gap, [])}`,
          };
      }
    }
    return undefined;
  },
};

/** The case with other numbers in all rows but one. */
function withOthersChanged(subject: LawSubject, drawn: Case, row: number, count: number): Case {
  const changed = (name: string, tensor: DrawnTensor): DrawnTensor => {
    const leading = subject.declaration.inputs.get(name)?.[0];
    const isBatched = leading !== undefined && symOf(leading) === subject.declaration.rows;
    if (!isBatched) return tensor;
    const size = tensor.data.length / count;
    const data = tensor.data.map((x, place) => {
      if (Math.floor(place / size) === row) return x;
      if (isFloat(tensor.dtype)) return Math.fround(into(subject.domain, 0.5 - 1.3 * x));
      return tensor.dtype === "bool" ? 1 - x : x === 0 ? 0 : x - 1;
    });
    return { ...tensor, data };
  };
  const tensors = [...drawn.tensors].map(
    ([name, tensor]) => [name, changed(name, tensor)] as const,
  );
  return { ...drawn, tensors: new Map(tensors) };
}

function rowOf(tensor: Tensor | undefined, row: number, count: number): ArrayLike<number> {
  if (!tensor) return [];
  const size = tensor.data.length / count;
  return Array.from(tensor.data.subarray(row * size, (row + 1) * size));
}

export const identity: Law = {
  name: "identity",
  share: 6,
  styles: ["ordinary"],
  reason(subject) {
    if (subject.declaration.kind !== "adapter") return "it is no adapter";
    const { usual } = subject;
    return usual && subject.evaluation(usual).entry(base)
      ? undefined
      : "the adapted layer lacks it";
  },
  try(subject, drawn) {
    const lowered = subject.at(drawn.assignment);
    if (!lowered) return undefined;
    const evaluation = subject.evaluation(lowered);
    const variables = evaluation.variables(drawn.seed);
    const inputs = valuesOf(drawn);
    const [adapted, plain] = [forward, base].map((e) =>
      evaluation.run(e, inputs, variables, drawn.seed),
    );
    for (const [i, tensor] of (plain ?? []).entries()) {
      const gap = gapBetween(adapted?.[i]?.data ?? [], tensor.data, {
        relative: 1e-5,
        absolute: 1e-7,
      });
      if (gap) {
        const what = `adapted and plain, ${named(lowered, i)} is ${showGap(gap, tensor.shape)}`;
        return { what } satisfies Broken;
      }
    }
    return undefined;
  },
};

/** The results of the forward pass, with parameters as they might be after some training. */
function run(subject: LawSubject, lowered: LoweredDeclaration, drawn: Case): readonly Tensor[] {
  const evaluation = subject.evaluation(lowered);
  const variables = evaluation.trained(drawn.seed);
  return evaluation.run(forward, valuesOf(drawn), variables, drawn.seed);
}
