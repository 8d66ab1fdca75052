// Which values others are made from, and which are made together.
import type { Program, ScanSpec } from "./program.js";
import type { Value } from "./op.js";

/** Everything that some values are computed from, themselves included, operands first. */
export function upstream(roots: readonly Value[]): Value[] {
  const found = new Set<Value>(roots);
  // A set hands out what is added while it is walked.
  for (const value of found) for (const operand of value.operands) found.add(operand);
  return [...found].sort((a, b) => a.id - b.id);
}

/** For each value, by its place in the list, the values of the list that no later one needs any more. */
export function lastUses(values: readonly Value[], kept: ReadonlySet<Value>): Value[][] {
  const seen = new Set<Value>(kept);
  const done: Value[][] = values.map(() => []);
  for (let i = values.length - 1; i >= 0; i--) {
    const value = values[i];
    if (!value) continue;
    for (const used of [value, ...value.operands]) {
      if (seen.has(used)) continue;
      seen.add(used);
      done[i]?.push(used);
    }
  }
  return done;
}

/** How often each value is used: as an operand of what the outputs need, or as an output. */
export function countUses(program: Program): ReadonlyMap<Value, number> {
  const uses = new Map<Value, number>();
  const use = (value: Value): unknown => uses.set(value, (uses.get(value) ?? 0) + 1);
  const roots = program.outputs.map((o) => o.value);
  roots.forEach(use);
  for (const value of upstream(roots)) value.operands.forEach(use);
  return uses;
}

/** The results of each scan, under the one of them that comes first. */
export function scansIn(order: readonly Value[]): ReadonlyMap<Value, readonly Value[]> {
  const bodies = new Map<object, Map<string, Value[]>>();
  const scans = new Map<Value, Value[]>();
  for (const value of order) {
    if (value.op.lower.kind !== "scan") continue;
    const { body } = value.attrs as ScanSpec;
    const known = bodies.get(body) ?? new Map<string, Value[]>();
    bodies.set(body, known);
    const key = value.operands.map((o) => o.id).join(" ");
    const results = known.get(key) ?? [];
    if (results.length === 0) scans.set(value, results);
    known.set(key, results);
    results.push(value);
  }
  return scans;
}
