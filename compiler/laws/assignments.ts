// Finds choices of variables that satisfy what holds of them: edges first, then random ones.
import type { Fact } from "../types/constraints.js";
import { constantOf, evaluate, symOf, symsOf, type Dim, type Sym } from "../types/dim.js";
import { keyOf, type Assignment, type Choice, type Space, type Variable } from "./subject.js";

/** Random numbers in [0, 1). */
export type Random = () => number;

/** Sizes where kernels and programs change their ways: single, odd and prime ones, and those around a tile. */
const edges: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 31, 32, 33];

/** Shapes that a pack of leading axes may stand for. */
const packs: readonly (readonly number[])[] = [[], [1], [2], [3], [2, 3], [1, 2, 2]];

/** Numbers for static floats. */
const floats: readonly number[] = [0, 1, 0.5, 0.1, 2, -1];

/** The largest number of elements of all tensors together that is tried. */
const mostElements = 20_000;

/** The value of a symbol under a choice; undefined where it stands for a pack or is unknown. */
export function valueOf(space: Space, assignment: Assignment): (sym: Sym) => number | undefined {
  const known = new Map<Sym, number | undefined>();
  const find = (sym: Sym): number | undefined => {
    const variable = space.variables.find((v) => "sym" in v && v.sym === sym);
    const choice = variable && assignment.get(variable.name);
    if (typeof choice === "object") return choice.reduce((a, b) => a * b, 1);
    if (typeof choice !== "number") return undefined;
    if (variable?.kind !== "choice") return choice;
    const item = variable.sizes?.[choice];
    return item && evaluate(item, lookUp);
  };
  const lookUp = (sym: Sym): number | undefined => {
    if (!known.has(sym)) known.set(sym, find(sym));
    return known.get(sym);
  };
  return lookUp;
}

/** Whether a choice satisfies every fact. */
export const satisfies = (space: Space, assignment: Assignment): boolean => {
  const value = valueOf(space, assignment);
  return space.facts.every((fact) => holds(fact, value) === true);
};

/** Whether a relation holds; undefined where a size in it is not known. */
export function holds(
  { relation, left, right }: Fact,
  value: (sym: Sym) => number | undefined,
): boolean | undefined {
  const [a, b] = [evaluate(left, value), evaluate(right, value)];
  if (a === undefined || b === undefined) return undefined;
  const tests = {
    "==": a === b,
    "!=": a !== b,
    "<=": a <= b,
    "<": a < b,
    ">=": a >= b,
    ">": a > b,
  };
  return tests[relation];
}

/** How many elements the tensors of a choice have together. */
export function elementsOf(space: Space, assignment: Assignment): number {
  const value = valueOf(space, assignment);
  return space.shapes.reduce(
    (sum, shape) => sum + shape.reduce((n, d) => n * (evaluate(d, value) ?? 1), 1),
    0,
  );
}

/** Choices that satisfy the facts, the smallest first; as many as `most`, fewer where there are no more or none are found. */
export function assignmentsOf(space: Space, random: Random, most: number): readonly Assignment[] {
  const found = new Map<string, Assignment>();
  const candidates = space.variables.map((variable) => candidatesOf(space, variable));
  const tries = 60 * most;
  for (let n = 0; n < tries && found.size < most; n++) {
    // The first tries go through small sizes, later ones through all edges and anything between.
    const reach = n < tries / 4 ? 0.35 : 1;
    const picked = space.variables.map((variable, i): readonly [string, Choice] => [
      variable.name,
      pick(candidates[i] ?? [], random, n === 0 ? 0 : reach),
    ]);
    const assignment = solved(space, new Map(picked));
    if (!satisfies(space, assignment) || elementsOf(space, assignment) > mostElements) continue;
    found.set(keyOf(assignment), assignment);
  }
  const all = [...found.values()];
  return all.sort((a, b) => weightOf(space, a) - weightOf(space, b));
}

/** Smaller choices of the same kind, the smallest first, that still satisfy the facts. */
export function smaller(space: Space, assignment: Assignment): readonly Assignment[] {
  const found = new Map<string, Assignment>();
  const weight = weightOf(space, assignment);
  const add = (changed: Assignment): void => {
    if (satisfies(space, changed) && weightOf(space, changed) < weight)
      found.set(keyOf(changed), changed);
  };
  const options = space.variables.map((variable) => {
    const choice = assignment.get(variable.name);
    return choice === undefined ? [] : simpler(space, variable, choice);
  });
  space.variables.forEach((variable, i) => {
    for (const choice of options[i] ?? []) {
      const changed = solved(space, new Map([...assignment, [variable.name, choice]]));
      add(changed);
      // A clause may tie two sizes together.
      space.variables.slice(i + 1).forEach((other, j) => {
        for (const second of (options[i + 1 + j] ?? []).slice(0, 3))
          add(new Map([...changed, [other.name, second]]));
      });
    }
  });
  return [...found.values()].sort((a, b) => weightOf(space, a) - weightOf(space, b));
}

/** Choices that break exactly one clause, as near to it as can be: what a program must refuse. */
export function nearMisses(
  space: Space,
  assignment: Assignment,
  clauses: readonly Fact[],
): readonly Miss[] {
  const misses: Miss[] = [];
  for (const clause of clauses) {
    const isBroken = (changed: Assignment): boolean => {
      const value = valueOf(space, changed);
      return (
        holds(clause, value) === false &&
        space.facts.every((fact) => fact === clause || holds(fact, value) === true)
      );
    };
    const nearest = space.variables
      .flatMap((variable) => {
        const choice = assignment.get(variable.name);
        if (variable.kind !== "size" || typeof choice !== "number") return [];
        return [1, -1, 2, -2, 3, -3]
          .filter((step) => choice + step >= 1)
          .map((step) => new Map([...assignment, [variable.name, choice + step]]));
      })
      .find(isBroken);
    if (nearest) misses.push({ clause, assignment: nearest });
  }
  return misses;
}

/** A choice that breaks one clause. */
export interface Miss {
  readonly clause: Fact;
  readonly assignment: Assignment;
}

// ------------------------------------------------------------------ candidates

function candidatesOf(space: Space, variable: Variable): readonly Choice[] {
  switch (variable.kind) {
    case "size":
      return sizesFor(space, variable);
    case "pack":
      return packs;
    case "choice":
      return variable.labels.map((_, i) => i);
    case "float":
      return floats;
    case "bool":
      return [false, true];
  }
}

/** Sizes between the bounds that facts with numbers give, with those bounds and what lies around other numbers in the facts. */
function sizesFor(
  { facts }: Space,
  { sym, usual, most = Infinity }: Variable & { readonly kind: "size" },
): readonly number[] {
  const own = facts.filter(({ left, right }) => symsOf(right, symsOf(left)).has(sym));
  const bounds = own.map((fact) => boundsOf(fact, sym));
  const low = Math.max(0, ...bounds.map((b) => b.low));
  const high = Math.min(...bounds.map((b) => b.high), 1024);
  const around = own
    .flatMap(({ left, right }) => [constantOf(left) ?? [], constantOf(right) ?? []].flat())
    .flatMap((n) => [n - 1, n, n + 1]);
  if (usual !== undefined && usual <= 16) around.push(usual);
  const isBounded = high < 1024;
  const bounded = isBounded ? [high, high - 1, Math.floor((low + high) / 2)] : [];
  const common = edges.filter((n) => n <= most);
  const all = [low, low + 1, ...common, ...bounded, ...around];
  return [...new Set(all.filter((n) => n >= low && n <= high))].sort((a, b) => a - b);
}

interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** What a relation between a lone symbol and a number says of the symbol. */
function boundsOf({ relation, left, right }: Fact, sym: Sym): Bounds {
  const isTurned = symOf(right) === sym;
  const number = constantOf(isTurned ? left : right);
  if (number === undefined || (!isTurned && symOf(left) !== sym)) return unbounded;
  return boundsBy[isTurned ? turned[relation] : relation](number);
}

const unbounded: Bounds = { low: -Infinity, high: Infinity };

/** The relation read from the right. */
const turned = { "==": "==", "!=": "!=", "<=": ">=", "<": ">", ">=": "<=", ">": "<" } as const;

const boundsBy: Readonly<Record<Fact["relation"], (n: number) => Bounds>> = {
  "==": (n) => ({ low: n, high: n }),
  "!=": () => unbounded,
  "<=": (n) => ({ ...unbounded, high: n }),
  "<": (n) => ({ ...unbounded, high: n - 1 }),
  ">=": (n) => ({ ...unbounded, low: n }),
  ">": (n) => ({ ...unbounded, low: n + 1 }),
};

function pick(candidates: readonly Choice[], random: Random, reach: number): Choice {
  const count = Math.max(1, Math.ceil(candidates.length * reach));
  return candidates[Math.floor(random() * (reach === 0 ? 1 : count))] ?? 1;
}

/** Sizes that an equation gives: `K == D / H` makes `K` what it has to be. */
function solved(space: Space, assignment: Assignment): Assignment {
  const result = new Map(assignment);
  for (const { relation, left, right } of space.facts) {
    if (relation !== "==") continue;
    const [target, source] = symOf(left) ? [symOf(left), right] : [symOf(right), left];
    const variable = space.variables.find((v) => v.kind === "size" && v.sym === target);
    const value = evaluateIn(source, space, result);
    if (variable && value !== undefined && value >= 0) result.set(variable.name, value);
  }
  return result;
}

const evaluateIn = (d: Dim, space: Space, assignment: Assignment): number | undefined =>
  evaluate(d, valueOf(space, assignment));

// --------------------------------------------------------------------- smaller

function simpler(space: Space, variable: Variable, choice: Choice): readonly Choice[] {
  if (variable.kind === "bool") return choice === true ? [false] : [];
  if (variable.kind === "float") return choice === 0 ? [] : [0, 1].filter((x) => x !== choice);
  if (variable.kind === "pack") {
    if (typeof choice !== "object") return [];
    return [
      choice.slice(1),
      choice.slice(0, -1),
      choice.map(() => 1),
      choice.map((n) => n - 1),
    ].filter((sizes) => sizes.every((n) => n > 0));
  }
  if (typeof choice !== "number") return [];
  if (variable.kind === "choice") return Array.from({ length: choice }, (_, i) => i);
  const smallest = sizesFor(space, variable)[0] ?? 0;
  const steps = [
    smallest,
    smallest + 1,
    Math.floor((smallest + choice) / 2),
    choice - 2,
    choice - 1,
  ];
  return [...new Set(steps)].filter((n) => n >= smallest && n < choice).sort((a, b) => a - b);
}

/** Fewer elements weigh less, then smaller choices. */
function weightOf(space: Space, assignment: Assignment): number {
  let total = 0;
  for (const choice of assignment.values()) {
    if (typeof choice === "object") total += choice.reduce((a, b) => a + b, 0) + choice.length;
    else total += Math.abs(Number(choice));
  }
  return elementsOf(space, assignment) + 8 * total;
}
