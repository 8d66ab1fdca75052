// Findings about the arguments of a call: unknown, missing, too many, given twice.
import type { Span } from "../../../grammar/source.js";
import type { Diagnostic, Proposal } from "../diagnostic.js";
import { listed, quoted } from "../explain.js";
import { finding } from "./finding.js";
import { similar, type Misspelt } from "./misspelt.js";
import { namesLike, renaming } from "./proposals.js";

/** A place. */
interface At {
  readonly at: Span;
}

/** A named argument that the callee does not take. */
export const unknownArgument = (facts: Misspelt & { readonly callee: string }): Diagnostic => {
  const { notes, proposals } = similar(facts, namesLike);
  const isClear = proposals.length === 1 || facts.near.length === 0;
  return finding("unknown-argument", {
    primary: {
      span: facts.at,
      text: `${subject(facts.callee)} takes no argument ${quoted(facts.name)}`,
    },
    notes: isClear ? notes : [`${subject(facts.callee)} takes ${firstOf(facts.near)}`],
    proposals: [...proposals, ...foreignArgument(facts)],
  });
};

/** The names of arguments, as many as one reads at a glance. */
const firstOf = (names: readonly string[]): string =>
  names.length <= 8
    ? listed(names)
    : `${names.slice(0, 7).map(quoted).join(", ")} and ${String(names.length - 7)} more`;

/** Names of arguments in other languages. */
const foreign: Readonly<Record<string, readonly string[]>> = {
  dim: ["axis"],
  dims: ["axis"],
  keepdim: ["keep"],
  keepdims: ["keep"],
  keep_dims: ["keep"],
  r: ["rank"],
  wd: ["weight_decay"],
  learning_rate: ["lr"],
  sigma: ["std"],
  stddev: ["std"],
  bias: ["with_bias"],
  is_causal: ["causal"],
  attn_mask: ["mask"],
  negative_slope: ["slope"],
  label_smoothing: ["smoothing"],
  ignore_index: ["ignore"],
  kernel_size: ["kernel"],
  rate: ["p", "dropout"],
};

function foreignArgument({ at, name, near }: Misspelt): readonly Proposal[] {
  const meant = Object.hasOwn(foreign, name) ? (foreign[name] ?? []) : [];
  return meant.filter((m) => near.includes(m)).flatMap((m) => renaming(at, [m]));
}

/** Required arguments that the call leaves out. */
export const missingArguments = ({
  names,
  callee,
  at,
}: At & { readonly names: readonly string[]; readonly callee: string }): Diagnostic =>
  finding("missing-argument", {
    primary: { span: at, text: `${listed(names)} ${names.length === 1 ? "is" : "are"} not given` },
    notes: [`${subject(callee)} needs ${listed(names)}`],
    proposals: names.length === 1 ? names.map((name) => ({ kind: "give", at, name })) : [],
  });

/** More positional arguments than parameters. */
export const tooManyArguments = ({
  callee,
  at,
  allowed,
  given,
}: At & {
  readonly callee: string;
  readonly allowed: number;
  readonly given: number;
}): Diagnostic =>
  finding("too-many-arguments", {
    primary: { span: at, text: "no parameter is left for this" },
    notes: [
      `${subject(callee)} takes ${counted(allowed, "argument")}, the call gives ${String(given)}`,
    ],
    proposals: [{ kind: "drop", at }],
  });

/** One argument given by place and by name, or by name twice. */
export const duplicateArgument = ({
  name,
  callee,
  at,
}: At & { readonly name: string; readonly callee: string }): Diagnostic =>
  finding("duplicate-argument", {
    primary: { span: at, text: `${quoted(name)} of ${subject(callee)} already has a value` },
    proposals: [{ kind: "drop", at }],
  });

/** Callees that are described rather than named keep their words. */
export const subject = (callee: string): string => (/\s/.test(callee) ? callee : quoted(callee));

const counted = (n: number, noun: string): string =>
  `${n === 0 ? "no" : String(n)} ${noun}${n === 1 ? "" : "s"}`;
