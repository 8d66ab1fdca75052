// Graphs: ordered values, each the result of one op on earlier values.
import type { Span } from "../../grammar/source.js";
import type { Attrs, Emitter, Op, Problem, Requirement, Value } from "./op.js";

/** A requirement of a type rule, with the value that needs it. */
export interface Pending {
  readonly requirement: Requirement;
  readonly value: Value;
}

/** Thrown by `emit` when a type rule refuses; the checker turns it into a diagnostic, anywhere else it is our fault. */
export class TypeProblem extends Error {
  readonly op: Op;
  readonly operands: readonly Value[];
  readonly problem: Problem;

  constructor(op: Op, operands: readonly Value[], problem: Problem) {
    super(`${op.name}: ${problem.problem}`);
    this.op = op;
    this.operands = operands;
    this.problem = problem;
  }
}

/** A graph under construction. Identity matters: values belong to one graph. */
export class Graph implements Emitter {
  readonly values: Value[] = [];
  /** What the type rules demanded of dims, in order of emission. */
  readonly pending: Pending[] = [];
  /** Spans given to values emitted now; set by whoever walks source. */
  at: readonly Span[] = [];

  /** Appends a value whose type the op's rule gives. */
  emit(op: Op, operands: readonly Value[], attrs: Attrs): Value {
    const typing = op.type(
      operands.map((v) => v.type),
      attrs,
    );
    if ("problem" in typing) throw new TypeProblem(op, operands, typing);
    const value: Value = {
      graph: this,
      id: this.values.length,
      op,
      operands,
      attrs,
      type: typing.type,
      spans: this.at,
    };
    this.values.push(value);
    for (const requirement of typing.requires ?? []) this.pending.push({ requirement, value });
    return value;
  }
}

/** A record that is also a function which emits it. */
export type OpFn<Args extends readonly Value[], A extends Attrs> = ((
  ...args: [...operands: Args, ...attrs: keyof A extends never ? [] : [attrs: A]]
) => Value) & { readonly op: Op };

/** Forgets arity and attribute type, in the one place where that is done. */
const erase = <Args extends readonly Value[], A extends Attrs>(def: Op<Args, A>): Op =>
  def as unknown as Op;

/** Makes a record callable: `tanh(x)`, `sum(x, { axes: [1] })`. Operand-less ops take the graph through `emitLeaf`. */
export function op<Args extends readonly Value[], A extends Attrs = Record<never, never>>(
  def: Op<Args, A>,
): OpFn<Args, A> {
  const record = erase(def);
  const emit = (...args: readonly unknown[]): Value => {
    const operands = args.filter(isValue);
    const [first] = operands;
    if (!first) throw new Error(`${def.name} needs an operand; emit leaves through the graph`);
    const last = args[args.length - 1];
    return first.graph.emit(record, operands, isValue(last) ? {} : (last as Attrs));
  };
  return Object.assign(emit, { op: record });
}

const isValue = (x: unknown): x is Value =>
  typeof x === "object" && x !== null && "graph" in x && "op" in x;
