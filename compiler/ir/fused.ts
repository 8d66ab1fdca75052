// Fused values: which of them one kernel computes, and what they are when spelled out.
import { Graph } from "./graph.js";
import type { Attrs, Op, Value } from "./op.js";
import type { Program, ScanSpec } from "./program.js";
import { attrKey } from "./print.js";
import { again, rewrite, rewriteBodies } from "./rewrite.js";

/** The definition of a fused value in its own graph; undefined for any other. */
export const definitionOf = (
  { op, attrs }: Value,
  operands: readonly Value[],
): Value | undefined =>
  op.lower.kind === "fused" ? op.lower.definition(operands, attrs) : undefined;

/** What uses of one template have in common whose results one kernel computes; undefined for any other value. */
export function fusedKey({ op, operands, attrs }: Value): string | undefined {
  if (op.lower.kind !== "fused") return undefined;
  return `${op.lower.template} ${operands.map((o) => o.id).join(" ")} ${attrKey(attrs)}`;
}

/** Emits equal uses of an op once, so that what definitions have in common is one value. */
class SharingGraph extends Graph {
  readonly #known = new Map<string, Value>();

  override emit(op: Op, operands: readonly Value[], attrs: Attrs): Value {
    const key = `${op.name}|${operands.map((o) => o.id).join(",")}|${attrKey(attrs)}`;
    const value = this.#known.get(key) ?? super.emit(op, operands, attrs);
    this.#known.set(key, value);
    return value;
  }
}

/** Whether a value of a program, or of the body of a scan in it, is of some kind. */
const someDeep = ({ graph }: Program, test: (value: Value) => boolean): boolean =>
  graph.values.some(
    (value) =>
      test(value) ||
      (value.op.lower.kind === "scan" && someDeep((value.attrs as ScanSpec).body, test)),
  );

/** Puts definitions in the place of those fused values that are `spelled`, in bodies of scans too; the same program where there is none. */
export function expand(program: Program, spelled: (value: Value) => boolean = () => true): Program {
  const isSpelled = (value: Value): boolean => value.op.lower.kind === "fused" && spelled(value);
  if (!someDeep(program, isSpelled)) return program;
  return rewrite(
    rewriteBodies(program, (body) => expand(body, spelled)),
    (value, operands, graph) =>
      (isSpelled(value) ? definitionOf(value, operands) : undefined) ??
      again(value, operands, graph),
    new SharingGraph(),
  );
}
