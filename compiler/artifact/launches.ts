// The launches of a program in order, with those of its loops: each loop is a program of its own within the same memory.
import type { BoundLaunch, Home, KernelContext, Operand } from "../codegen/builder.js";
import type { Choice } from "../codegen/choice.js";
import { generate, type KernelSpec } from "../codegen/select.js";
import { InternalError } from "../ir/internal-error.js";
import type { Value } from "../ir/op.js";
import {
  planRows,
  roundOf,
  schedule,
  type Group,
  type Part,
  type Planned,
  type Schedule,
} from "../schedule/index.js";
import { add, freshSym, int, type Dim } from "../types/dim.js";
import { AlikeGroups } from "./alike.js";
import type { Words } from "./words.js";

/** A launch and the group that it computes. */
export interface Launched {
  readonly launch: BoundLaunch;
  readonly planned: Planned;
}

/** Launches that run once for each round: numbers of the first and last, both included, inner loops before outer ones. */
export interface Rounds {
  readonly from: number;
  readonly to: number;
  readonly count: Dim;
  /** What is written row by row, and so is there from the first round to the last. */
  readonly gathered: readonly Operand[];
}

/** Puts the launches of a program and of its loops in order. */
export class Launches {
  readonly list: Launched[] = [];
  readonly loops: Rounds[] = [];
  readonly #options: Choice;
  readonly #words: Words;
  readonly #alike = new AlikeGroups();
  /** Values that lie within the memory of others. */
  readonly #parts = new Map<Value, Part>();

  constructor(options: Choice, words: Words, aliases: ReadonlyMap<Value, Value>) {
    this.#options = options;
    this.#words = words;
    for (const [value, of] of aliases) this.#parts.set(value, { value, of, from: int(0) });
  }

  /** Appends what a scheduled program launches; `depth` is the number of loops around it. */
  add(scheduled: Schedule, depth = 0): void {
    for (const planned of scheduled.order) {
      const { group } = planned;
      const isInMemory = (value: Value): boolean => scheduled.isRead(value, group);
      if (group.kind === "loop") this.#addLoop(group, isInMemory, depth);
      else {
        const spec = specOf(group, isInMemory);
        const context = this.#context(isInMemory);
        const launches = this.#alike.launches(context, spec, () =>
          generate(context, spec, this.#options),
        );
        this.list.push(...launches.map((launch) => ({ launch, planned })));
      }
    }
  }

  /** Where a value lies: what it is part of, part of what that is part of, and so on. */
  homeOf = (value: Value): Home => {
    let [operand, from]: [Operand, Dim] = [value, int(0)];
    while (!("kind" in operand)) {
      const part = this.#parts.get(operand);
      if (!part) break;
      [operand, from] = [part.of, add(from, part.from)];
    }
    return { operand, from };
  };

  #addLoop(group: Group, isRead: (value: Value) => boolean, depth: number): void {
    const number = freshSym("round");
    this.#words.bindRound(number, depth);
    const round = roundOf(group, number, isRead);
    for (const part of round.parts) this.#parts.set(part.value, part);
    const from = this.list.length;
    this.add(schedule(round.program, this.#options.target.storageBuffers), depth + 1);
    const gathered = round.gathered.map((of) => ("kind" in of ? of : this.homeOf(of).operand));
    this.loops.push({ from, to: this.list.length - 1, count: round.length, gathered });
  }

  #context(isInMemory: (value: Value) => boolean): KernelContext {
    const words = this.#words;
    return {
      isInMemory,
      homeOf: this.homeOf,
      wordOfSize: (sym) => words.wordOfSize(sym),
      wordOfScalar: (spec) => words.wordOfScalar(spec),
      get wordCount() {
        return words.words.length;
      },
    };
  }
}

/** What the kernel of a group is to compute. */
export function specOf(group: Group, isRead: (value: Value) => boolean): KernelSpec {
  const stores = [...group.stores];
  switch (group.kind) {
    case "map":
      return { kind: "map", stores };
    case "rows": {
      const plan = planRows(group, isRead);
      return { kind: "rows", rows: { shape: group.shape, axes: group.axes, ...plan } };
    }
    case "contract":
      return { kind: "contract", result: anchorOf(group), stores };
    case "scatter":
      return { kind: "scatter", result: anchorOf(group) };
    case "fused":
      return { kind: "fused", results: stores };
    case "loop":
      throw new InternalError("a loop is no kernel", anchorOf(group).spans);
  }
}

function anchorOf(group: Group): Value {
  const [first] = group.members.keys();
  if (!first) throw new InternalError("a fusion group has no member");
  return first;
}
