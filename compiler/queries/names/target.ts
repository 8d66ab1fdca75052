// What names stand for: declarations, members, parameters and sizes, each known by where it is declared.
import type { Documented, Ident, Item, Member, Node, Parameter } from "../../../grammar/ast.js";
import type { Span } from "../../../grammar/source.js";
import type { Declared, Library, Unit } from "../../resolve/modules.js";
import { isDtype } from "../../types/dtype.js";
import { primitives } from "../../check/primitives/index.js";

/** What kind of thing a name stands for. */
export type TargetKind =
  | "const"
  | "fn"
  | "layer"
  | "model"
  | "adapter"
  | "optimizer"
  | "train"
  | "static"
  | "tensor"
  | "dim"
  | "let"
  | "var"
  | "loop"
  | "parameter"
  | "state"
  | "field"
  | "method"
  | "axis"
  | "result"
  | "primitive"
  | "dtype"
  | "setting";

/** What a name stands for. */
export interface Target {
  readonly kind: TargetKind;
  readonly name: string;
  /** Where it is declared; absent for what the compiler knows itself. */
  readonly span?: Span;
  /** The node that declares it. */
  readonly node?: Node & Partial<Documented>;
  /** The file and the declaration that hold it. */
  readonly unit?: Unit;
  readonly item?: Item;
}

/** A name where it is written, and what it stands for. */
export interface Occurrence {
  readonly span: Span;
  readonly name: string;
  readonly target: Target;
  /** Whether the name is declared here. */
  readonly isDeclaration: boolean;
  /** Whether it is given a new value here. */
  readonly isWrite?: boolean;
}

/** Equal for two targets that are the same. */
export const keyOf = ({ kind, name, span }: Target): string =>
  span ? `${span.file.path}:${String(span.start)}` : `${kind} ${name}`;

/** A top-level declaration as a target. */
export function declaredTarget({ item, unit }: Declared): Target {
  return {
    kind: kindOfItem(item),
    name: item.name.name,
    span: item.name.span,
    node: item,
    unit,
    item,
  };
}

function kindOfItem(item: Declared["item"]): TargetKind {
  if (item.kind === "layer") return item.keyword;
  return item.kind === "derived-model" ? "model" : item.kind;
}

/** A member of a declaration as a target; `init` blocks have no name. */
export function memberTarget(unit: Unit, item: Item, member: Member): Target | undefined {
  if (member.kind === "init") return undefined;
  const kinds = { param: "parameter", state: "state", field: "field", fn: "method" } as const;
  return target(kinds[member.kind], member.name, { unit, item, node: member });
}

/** A static parameter as a target. */
export const staticTarget = (unit: Unit, item: Item, param: Parameter): Target =>
  target("static", param.name, { unit, item, node: param });

/** A target that an identifier declares. */
export const target = (
  kind: TargetKind,
  { name, span }: Ident,
  rest: { readonly unit: Unit; readonly item: Item; readonly node: Node },
): Target => ({ kind, name, span, ...rest });

/** What a name means at the top level of a file: a declaration, an import, or what is in scope everywhere. */
export function topLevel(library: Library, unit: Unit, name: string): Target | undefined {
  const declared = unit.names.get(name) ?? library.prelude.get(name);
  if (declared) return declaredTarget(declared);
  if (primitives.has(name)) return { kind: "primitive", name };
  return isDtype(name) ? { kind: "dtype", name } : undefined;
}
