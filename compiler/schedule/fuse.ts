// Forms fusion groups: each reduction and contraction starts one, elementwise values join the group of an operand where they can.
import { fusedKey } from "../ir/fused.js";
import type { Value } from "../ir/op.js";
import type { Program, ScanSpec } from "../ir/program.js";
import { delinearize, linearize } from "../types/place.js";
import { int, type Dim } from "../types/dim.js";
import { sameShape } from "../types/tensor.js";
import { levelsOf, newGroup, probe, reaches, type Group, type Level, type Probe } from "./group.js";

/** Groups of a program. Values without one are computed where they are used. */
export interface Partition {
  readonly groupOf: Map<Value, Group>;
  readonly live: readonly Value[];
  readonly usersOf: ReadonlyMap<Value, readonly Value[]>;
}

/** What may bind at most, besides stores: a value with more sources than this is computed in parts. */
const mostSources = 6;

/** Kinds of kernels that compute nothing of what follows from their results. */
const takesNothing: ReadonlySet<Group["kind"]> = new Set(["scatter", "loop", "fused"]);

/** Partitions the values that the outputs need. Values in `apart` join nothing; those in `stored` get a kernel of their own. */
export function fuse(
  program: Program,
  apart: ReadonlySet<Value>,
  stored: ReadonlySet<Value>,
): Partition {
  const live = liveValues(program);
  const usersOf = new Map<Value, Value[]>(live.map((v) => [v, []]));
  for (const value of live)
    for (const operand of new Set(value.operands)) usersOf.get(operand)?.push(value);
  const fusion = new Fusion(apart, stored, usersOf);
  for (const value of live) fusion.visit(value);
  return { groupOf: fusion.groupOf, live, usersOf };
}

/** Values that some output needs, in order. */
function liveValues(program: Program): Value[] {
  const needed = new Set<Value>();
  const stack = program.outputs.map((o) => o.value);
  for (let value = stack.pop(); value; value = stack.pop()) {
    if (needed.has(value)) continue;
    needed.add(value);
    stack.push(...value.operands);
  }
  return [...needed].sort((a, b) => a.id - b.id);
}

class Fusion {
  readonly groupOf = new Map<Value, Group>();
  readonly #apart: ReadonlySet<Value>;
  readonly #stored: ReadonlySet<Value>;
  readonly #usersOf: Partition["usersOf"];
  /** Groups that the expression of an ungrouped value ends in. */
  readonly #needs = new Map<Value, ReadonlySet<Group>>();
  /** Values in memory that its expression ends in. */
  readonly #sources = new Map<Value, ReadonlySet<Value>>();
  readonly #probes = new Map<Group, Probe>();
  /** Scans by their body and operands. */
  readonly #loops = new Map<Program, Map<string, Group>>();
  /** Uses of templates. */
  readonly #kernels = new Map<string, Group>();

  /** Groups that take no more members. */
  readonly #sealed = new Set<Group>();

  constructor(
    apart: ReadonlySet<Value>,
    stored: ReadonlySet<Value>,
    usersOf: Partition["usersOf"],
  ) {
    this.#apart = apart;
    this.#stored = stored;
    this.#usersOf = usersOf;
  }

  visit(value: Value): void {
    switch (value.op.lower.kind) {
      case "leaf":
        this.#needs.set(value, new Set());
        this.#sources.set(value, new Set([value]));
        return;
      case "reduce":
        this.#visitReduce(value, value.op.lower.axes(value.attrs));
        return;
      case "contract":
      case "scatter":
        this.#start(value, newGroup(value.op.lower.kind, value.type.shape));
        return;
      case "scan":
        this.#add(value, this.#loopOf(value), "element");
        return;
      case "fused":
        this.#add(value, this.#kernelOf(value), "element");
        return;
      case "pointwise":
        if (this.#joinSome(value)) return;
        this.#float(value);
        return;
      case "view":
        this.#float(value);
    }
  }

  #start(value: Value, group: Group, level: Level = "element"): void {
    this.#add(value, group, level);
  }

  #add(value: Value, group: Group, level: Level): void {
    group.members.set(value, level);
    this.groupOf.set(value, group);
    for (const operand of value.operands) {
      for (const need of this.#needsOf(operand)) if (need !== group) group.needs.add(need);
    }
    this.#needs.set(value, new Set([group]));
    this.#sources.set(value, new Set([value]));
  }

  /** The group of a scan: all its results come from the same rounds. */
  #loopOf({ attrs, operands, type }: Value): Group {
    const { body } = attrs as ScanSpec;
    const known = this.#loops.get(body) ?? new Map<string, Group>();
    this.#loops.set(body, known);
    const key = operands.map((o) => o.id).join(" ");
    const group = known.get(key) ?? newGroup("loop", type.shape);
    known.set(key, group);
    return group;
  }

  /** The group of a use of a template: its results come from one kernel, unless that would need too many buffers. */
  #kernelOf(value: Value): Group {
    if (this.#apart.has(value)) return newGroup("fused", value.type.shape);
    const key = fusedKey(value) ?? "";
    const group = this.#kernels.get(key) ?? newGroup("fused", value.type.shape);
    this.#kernels.set(key, group);
    return group;
  }

  #float(value: Value): void {
    if (this.#stored.has(value)) {
      this.#add(value, newGroup("map", value.type.shape), "element");
      return;
    }
    const sources = (): Set<Value> =>
      new Set(value.operands.flatMap((o) => [...(this.#sources.get(o) ?? [])]));
    while (sources().size > mostSources) {
      const widest = [...value.operands].sort((a, b) => this.#width(b) - this.#width(a))[0];
      if (!widest || this.#width(widest) < 2) break;
      this.#storeLate(widest, value);
    }
    this.#needs.set(value, new Set(value.operands.flatMap((o) => [...this.#needsOf(o)])));
    this.#sources.set(value, sources());
  }

  /** Gives a value that was left to its users a group of its own, on account of one of them. */
  #storeLate(value: Value, user: Value): void {
    const group = newGroup("map", value.type.shape);
    this.#add(value, group, "element");
    // Groups of earlier users need this one and do not know it: a member that needs them would wait for itself.
    if (this.#usersOf.get(value)?.some((u) => u.id < user.id) === true) this.#sealed.add(group);
  }

  #width(value: Value): number {
    return this.#sources.get(value)?.size ?? 0;
  }

  #needsOf(value: Value): ReadonlySet<Group> {
    return this.#needs.get(value) ?? new Set();
  }

  #visitReduce(value: Value, axes: readonly number[]): void {
    const operand = value.operands[0];
    if (!operand) return;
    const { shape } = operand.type;
    const isSameSpace = (g: Group): boolean =>
      g.kind === "rows" &&
      sameShape(g.shape, shape) &&
      g.axes.length === axes.length &&
      axes.every((a) => g.axes.includes(a));
    for (const group of this.#latest(operand)) {
      if (
        this.#apart.has(value) ||
        !isSameSpace(group) ||
        !this.#isComputable(operand, "element", group)
      )
        continue;
      this.#add(value, group, "row");
      return;
    }
    this.#start(value, newGroup("rows", shape, axes), "row");
  }

  /** Joins the latest group that can compute the value where it computes an operand. */
  #joinSome(value: Value): boolean {
    if (this.#apart.has(value)) return false;
    for (const group of this.#latest(value)) {
      if (takesNothing.has(group.kind) || this.#sealed.has(group)) continue;
      for (const level of levelsOf(value, group)) {
        if (!value.operands.every((o) => this.#isComputable(o, level, group))) continue;
        this.#add(value, group, level);
        return true;
      }
    }
    return false;
  }

  /** Groups that a value's expression ends in, newest first. */
  #latest(value: Value): Group[] {
    const groups = new Set([
      ...this.#needsOf(value),
      ...value.operands.flatMap((o) => [...this.#needsOf(o)]),
    ]);
    return [...groups].sort((a, b) => b.id - a.id);
  }

  /** Whether the kernel of `group` can have the element of `value` at its own place, without waiting for itself. */
  #isComputable(value: Value, level: Level, group: Group): boolean {
    const member = group.members.get(value);
    if (member !== undefined) return member === level;
    if (!this.#dependsOn(value, group)) return true;
    if (this.groupOf.has(value) || value.op.lower.kind !== "view") return false;
    const [operand, ...others] = value.operands;
    if (!operand || others.length > 0) return false;
    const inner = this.#levelOfOperand(value, level, group);
    return inner !== undefined && this.#isComputable(operand, inner, group);
  }

  #dependsOn(value: Value, group: Group): boolean {
    const seen = new Set<Group>();
    for (const need of this.#needsOf(value)) if (reaches(need, group, seen)) return true;
    return false;
  }

  /** Where a view of one operand reads it, when that is the kernel's own place again. */
  #levelOfOperand(view: Value, level: Level, group: Group): Level | undefined {
    const [operand] = view.operands;
    let space = this.#probes.get(group);
    if (!space) this.#probes.set(group, (space = probe(group.shape, group.axes)));
    const linear = level === "row" ? space.row : space.linear;
    const isWhole = level === "element" && sameShape(view.type.shape, group.shape);
    const at = isWhole ? space.at : delinearize(linear, view.type.shape);
    const index = operand && plainIndex(view, operand, at);
    if (!index) return undefined;
    const source = linearize(index, operand.type.shape).key;
    const levels = levelsOf(operand, group);
    if (source === space.linear.key && levels.includes("element")) return "element";
    return source === space.row.key && levels.includes("row") ? "row" : undefined;
  }
}

/** Where a view reads its one operand, if it does so without conditions. */
function plainIndex(view: Value, operand: Value, at: readonly Dim[]): readonly Dim[] | undefined {
  const { lower } = view.op;
  if (lower.kind !== "view") return undefined;
  const context = { operands: [operand.type], result: view.type, lookup: () => int(-1) };
  const [piece, ...others] = lower.pieces(at, context, view.attrs);
  const isPlain = piece && others.length === 0 && (piece.guards ?? []).length === 0;
  return isPlain ? piece.index : undefined;
}
