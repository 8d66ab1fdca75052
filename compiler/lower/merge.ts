// Lowers the folding of adapters into their base: what `merge` of each adapter gives, under the paths of the tensors that it replaces.
import type { Context } from "../check/context.js";
import { memberOf } from "../check/instances.js";
import { asTensor } from "../check/operators.js";
import { placesOf } from "../check/selectors.js";
import type { Instance } from "../check/meaning.js";
import { names } from "../diagnostics/index.js";
import type { Entry, Output } from "../ir/program.js";
import type { Declared } from "../resolve/modules.js";
import { signatureOf } from "./entries.js";
import { instantiateRoot, type Sets } from "./root.js";

/** The name of the entry; no function of a model can have it. */
export const mergeEntry = "adapters.merge";

/** The entry without inputs whose results are the merged tensors by path; undefined after a fault, or where nothing is adapted. */
export function mergeOf(ctx: Context, declared: Declared, sets: Sets): Entry | undefined {
  const root = instantiateRoot(ctx, declared, sets);
  if (!root) return undefined;
  const adapters = placesOf(ctx, root).flatMap((p) =>
    p.kind === "layer" && p.instance.base ? [p.instance] : [],
  );
  const outputs = adapters.map((adapter) => tensorsOf(ctx, adapter));
  if (outputs.some((o) => o === undefined) || outputs.length === 0) return undefined;
  return {
    name: mergeEntry,
    signature: signatureOf(ctx, [], []),
    program: { graph: ctx.graph, outputs: outputs.flatMap((o) => o ?? []) },
  };
}

/** What one adapter gives, by path; undefined after a fault. */
function tensorsOf(ctx: Context, adapter: Instance): readonly Output[] | undefined {
  const { decl, span } = adapter;
  if (!decl.members.some((m) => m.kind === "fn" && m.name.name === "merge")) {
    ctx.report(
      names.unknownMember({
        name: "merge",
        of: `the adapter \`${decl.name.name}\` of \`${adapter.path.join(".")}\``,
        at: span,
        near: [],
      }),
    );
    return undefined;
  }
  const found = ctx.apply(memberOf(ctx, adapter, "merge", span), [], span);
  const parts =
    found.kind === "tuple"
      ? found.items.map((m, i) => [found.names?.[i], m] as const)
      : [["weight", found] as const];
  const outputs = parts.flatMap(([name, meaning]): Output[] => {
    const value = meaning.kind === "unknown" ? undefined : asTensor(ctx, meaning, ctx.float, span);
    return value && name !== undefined
      ? [{ name: [...adapter.path, name].join("."), role: "result", value }]
      : [];
  });
  return outputs.length === parts.length ? outputs : undefined;
}
