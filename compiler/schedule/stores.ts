// Decides which values are written to memory, and which are computed again where they are used.
import type { Value } from "../ir/op.js";
import type { LeafSpec, Program } from "../ir/program.js";
import { operationsOf, type Cost } from "./cost.js";
import { chooseCuts, noCuts, type Cuts } from "./cuts.js";
import type { Partition } from "./fuse.js";
import { newGroup, type Group } from "./group.js";

const readsOften: ReadonlySet<string> = new Set(["contract", "fused"]);

/** Most operations and sources of an expression that is repeated rather than stored. */
const cheap = { operations: 8, sources: 2 };

/** What a value comes from element by element. */
type Source = "given" | "packed" | "other";

/** Whether a value is computed element by element. */
const isElementwise = ({ op: { lower } }: Value): boolean =>
  lower.kind === "pointwise" || lower.kind === "view";

/** Most sources, already in memory, of a member of another kernel that is computed again. */
const mostAgain = 3;

/** More sources than anything asks about. */
const manySources = 12;

/** Fills `stores` and `recomputes` of every group, storing what lies deep, adding map groups for values that no group computes. */
export function decideStores(
  program: Program,
  partition: Partition,
  deep: readonly Value[] = [],
  withCuts = true,
): Group[] {
  const stores = new Stores(partition, withCuts ? chooseCuts(program, partition) : noCuts);
  // From the front, so that no walk goes further than the last of them.
  for (const value of deep) stores.require(value);
  for (const { value } of program.outputs) stores.require(value);
  return [...stores.used];
}

/** Whether a value lives in memory before the program runs. */
export const isGiven = (value: Value): boolean => value.op.lower.kind === "leaf";

/** Whether a leaf arrives in the uniform block. */
export const isWord = (value: Value): boolean =>
  isGiven(value) && (value.attrs as LeafSpec).role === "scalar";

class Stores {
  readonly used = new Set<Group>();
  readonly #partition: Partition;
  readonly #cuts: Cuts;
  readonly #stored = new Set<Value>();
  /** Groups made here, for values that fusion left to their users. */
  readonly #late = new Set<Group>();
  readonly #walked = new Map<Group, Set<Value>>();
  readonly #consumers = new Map<Value, ReadonlySet<unknown>>();
  readonly #costs = new Map<Value, Cost>();
  readonly #comesFrom = new Map<Value, Source>();

  constructor(partition: Partition, cuts: Cuts) {
    this.#partition = partition;
    this.#cuts = cuts;
    for (const value of [...partition.live].reverse())
      this.#consumers.set(value, this.#consumersOf(value));
  }

  /** Makes sure that a value is in memory once its group has run. */
  require(value: Value): void {
    if (this.#stored.has(value) || (isGiven(value) && !isWord(value))) return;
    this.#stored.add(value);
    const group = this.#groupFor(value);
    group.stores.add(value);
    this.used.add(group);
    this.#walk(value, group);
  }

  #groupFor(value: Value): Group {
    const known = this.#partition.groupOf.get(value);
    if (known) return known;
    const group = newGroup("map", value.type.shape);
    this.#late.add(group);
    group.members.set(value, "element");
    this.#partition.groupOf.set(value, group);
    return group;
  }

  /** Whether the expression of a value without a fusion group of its own ends in a group. */
  #endsIn(value: Value, group: Group): boolean {
    return value.operands.some((operand) => {
      const home = this.#partition.groupOf.get(operand);
      return (
        home === group ||
        ((home === undefined || this.#late.has(home)) && this.#endsIn(operand, group))
      );
    });
  }

  /** Requires what the kernel of `group` needs to compute `value`. */
  #walk(value: Value, group: Group, isPrologue = false): void {
    let seen = this.#walked.get(group);
    if (!seen) this.#walked.set(group, (seen = new Set()));
    if (seen.has(value)) return;
    seen.add(value);
    if (value.op.lower.kind === "scan") {
      for (const operand of value.operands) this.#bring(operand, group);
      return;
    }
    // Contractions and what is fused read their operands many times, everything else about once.
    const isOften = isPrologue || readsOften.has(value.op.lower.kind);
    for (const operand of value.operands) this.#reach(operand, group, isOften);
  }

  /** Makes sure that a loop finds an operand in memory, or as a view or number that its kernels have for nothing. */
  #bring(value: Value, group: Group): void {
    if (isGiven(value) || this.#stored.has(value)) return;
    const { kind } = value.op.lower;
    const isFree = kind === "view" || (kind === "pointwise" && value.operands.length === 0);
    if (!isFree || this.#partition.groupOf.has(value)) {
      this.require(value);
      return;
    }
    group.recomputes.add(value);
    for (const operand of value.operands) this.#bring(operand, group);
  }

  #reach(value: Value, group: Group, isPrologue: boolean): void {
    if (isGiven(value)) return;
    const home = this.#partition.groupOf.get(value);
    if (home === group) {
      this.#walk(value, group, isPrologue);
      return;
    }
    // A copy of what the kernel itself computes comes after it.
    const isOwn = home !== undefined && this.#late.has(home) && this.#endsIn(value, group);
    if (this.#stored.has(value) && !isOwn) return;
    const isInline =
      isOwn ||
      (home ? this.#isComputedAgain(value, isPrologue) : this.#isInlined(value, isPrologue));
    if (!isInline) {
      this.require(value);
      return;
    }
    group.recomputes.add(value);
    this.#walk(value, group, isPrologue);
  }

  /** Whether a value without a group is computed by its users. */
  #isInlined(value: Value, isPrologue: boolean): boolean {
    if (value.op.lower.kind === "view" || this.#isUnpacked(value)) return true;
    const cost = this.#cost(value);
    const sources = this.#sources(value).size;
    const isOnce = (this.#consumers.get(value)?.size ?? 0) <= 1;
    if (isOnce && !isPrologue) return true;
    if (cost.isCostly) return false;
    return cost.operations <= cheap.operations && sources <= cheap.sources;
  }

  /** Whether a member of another group is computed again rather than stored. */
  #isComputedAgain(value: Value, isPrologue: boolean): boolean {
    if (this.#cuts.kept.has(value)) return false;
    return (!isPrologue && this.#cuts.again.has(value)) || this.#isCheapAgain(value, isPrologue);
  }

  /** Whether a value is nothing but what is stored in few bits, taken apart. */
  #isUnpacked(value: Value): boolean {
    return this.#sourceOf(value) === "packed";
  }

  /** What a value comes from element by element: memory that was there before, that in part as codes of few bits, or also other things. */
  #sourceOf(value: Value): Source {
    // Without recursion: chains may be very long.
    const pending = [value];
    for (let next = pending.pop(); next; next = pending.pop()) {
      const made = !isGiven(next) && isElementwise(next) ? next.operands : [];
      const missing = made.filter((operand) => !this.#comesFrom.has(operand));
      if (missing.length > 0) pending.push(next, ...missing);
      else this.#comesFrom.set(next, this.#sourceHere(next));
    }
    return this.#comesFrom.get(value) ?? "other";
  }

  /** As `#sourceOf`, for a value whose operands are known. */
  #sourceHere(value: Value): Source {
    if (isGiven(value)) return "given";
    if (!isElementwise(value) || this.#cost(value).isCostly) return "other";
    const from = value.operands.map((operand) => this.#comesFrom.get(operand));
    if (from.includes("other")) return "other";
    return value.op.isUnpacking === true || from.includes("packed") ? "packed" : "given";
  }

  /** Whether a value is cheaply computed from memory that is there anyway. */
  #isCheapAgain(value: Value, isPrologue: boolean): boolean {
    if (value.op.lower.kind !== "pointwise") return false;
    const cost = this.#cost(value);
    const sources = this.#sources(value);
    const isThere = [...sources].every((s) => isGiven(s) || this.#stored.has(s));
    const most = isPrologue ? 1 : mostAgain;
    return isThere && !cost.isCostly && cost.operations <= cheap.operations && sources.size <= most;
  }

  /** Values in memory from which an expression is computed, down to reductions, contractions and what is stored. */
  #sources(value: Value): Set<Value> {
    const found = new Set<Value>();
    // Each value once: the paths to it may be very many.
    const seen = new Set([value]);
    for (const v of seen) {
      if (isElementwise(v) && (v === value || !this.#stored.has(v))) {
        for (const operand of v.operands) seen.add(operand);
      } else if (!isWord(v)) found.add(v);
      if (found.size >= manySources) break;
    }
    return found;
  }

  #cost(value: Value): Cost {
    const known = this.#costs.get(value);
    if (known) return known;
    const { kind } = value.op.lower;
    let operations = 0;
    let isCostly = false;
    if (kind === "pointwise" || kind === "view") {
      const own = kind === "pointwise" ? operationsOf(value) : { operations: 0, isCostly: false };
      operations = own.operations;
      isCostly = own.isCostly;
      for (const operand of value.operands) {
        if (this.#stored.has(operand)) continue;
        const cost = this.#cost(operand);
        operations += cost.operations;
        isCostly ||= cost.isCostly;
      }
    }
    const cost = { operations, isCostly };
    this.#costs.set(value, cost);
    return cost;
  }

  /** The kernels that use a value, also through values that have no kernel of their own. */
  #consumersOf(value: Value): ReadonlySet<unknown> {
    const consumers = new Set<unknown>();
    for (const user of this.#partition.usersOf.get(value) ?? []) {
      const group = this.#partition.groupOf.get(user);
      if (group) consumers.add(group);
      else {
        const further = this.#consumers.get(user) ?? new Set();
        if (further.size === 0) consumers.add(user);
        for (const consumer of further) consumers.add(consumer);
      }
    }
    return consumers;
  }
}
