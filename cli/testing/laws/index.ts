// All laws, and how a declaration is tried on them.
import { laws as sentences } from "../../../compiler/check/law-names.js";
import { testing } from "../../../compiler/diagnostics/index.js";
import type { Case } from "../case.js";
import { explore, type Effort } from "../explore.js";
import type { Outcome } from "../outcome.js";
import { seeded } from "../random.js";
import { showCase } from "../show.js";
import { drawStyled } from "../tensors.js";
import { bytes, clauses, saved } from "./builds.js";
import { device } from "./device.js";
import { gradients } from "./gradients.js";
import type { Broken, Law, LawSubject } from "./subject.js";
import { finite, identity, rows, shape } from "./values.js";

/** All laws, in the order in which they are tried. */
export const laws: readonly Law[] = [
  shape,
  finite,
  gradients,
  rows,
  clauses,
  bytes,
  saved,
  identity,
  device,
];

/** What trying a law needs besides the declaration. */
export interface LawTrial {
  readonly effort: Effort;
  readonly first: readonly Case[];
  again(path: string | undefined): string;
}

/** A law that was tried, with the case that breaks it. */
export interface TriedLaw {
  readonly outcome: Outcome;
  readonly failing?: Case;
}

/** Tries one law on one declaration. */
export async function tryLaw(law: Law, subject: LawSubject, trial: LawTrial): Promise<TriedLaw> {
  const { declaration } = subject;
  const base = { subject: declaration.title, law: law.name, span: declaration.span };
  const reason = reasonOf(law, subject);
  if (reason !== undefined)
    return { outcome: { ...base, status: "left out", runs: 0, reason, diagnostics: [] } };
  const runs = Math.max(1, Math.ceil((trial.effort.runs * law.share) / 100));
  const found = await explore<Broken>(
    {
      space: declaration,
      pool: subject.pool.slice(-(law.choices ?? subject.pool.length)),
      inputs: (assignment) => subject.inputs(assignment),
      try: async (drawn) => law.try(subject, subject.prepared(drawn)),
      first: trial.first,
      examples: examplesOf(law, subject, trial.effort),
      ...(law.styles ? { styles: law.styles } : {}),
    },
    { ...trial.effort, runs },
  );
  const { failure } = found;
  if (!failure) {
    const cut = found.isCut ? { reason: "time was up" } : {};
    return { outcome: { ...base, status: "passed", runs: found.runs, diagnostics: [], ...cut } };
  }
  const diagnostic = testing.lawFails({
    at: declaration.span,
    law: law.name,
    says: sentences[law.name],
    what: failure.fault.what,
    more: failure.fault.more ?? [],
    counterexample: {
      values: showCase(declaration, subject.prepared(failure.drawn)),
      how: `case ${String(found.runs)} of ${String(runs)}, made simpler ${String(failure.shrinks)} times, seed ${String(trial.effort.seed)}`,
      again: trial.again(failure.path),
    },
  });
  const outcome: Outcome = {
    ...base,
    status: "failed",
    runs: found.runs,
    diagnostics: [diagnostic],
  };
  return { outcome, failing: failure.drawn };
}

/** Each style of a law once, at one of the smaller choices of sizes and at the largest. */
function examplesOf({ styles }: Law, subject: LawSubject, { seed, large }: Effort): Case[] {
  const { pool } = subject;
  const chosen = new Set([pool[Math.min(2, pool.length - 1)], pool.at(-1)]);
  const random = seeded(seed);
  return [...chosen].flatMap((assignment) => {
    if (!assignment) return [];
    const specs = subject.inputs(assignment);
    return [...new Set(styles ?? [])].map((style): Case => ({
      assignment,
      seed: 0,
      tensors: new Map(
        specs.map((spec) => [spec.name, drawStyled(spec, style, random, { large })]),
      ),
    }));
  });
}

function reasonOf(law: Law, subject: LawSubject): string | undefined {
  const skipped = subject.declaration.skips.get(law.name);
  if (skipped !== undefined) return `\`@skip\`: ${skipped}`;
  if (subject.pool.length === 0) return "no sizes were found that suit it";
  return law.reason(subject);
}
