// Contexts in which everything static is known: what lowering evaluates in.
import { pullback } from "../autodiff/pullback.js";
import { adapted } from "../check/derived.js";
import type { Concrete, Context } from "../check/context.js";
import { openContext } from "../check/evaluator.js";
import { moduleScope } from "../check/instances.js";
import type { Instance } from "../check/meaning.js";
import { matchesLayer } from "../check/selectors.js";
import type { Diagnostic } from "../diagnostics/index.js";
import type { Library } from "../resolve/modules.js";

/** How a graph is to be written, besides its program. */
export interface Manner {
  /** Called when the name `training` is evaluated. */
  readonly asked?: () => void;
  /** Whether what has a kernel of its own is spelled out in terms of other ops. */
  readonly isSpelled?: boolean;
  /** Whether `adapt` lines are left out. */
  readonly isBare?: boolean;
  /** Whether `quantize` lines are left out. */
  readonly isFloat?: boolean;
  /** Called with every layer that is made. */
  readonly made?: (instance: Instance) => void;
}

/** A context for one graph. `training` is what the name `training` means in it. */
export function concreteContext(
  library: Library,
  diagnostics: Diagnostic[],
  training: boolean,
  { asked, isSpelled = false, isBare = false, isFloat = false, made }: Manner = {},
): Context {
  const concrete: Concrete = {
    pullback,
    get training() {
      asked?.();
      return training;
    },
    isFused: !isSpelled,
    isFloat,
    adapt: (instance, ctx) => {
      const around = isBare ? instance : adapt(instance, ctx);
      made?.(around);
      return around;
    },
  };
  return openContext(library, diagnostics, concrete);
}

/** Puts the adapters of derived models around a layer that their selectors name, innermost derivation first. */
function adapt(instance: Instance, ctx: Context): Instance {
  let result = instance;
  // Derivations are noted from the outermost model to the innermost.
  for (const { prefix, decl, unit } of [...ctx.derivations].reverse()) {
    if (!prefix.every((step, i) => instance.path[i] === step)) continue;
    const path = instance.path.slice(prefix.length);
    const scope = moduleScope(ctx, unit);
    for (const line of decl.lines) {
      if (line.kind !== "adapt" || !line.selectors.some((s) => matchesLayer(s.steps, path)))
        continue;
      const around = adapted(ctx, scope, line, instance);
      if (around && around !== "misfit") result = around;
    }
  }
  return result;
}
