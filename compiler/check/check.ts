// Checks a library: every declaration of the asked-for files, for all sizes.
import type { FnDecl, Item } from "../../grammar/ast.js";
import type { Code, Diagnostic } from "../diagnostics/index.js";
import { arrange } from "../diagnostics/index.js";
import type { Library, Unit } from "../resolve/modules.js";
import { attributeFaults } from "./attributes.js";
import { withoutConsequences } from "./consequences.js";
import type { Context, Witness } from "./context.js";
import { openContext } from "./evaluator.js";
import { checkFn, checkLayer, checkOptimizer } from "./declarations.js";
import { checkAdapter, checkDerived } from "./derived.js";
import { withoutDoubted } from "./doubt.js";
import { withoutEchoes } from "./echoes.js";
import { declaredMeaning, moduleScope } from "./instances.js";
import { checkProperty } from "./properties.js";
import type { Recall, Session, UnitFindings } from "./recall.js";
import { recursionFaults } from "./recursion.js";
import { checkTrain } from "./training.js";
import { conventionWarnings } from "./conventions.js";
import { withoutSilenced } from "./silence.js";
import { unusedWarnings } from "./unused.js";

/** All faults and warnings of the files that were asked for, in order of position. */
export const check = (library: Library): readonly Diagnostic[] => checkAll(library).told;

/** What is told of a library, and all that was found in it: what only follows from something else is not told. */
export interface Findings {
  readonly told: readonly Diagnostic[];
  readonly found: readonly Diagnostic[];
}

/** What to check, and what is known already. */
export interface CheckOptions {
  /** The declarations to check; all if absent. */
  readonly isWanted?: (item: Item) => boolean;
  /** What was found in files before; it also keeps what is found now. */
  readonly recall?: Recall;
}

/** As `check`, of all declarations or of some, with what is not told. */
export function checkAll(library: Library, { isWanted, recall }: CheckOptions = {}): Findings {
  const found: Diagnostic[] = [...library.diagnostics];
  const session = isWanted ? undefined : recall?.open(library);
  const units = library.entries.map((unit) => findingsOf(library, unit, session, isWanted));
  const checked = new Set(units.flatMap(({ evaluated }) => evaluated));
  found.push(...units.flatMap(({ seen }) => seen), ...checked);
  // What is not called in a program with errors may be called in the mended one.
  if (!found.some((d) => d.severity === "error"))
    found.push(...units.flatMap(({ unused }) => unused));
  const told = arrange(withoutSilenced(causes(library, found, checked), library.entries));
  return { told, found };
}

function findingsOf(
  library: Library,
  unit: Unit,
  session: Session | undefined,
  isWanted: (item: Item) => boolean = () => true,
): UnitFindings & { readonly evaluated: readonly Diagnostic[] } {
  const look = (): UnitFindings => ({
    seen: [...recursionFaults(unit), ...attributeFaults(unit.module), ...conventionWarnings(unit)],
    unused: unusedWarnings(unit),
  });
  const known = session ? session.unit(unit, look) : look();
  const isEndless = known.seen.some((d) => d.code === recursive);
  const items = unit.module.items.filter(isWanted);
  return { ...known, evaluated: checkItems(library, unit, items, isEndless, session) };
}

const recursive: Code = "recursive-declaration";

/** The findings without those that only follow from others. */
function causes(
  library: Library,
  found: readonly Diagnostic[],
  checked: ReadonlySet<Diagnostic>,
): readonly Diagnostic[] {
  const read = withoutConsequences(library, found);
  const own = withoutDoubted(library, read, checked, (unit, item, doubted) =>
    checkItem(library, unit, item, true, doubted),
  );
  return withoutEchoes(library, own);
}

/** What is wrong with each declaration; what does not end is said once, unless that is known already. */
function checkItems(
  library: Library,
  unit: Unit,
  items: readonly Item[],
  isEndless: boolean,
  session: Session | undefined,
): readonly Diagnostic[] {
  let isSaid = isEndless;
  return items.flatMap((item) => {
    const isRationed = isSaid;
    const find = (): readonly Diagnostic[] => checkItem(library, unit, item, isRationed);
    const found = session ? session.item(unit, item, isRationed, find) : find();
    const kept = isSaid ? found.filter((d) => d.code !== endless) : found;
    isSaid ||= kept.some((d) => d.code === endless);
    return kept;
  });
}

const endless: Code = "too-much-to-evaluate";

/** One declaration in a context of its own: facts and graphs of one never reach another. */
function checkItem(
  library: Library,
  unit: Unit,
  item: Item,
  isRationed: boolean,
  doubted?: ReadonlySet<FnDecl>,
): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const ctx = openContext(library, diagnostics);
  if (doubted) {
    // What is found once more is only compared with what was found before.
    ctx.doubted = doubted;
    ctx.isExplaining = false;
  }
  if (isRationed) ctx.work.ration();
  ctx.work.allowFor(item.span.end - item.span.start);
  dispatch(ctx, unit, item);
  return diagnostics;
}

/** Evaluates one declaration for a witness; gives the context, in which more can be asked. */
export function witnessed(library: Library, unit: Unit, item: Item, witness: Witness): Context {
  const ctx = openContext(library, []);
  ctx.isExplaining = false;
  ctx.witness = witness;
  ctx.work.allowFor(item.span.end - item.span.start);
  dispatch(ctx, unit, item);
  return ctx;
}

function dispatch(ctx: Context, unit: Unit, item: Item): void {
  switch (item.kind) {
    case "import":
      return;
    case "const":
      declaredMeaning(ctx, { item, unit });
      return;
    case "fn":
      checkFn(ctx, item, moduleScope(ctx, unit));
      return;
    case "layer":
      checkLayer(ctx, item, unit);
      return;
    case "derived-model":
      checkDerived(ctx, item, unit);
      return;
    case "adapter":
      checkAdapter(ctx, item, unit);
      return;
    case "optimizer":
      checkOptimizer(ctx, item, unit);
      return;
    case "train":
      checkTrain(ctx, item, unit);
      return;
    case "property":
      checkProperty(ctx, item, unit);
  }
}
