// The passes, in the order in which they run.
import type { Program } from "../ir/program.js";
import { rewriteBodies } from "../ir/rewrite.js";
import { cse } from "./cse.js";
import { dce } from "./dce.js";
import { fold } from "./fold.js";
import { leanScans } from "./scans.js";
import { simplify } from "./simplify.js";

/** From a program to one that computes the same outputs. */
export interface Pass {
  readonly name: string;
  /** Why it stands where it stands. */
  readonly why: string;
  run(program: Program): Program;
}

/** Each pass sees what the one before has left. */
export const passes: readonly Pass[] = [
  {
    name: "simplify",
    why: "Movement that cancels hides constants from the next pass.",
    run: simplify,
  },
  {
    name: "fold",
    why: "Known numbers shorten expressions, and copies of one value become that value.",
    run: fold,
  },
  {
    name: "simplify again",
    why: "Dropped operations bring together what stood apart.",
    run: simplify,
  },
  {
    name: "cse",
    why: "Only what is written in the shortest form is recognized as the same.",
    run: cse,
  },
  {
    name: "scans",
    why: "Equal outputs and operands of a scan are known by now, and what it no longer needs is dead.",
    run: leanScans,
  },
  { name: "dce", why: "The passes before leave behind what they replaced.", run: dce },
];

/** Runs a pass on a program, on the bodies of its scans, and on those within them. */
const everywhere = (pass: Pass, program: Program): Program =>
  rewriteBodies(pass.run(program), (body) => everywhere(pass, body));

/** Runs passes, all of them unless some are `chosen`; `after` sees each result, to verify or print it. */
export function optimize(
  program: Program,
  after?: (pass: Pass, result: Program) => void,
  chosen = passes,
): Program {
  return chosen.reduce((current, pass) => {
    const result = everywhere(pass, current);
    after?.(pass, result);
    return result;
  }, program);
}
