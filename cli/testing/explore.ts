// Tries a claim on drawn cases with fast-check, and makes the first failing one as simple as it can.
import fc from "fast-check";
import { assignmentsOf, satisfies } from "../../compiler/laws/assignments.js";
import type { InputSpec } from "../../compiler/ir/program.js";
import { keyOf, type Assignment, type Space } from "../../compiler/laws/subject.js";
import { CaseArbitrary } from "./arbitrary.js";
import { extentsOf, type Case } from "./case.js";
import { seeded } from "./random.js";
import type { Manner } from "./tensors.js";

/** How much is tried. */
export interface Effort {
  readonly runs: number;
  readonly seed: number;
  /** Where a failing case lies in what the seed gives, as a report says. */
  readonly path?: string | undefined;
  /** Milliseconds since the start of the process (`performance.now()`) after which no further case is begun. */
  readonly until: number;
  /** Magnitude of large elements. */
  readonly large: number;
}

/** What is tried: `try` gives what is wrong with a case, or nothing. */
export interface Claim<F> {
  readonly space: Space;
  /** The tensors of a choice; none where the program is wrong for it. */
  readonly inputs: (assignment: Assignment) => readonly InputSpec[];
  readonly try: (drawn: Case) => Promise<F | undefined>;
  /** Cases that are tried before anything is drawn. */
  readonly first?: readonly Case[];
  /** Drawn cases that come before those of the seed, and are made simpler like them. */
  readonly examples?: readonly Case[];
  /** The choices of sizes that are tried; found where left out. */
  readonly pool?: readonly Assignment[];
  /** The styles of tensors that are drawn; all where left out. */
  readonly styles?: Manner["styles"];
}

/** How many choices of sizes are tried. */
const choices = 24;

/** What came of it. */
export interface Explored<F> {
  readonly runs: number;
  /** Whether time ran out. */
  readonly isCut: boolean;
  /** Whether the variables have no values at all. */
  readonly isEmpty: boolean;
  readonly failure?: Failure<F>;
}

/** A case that fails, the simplest found. */
export interface Failure<F> {
  readonly fault: F;
  readonly drawn: Case;
  readonly shrinks: number;
  /** Absent for a remembered case. */
  readonly path?: string;
}

/** How many cases are tried to make a failing one simpler. */
const mostShrinks = 500;

/** Tries until something fails, all runs are done or time is up. */
export async function explore<F>(claim: Claim<F>, effort: Effort): Promise<Explored<F>> {
  let tried = 0;
  for (const drawn of claim.first ?? []) {
    if (!fits(claim, drawn)) continue;
    tried++;
    const fault = await claim.try(drawn);
    if (fault !== undefined)
      return { runs: tried, isCut: false, isEmpty: false, failure: { fault, drawn, shrinks: 0 } };
  }
  const pool = claim.pool ?? choicesOf(claim.space, effort.seed, choices);
  if (pool.length === 0) return { runs: tried, isCut: false, isEmpty: true };
  return draw(claim, effort, pool, tried);
}

/** Choices of the variables of a space, by a seed. */
export function choicesOf(space: Space, seed: number, most: number): readonly Assignment[] {
  const random = seeded(seed);
  return assignmentsOf(space, () => random.fraction(), most);
}

async function draw<F>(
  claim: Claim<F>,
  effort: Effort,
  pool: readonly Assignment[],
  before: number,
): Promise<Explored<F>> {
  const { space, inputs, styles } = claim;
  const source = { space, pool, large: effort.large, inputs, ...(styles ? { styles } : {}) };
  const faults = new Map<Case, F>();
  let tried = before;
  let isCut = false;
  let shrinking = 0;
  const isHolding = async (drawn: Case): Promise<boolean> => {
    if (faults.size > 0 && ++shrinking > mostShrinks) return true;
    if (performance.now() > effort.until) {
      isCut = true;
      return true;
    }
    if (faults.size === 0) tried++;
    // Lets signals and the progress bar have their turn between cases.
    await new Promise<void>((resume) => void setImmediate(resume));
    const fault = await claim.try(drawn);
    if (fault !== undefined) faults.set(drawn, fault);
    return fault === undefined;
  };
  const property = fc.asyncProperty(new CaseArbitrary(source), isHolding);
  const details = await fc.check(property, parametersOf(claim, effort));
  const runs = tried;
  const found = details.counterexample?.[0];
  const fault = found ? faults.get(found) : undefined;
  if (details.errorInstance instanceof Error && fault === undefined) throw details.errorInstance;
  if (!found || fault === undefined) return { runs, isCut, isEmpty: false };
  const failure: Failure<F> = {
    fault,
    drawn: found,
    shrinks: details.numShrinks,
    ...(details.counterexamplePath === null ? {} : { path: details.counterexamplePath }),
  };
  return { runs, isCut: false, isEmpty: false, failure };
}

function parametersOf<F>(
  { examples = [] }: Claim<F>,
  { seed, runs, path }: Effort,
): fc.Parameters<[Case]> {
  return {
    seed: seed | 0,
    numRuns: Math.max(runs, examples.length),
    examples: examples.map((drawn): [Case] => [drawn]),
    ...(path === undefined ? {} : { path }),
  };
}

/** Whether a remembered case is still one of the claim: its variables exist and may be so, its tensors have their shapes. */
function fits<F>({ space, inputs }: Claim<F>, { assignment, tensors }: Case): boolean {
  const names = space.variables.map(({ name }) => name);
  if (
    keyOf(new Map(names.map((n) => [n, 0]))) !==
    keyOf(new Map([...assignment.keys()].map((n) => [n, 0])))
  )
    return false;
  const specs = inputs(assignment);
  return (
    satisfies(space, assignment) &&
    specs.length === tensors.size &&
    specs.every((spec) => {
      const tensor = tensors.get(spec.name);
      return tensor?.dtype === spec.dtype && String(tensor.shape) === String(extentsOf(spec));
    })
  );
}
