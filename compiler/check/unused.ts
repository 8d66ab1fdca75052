// Warnings about parameters that nothing in their file reads.
import type { Item, Module, ParamMember } from "../../grammar/ast.js";
import { isExpr, visit } from "../../grammar/walk.js";
import { names, type Diagnostic } from "../diagnostics/index.js";
import type { Unit } from "../resolve/modules.js";

/** One warning for each parameter that its layer never names and that no member access in the file reaches. */
export function unusedWarnings(unit: Unit): readonly Diagnostic[] {
  const reached = membersNamed(unit.module);
  return unit.module.items.flatMap((item) => {
    if (item.kind !== "layer" && item.kind !== "adapter") return [];
    // Without functions the layer is unfinished, which its use reports.
    if (!item.members.some((m) => m.kind === "fn")) return [];
    const read = namesRead(item);
    return item.members
      .filter((m) => m.kind === "param")
      .filter((m) => !read.has(m.name.name) && !reached.has(m.name.name))
      .filter((m) => m.name.name !== "" && !isAllowed(item, m))
      .map((m) => names.unusedParameter({ name: m.name.name, at: m.name.span }));
  });
}

/** Names that stand as expressions inside of a declaration. */
function namesRead(item: Item): ReadonlySet<string> {
  const found = new Set<string>();
  visit(item, (node) => {
    if (isExpr(node) && node.kind === "name") found.add(node.name);
  });
  return found;
}

/** Names that stand after a dot anywhere in a file: `wte.weight`. */
function membersNamed(module: Module): ReadonlySet<string> {
  const found = new Set<string>();
  visit(module, (node) => {
    if (isExpr(node) && node.kind === "member") found.add(node.name.name);
  });
  return found;
}

const isAllowed = (item: Item, member: ParamMember): boolean =>
  [...item.attributes, ...member.attributes].some(
    (a) => a.name.name === "allow" && a.args.some((x) => x.text === "unused-parameter"),
  );
