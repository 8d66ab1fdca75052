// Finds what must be computed part by part so that a large value never is whole: it, what it is made from, and what is made of it.
import type { Value } from "../../ir/op.js";
import { followed, rolesOf, rolesOfSum, sameRun, type Role, type Run } from "./track.js";

/** Values computed chunk of rows by chunk of rows. */
export interface Region {
  /** Members that are computed row by row. */
  readonly rows: ReadonlyMap<Value, Run>;
  /** Members that add rows up, with how they use their operands. */
  readonly sums: ReadonlyMap<Value, readonly Role[]>;
  /** What members read of which each needs the same row only. */
  readonly inputs: ReadonlyMap<Value, Run>;
}

/** A program as the search sees it. */
export interface Surroundings {
  /** What the outputs need, operands first. */
  readonly live: readonly Value[];
  readonly usersOf: ReadonlyMap<Value, readonly Value[]>;
  readonly outputs: ReadonlySet<Value>;
  /** Whether a value may not be whole in memory. */
  readonly isLarge: (value: Value) => boolean;
}

/** The smallest region around a value whose rows lie along `run`; undefined where rows cannot be told apart. */
export function regionAround(anchor: Value, run: Run, around: Surroundings): Region | undefined {
  const search = new Search(around);
  return search.add(anchor, run) && search.close() ? search : undefined;
}

/** Whether a value takes no memory by itself: numbers, and other arrangements of what lies elsewhere. */
export const isFree = ({ op, operands }: Value): boolean =>
  op.lower.kind === "view" || (op.lower.kind === "pointwise" && operands.length === 0);

class Search implements Region {
  readonly rows = new Map<Value, Run>();
  readonly sums = new Map<Value, readonly Role[]>();
  readonly inputs = new Map<Value, Run>();
  readonly #around: Surroundings;
  readonly #waiting: Value[] = [];

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Makes a value a member whose rows lie along a run; false where it is one with other rows. */
  add(value: Value, run: Run): boolean {
    const known = this.rows.get(value);
    if (known) return sameRun(known, run);
    this.rows.set(value, run);
    this.#waiting.push(value);
    return true;
  }

  /** Adds whatever has to be a member; false where something cannot be. */
  close(): boolean {
    for (;;) {
      for (let value = this.#waiting.pop(); value; value = this.#waiting.pop()) {
        if (!this.#visit(value)) return false;
      }
      const between = this.#between();
      if (!between) return this.#isSound();
      if (!this.#join(between)) return false;
    }
  }

  #visit(value: Value): boolean {
    const { isLarge, outputs, usersOf } = this.#around;
    const run = this.rows.get(value);
    const roles = run && rolesOf(value, run);
    if (!run || !roles || !this.#readAll(value, roles)) return false;
    if (!isLarge(value) || !this.#showsLarge(value)) return true;
    if (outputs.has(value)) return false;
    return (usersOf.get(value) ?? []).every((user) => this.#use(user, value, run));
  }

  /** Notes which rows of its operands a member reads. */
  #readAll(value: Value, roles: readonly Role[]): boolean {
    return value.operands.every((operand, i) => {
      const role = roles[i];
      return !role || role === "whole" || this.#read(operand, role);
    });
  }

  /** Notes that a row of a value is read: computed in the loop where it is large or costs nothing, else sliced. */
  #read(value: Value, run: Run): boolean {
    const isWanted = isFree(value) ? this.#isFreeWithin(value, run) : this.#isLargeComputed(value);
    if (isWanted) return this.add(value, run);
    const known = this.inputs.get(value);
    this.inputs.set(value, run);
    return !known || sameRun(known, run);
  }

  #isLargeComputed(value: Value): boolean {
    return this.#around.isLarge(value) && value.op.lower.kind !== "leaf";
  }

  /** Whether a value is large, or a view of something large that is computed. */
  #showsLarge(value: Value): boolean {
    if (!isFree(value)) return this.#isLargeComputed(value);
    return value.operands.some((o) => this.#showsLarge(o));
  }

  /** Whether a row of a view needs but the same row of what it views, and makes nothing large a member. */
  #isFreeWithin(value: Value, run: Run): boolean {
    const roles = rolesOf(value, run);
    return (
      roles?.every((role, i) => {
        const source = value.operands[i];
        return role === "whole" || !source || !this.#showsLarge(source);
      }) === true
    );
  }

  /** Makes a user of a member a member. */
  #use(user: Value, value: Value, run: Run): boolean {
    const operand = user.operands.indexOf(value);
    const way = followed(user, operand, run);
    if (!way) return false;
    if (way !== "sum") return this.add(user, way);
    const roles = rolesOfSum(user, operand, run) ?? [];
    this.sums.set(user, roles);
    return this.#readAll(user, roles);
  }

  /** The first value that is no member, but is made from members and used by others. */
  #between(): Value | undefined {
    const { live } = this.#around;
    const isMember = (v: Value): boolean => this.rows.has(v) || this.sums.has(v);
    const before = new Set<Value>();
    for (const value of [...live].reverse()) {
      if (isMember(value) || before.has(value)) for (const o of value.operands) before.add(o);
    }
    const after = new Set<Value>();
    for (const value of live) {
      // What a view of something else shows is there without the loop.
      const isMade = isMember(value) && !isFree(value);
      if (!isMade && !value.operands.some((o) => after.has(o))) continue;
      if (before.has(value) && !isMember(value)) return value;
      after.add(value);
    }
    return undefined;
  }

  /** Makes what lies between members one, by the rows of the member that it is made from. */
  #join(value: Value): boolean {
    const from = value.operands.findIndex((o) => this.rows.has(o));
    const operand = value.operands[from];
    const run = operand && this.rows.get(operand);
    const way = run && followed(value, from, run);
    return way !== undefined && way !== "sum" && this.add(value, way);
  }

  /** Whether every member uses others by the rows that they have, and no sum is used before all rows are in it. */
  #isSound(): boolean {
    for (const member of this.rows.keys()) this.inputs.delete(member);
    const uses = (value: Value, roles: readonly Role[]): boolean =>
      value.operands.every((operand, i) => {
        if (this.sums.has(operand)) return false;
        const run = this.rows.get(operand) ?? this.inputs.get(operand);
        return this.rows.has(operand) || roles[i] !== "whole" ? sameRun(roles[i], run) : true;
      });
    const rows = [...this.rows].every(([value, run]) => uses(value, rolesOf(value, run) ?? []));
    return rows && [...this.sums].every(([value, roles]) => uses(value, roles));
  }
}
