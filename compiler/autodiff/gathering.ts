// Gathers what the rounds of a scan give: all of it, the last of it, or its sum.
import { InternalError } from "../ir/internal-error.js";
import type { ContractSpec, Emitter, Value } from "../ir/op.js";
import { upstream } from "../ir/topology.js";
import { dimLike, squeeze } from "../ops/build.js";
import { add, contract, emitScan, mul, reshape, sliceAxis, sum, type Round } from "../ops/index.js";
import { int, mul as times, numel, sub } from "../types/dim.js";

/** A value that can be had once the scan is emitted. */
type Later = () => Value;

/** A scan under construction. Ask for what is wanted, emit, then call what was answered. */
export class Gathering {
  readonly #graph: Emitter;
  readonly #round: Round;
  readonly #outputs: Value[];
  readonly #varying: Set<Value>;
  readonly #sums = new Map<Value, Later>();
  #all: readonly Value[] = [];

  /** `round.outputs` are the next states. */
  constructor(graph: Emitter, round: Round) {
    this.#graph = graph;
    this.#round = round;
    this.#outputs = [...round.outputs];
    this.#varying = new Set([...round.states, ...round.elements]);
  }

  /** Emits the scan. */
  emit(): void {
    if (this.#outputs.length > 0)
      this.#all = emitScan(this.#graph, { ...this.#round, outputs: this.#outputs });
  }

  /** The state that the last round leaves; undefined where there is no such state. */
  last(state: number): Later | undefined {
    const { states, length } = this.#round;
    if (!states[state]) return undefined;
    return () => squeeze(sliceAxis(this.#result(state), 0, sub(length, int(1)), int(1)), [0]);
  }

  /** A value of all rounds, along a new first axis. */
  stacked(value: Value): Later {
    const { elements, sequences } = this.#round;
    const sequence = sequences[elements.indexOf(value)];
    if (sequence) return () => sequence;
    const known = this.#outputs.indexOf(value);
    const place = known >= 0 ? known : this.#outputs.push(value) - 1;
    return () => this.#result(place);
  }

  /** The sum of a value over all rounds. Whatever is linear is applied to a sum rather than in each round. */
  sum(value: Value): Later {
    const known = this.#sums.get(value);
    if (known) return known;
    const made = this.#sum(value);
    this.#sums.set(value, made);
    return made;
  }

  #sum(value: Value): Later {
    const { op, operands, attrs } = value;
    const [a, b] = operands;
    if (!this.#varies(value)) return () => mul(value, dimLike(value, this.#round.length));
    if (a && isLinearView(value)) {
      const inner = this.sum(a);
      return () => value.graph.emit(op, [inner()], attrs);
    }
    const ofTwo = a && b && this.#sumOfTwo(value, a, b);
    if (ofTwo) return ofTwo;
    const rows = this.stacked(value);
    return () => sum(rows(), { axes: [0] });
  }

  /** The sum of what is made from two operands, where it need not be made in each round. */
  #sumOfTwo({ op, attrs, graph }: Value, a: Value, b: Value): Later | undefined {
    if (op === add.op) {
      const [left, right] = [this.sum(a), this.sum(b)];
      return () => add(left(), right());
    }
    if (op.lower.kind === "contract") return this.#product(a, b, op.lower.spec(attrs));
    if (op.lower.kind !== "scatter") return undefined;
    const flat = this.#scattered(a, b);
    return () => graph.emit(op, flat(), attrs);
  }

  /** The sum of products of two values: one product that also runs over the rounds. */
  #product(a: Value, b: Value, { left, right, out }: ContractSpec): Later {
    if (!this.#varies(a)) {
      const inner = this.sum(b);
      return () => contract(a, inner(), { left, right, out });
    }
    if (!this.#varies(b)) {
      const inner = this.sum(a);
      return () => contract(inner(), b, { left, right, out });
    }
    const [as, bs] = [this.stacked(a), this.stacked(b)];
    const rounds = unused(left + right + out);
    return () => contract(as(), bs(), { left: rounds + left, right: rounds + right, out });
  }

  /** What adds up the rows of all rounds by number at once. */
  #scattered(updates: Value, ids: Value): () => readonly [updates: Value, ids: Value] {
    const { length } = this.#round;
    const [rows, numbers] = [this.stacked(updates), this.stacked(ids)];
    const [, ...row] = updates.type.shape;
    const count = times(length, numel(ids.type.shape));
    return () => [
      reshape(rows(), { shape: [count, ...row] }),
      reshape(numbers(), { shape: [count] }),
    ];
  }

  #varies(value: Value): boolean {
    return upstream([value]).some((v) => this.#varying.has(v));
  }

  #result(place: number): Value {
    const found = this.#all[place];
    if (!found) throw new InternalError("the scan was not emitted");
    return found;
  }
}

/** Whether a view of a sum is the sum of views: it has one operand and puts zeros where nothing comes from. */
const isLinearView = ({ op, operands, attrs }: Value): boolean =>
  op.lower.kind === "view" && operands.length === 1 && (op.lower.fill?.(attrs) ?? 0) === 0;

/** A label that a contraction does not use. */
function unused(labels: string): string {
  const found = Array.from("tabcdefghijklmnopqrsuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ").find(
    (label) => !labels.includes(label),
  );
  if (found === undefined) throw new InternalError("a contraction has too many axes");
  return found;
}
