// Computes values of the forward pass a second time, next to where the backward pass uses them, instead of keeping them.
import { Graph } from "../ir/graph.js";
import { InternalError } from "../ir/internal-error.js";
import type { Value } from "../ir/op.js";
import type { Program } from "../ir/program.js";
import { again } from "../ir/rewrite.js";
import { upstream } from "../ir/topology.js";
import { after } from "../ops/index.js";
import { isGiven, isWord } from "../schedule/index.js";
import type { Passes } from "./residuals.js";

/**
 * The program with some residuals dropped. What the backward pass needs of them is emitted again before its first use there,
 * from residuals that are kept and from leaves, once the newest result of the backward pass is there.
 */
export function recomputed(
  program: Program,
  { forward, residuals }: Passes,
  dropped: ReadonlySet<Value>,
): Program {
  const kept = new Set(residuals.map((r) => r.value).filter((v) => !dropped.has(v)));
  const writer = new Writer(forward, kept, dropped);
  for (const value of upstream(program.outputs.map((o) => o.value))) writer.write(value);
  const { graph } = writer;
  graph.at = [];
  return { graph, outputs: program.outputs.map((o) => ({ ...o, value: writer.find(o.value) })) };
}

class Writer {
  readonly graph = new Graph();
  readonly #forward: ReadonlySet<Value>;
  readonly #kept: ReadonlySet<Value>;
  readonly #dropped: ReadonlySet<Value>;
  readonly #made = new Map<Value, Value>();
  readonly #second = new Map<Value, Value>();
  readonly #isGone = new Map<Value, boolean>();
  /** The newest value of the backward pass that a kernel of its own computes. */
  #newest: Value | undefined;

  constructor(forward: ReadonlySet<Value>, kept: ReadonlySet<Value>, dropped: ReadonlySet<Value>) {
    this.#forward = forward;
    this.#kept = kept;
    this.#dropped = dropped;
  }

  find(value: Value): Value {
    const found = this.#made.get(value);
    if (!found) throw new InternalError(`${value.op.name} was not rebuilt in time`, value.spans);
    return found;
  }

  write(value: Value): void {
    const isForward = this.#forward.has(value);
    const operands = value.operands.map((operand) =>
      isForward || !this.#forward.has(operand) || !this.#isLost(operand)
        ? this.find(operand)
        : this.#again(operand),
    );
    this.graph.at = value.spans;
    const made = again(value, operands, this.graph);
    this.#made.set(value, made);
    const { kind } = value.op.lower;
    if (!isForward && kind !== "pointwise" && kind !== "view" && kind !== "leaf")
      this.#newest = made;
  }

  /** Whether a value of the forward pass, as the backward pass sees it, hangs on something that is dropped. */
  #isLost(value: Value): boolean {
    const known = this.#isGone.get(value);
    if (known !== undefined) return known;
    const isThere = isGiven(value) || this.#kept.has(value);
    const isLost =
      this.#newest !== undefined &&
      !isThere &&
      (this.#dropped.has(value) || value.operands.some((o) => this.#isLost(o)));
    if (this.#newest !== undefined) this.#isGone.set(value, isLost);
    return isLost;
  }

  /** A value of the forward pass once more. */
  #again(value: Value): Value {
    const known = this.#second.get(value);
    if (known) return known;
    const before = this.#newest;
    if (!before) return this.find(value);
    const isAtHand = (v: Value): boolean => isGiven(v) || this.#kept.has(v) || isNumber(v);
    const order = upstreamUntil(value, isAtHand).filter((v) => !this.#second.has(v));
    for (const v of order) {
      const isFromLeaves = v.operands.every((o) => isGiven(o) || isNumber(o));
      const operands = v.operands.map((o) => {
        const second = this.#second.get(o);
        if (second) return second;
        const waits = this.#kept.has(o) || (isFromLeaves && isGiven(o) && !isWord(o));
        return waits ? this.#after(o, before) : this.find(o);
      });
      this.graph.at = v.spans;
      this.#second.set(v, again(v, operands, this.graph));
    }
    const made = this.#second.get(value);
    if (!made) throw new InternalError("a value was not computed again", value.spans);
    return made;
  }

  #after(value: Value, before: Value): Value {
    this.graph.at = value.spans;
    return after(this.find(value), before);
  }
}

/** A value and what it is made from, operands first, without what is at hand. */
function upstreamUntil(value: Value, isAtHand: (value: Value) => boolean): readonly Value[] {
  const found = new Set([value]);
  for (const v of found) for (const o of v.operands) if (!isAtHand(o)) found.add(o);
  return [...found].sort((a, b) => a.id - b.id);
}

/** Whether a value is a number or counts: it depends on nothing. */
const isNumber = ({ op, operands }: Value): boolean =>
  !isGivenKind(op.lower.kind) && operands.every(isNumber);

const isGivenKind = (kind: string): boolean => kind === "leaf" || kind === "scan";
