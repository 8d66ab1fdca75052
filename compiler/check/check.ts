// Checks a library: every declaration of the asked-for files, for all sizes.
import type { Item } from "../../grammar/ast.js";
import type { Code, Diagnostic } from "../diagnostics/index.js";
import { arrange } from "../diagnostics/index.js";
import type { Library, Unit } from "../resolve/modules.js";
import { attributeFaults } from "./attributes.js";
import { withoutConsequences } from "./consequences.js";
import type { Context } from "./context.js";
import { openContext } from "./evaluator.js";
import { checkFn, checkLayer, checkOptimizer } from "./declarations.js";
import { checkAdapter, checkDerived } from "./derived.js";
import { declaredMeaning, moduleScope } from "./instances.js";
import { checkProperty } from "./properties.js";
import { recursionFaults } from "./recursion.js";
import { checkTrain } from "./training.js";
import { conventionWarnings } from "./conventions.js";
import { withoutSilenced } from "./silence.js";
import { unusedWarnings } from "./unused.js";

/** All faults and warnings of the files that were asked for, in order of position. */
export function check(library: Library): readonly Diagnostic[] {
  const found: Diagnostic[] = [...library.diagnostics];
  for (const unit of library.entries) {
    const recursion = recursionFaults(unit);
    found.push(
      ...checkItems(library, unit, recursion.length > 0),
      ...recursion,
      ...attributeFaults(unit.module),
      ...conventionWarnings(unit),
      ...unusedWarnings(unit),
    );
  }
  return arrange(withoutSilenced(withoutConsequences(library, found), library.entries));
}

/** What is wrong with each declaration; what does not end is said once, unless that is known already. */
function checkItems(library: Library, unit: Unit, isEndless: boolean): readonly Diagnostic[] {
  let isSaid = isEndless;
  return unit.module.items.flatMap((item) => {
    const found = checkItem(library, unit, item, isSaid);
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
): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const ctx = openContext(library, diagnostics);
  if (isRationed) ctx.work.ration();
  dispatch(ctx, unit, item);
  return diagnostics;
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
