// Adds to a finding where its sizes got their values, and what they would have to be instead.
import { substitute, constantOf, same, show, symsOf, type Dim, type Sym } from "../types/dim.js";
import type { Span } from "../../grammar/source.js";
import { replacing } from "./catalogue/proposals.js";
import type { Diagnostic, Label, Proposal } from "./diagnostic.js";
import { quoted } from "./explain.js";

/** A static argument that got a value: `In` of `Linear` is `D`, written at a place. */
export interface BindingSite {
  readonly name: string;
  readonly callee: string;
  readonly isDefault: boolean;
  readonly at: Span;
  readonly value: Dim;
  /** Where it is one part of an argument that is a tuple: `padding[1]`. */
  readonly part?: { readonly of: string; readonly place: number };
}

/** Sites behind one side of a clash, and what that side meets. */
export interface Behind {
  readonly sites: readonly BindingSite[];
  readonly wanted?: Dim;
}

/** The finding with the sites behind its sizes, and with the repairs that change what was written there. */
export function withSites(d: Diagnostic, sides: readonly Behind[]): Diagnostic {
  const sites = sides.flatMap((side) => side.sites);
  // What somebody wrote for the use tells more than what holds by default.
  const labels = [...sites.filter((s) => !s.isDefault), ...sites.filter((s) => s.isDefault)].map(
    labelOf,
  );
  const known = new Set<string>();
  const fresh = labels.filter(({ span, text }) => {
    const key = `${span.file.path} ${String(span.start)} ${text}`;
    return !known.has(key) && known.add(key);
  });
  if (fresh.length === 0) return d;
  return withProposals({ ...d, secondary: [...fresh, ...d.secondary] }, sides.flatMap(changes));
}

/**
 * The finding with more proposals: behind those that reorder the expression itself, which are nearer to the mistake, and
 * before those that change what sizes mean.
 */
export function withProposals(d: Diagnostic, more: readonly Proposal[]): Diagnostic {
  const proposals = [...(d.proposals ?? [])];
  const at = proposals.findIndex((p) => ["declare", "unite", "clause"].includes(p.kind));
  proposals.splice(at < 0 ? proposals.length : at, 0, ...more);
  return { ...d, proposals };
}

function labelOf({ name, callee, isDefault, at, value }: BindingSite): Label {
  const means = `${quoted(name)} of ${quoted(callee)} is ${quoted(show(value))}`;
  return { span: at, text: isDefault ? `${means} by default` : means };
}

/** The nearest argument with the wanted size, and the arguments of its call in another order. */
function changes({ sites, wanted }: Behind): readonly Proposal[] {
  const [site] = sites;
  if (!site || site.isDefault) return [];
  const change = !wanted || same(site.value, wanted) ? [] : [changing(site, wanted)];
  return [...change, { kind: "swap", at: site.at }];
}

/** Another size for a static argument. */
export const changing = ({ name, callee, at }: BindingSite, size: Dim): Proposal =>
  replacing(`let ${quoted(name)} of ${quoted(callee)} be ${quoted(show(size))}`, at, show(size));

/** "by default `4 * D` is 256 and `E` is 64", where defaults make both sides numbers. */
export function withNumbers(
  d: Diagnostic,
  defaults: ReadonlyMap<Sym, Dim | undefined>,
): Diagnostic {
  if (!d.clash || defaults.size === 0) return d;
  const sides = [d.clash.left, d.clash.right].filter((side) => symsOf(side).size > 0);
  const told = sides.flatMap((side) => {
    const value = constantOf(substitute(side, (sym) => defaults.get(sym)));
    return value === undefined ? [] : [`${quoted(show(side))} is ${String(value)}`];
  });
  if (told.length === 0 || told.length < sides.length) return d;
  const note = `by default ${told.join(" and ")}`;
  return d.notes.includes(note) ? d : { ...d, notes: [...d.notes, note] };
}
