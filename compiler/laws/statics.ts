// Static arguments of a declaration as variables that are drawn, and as arguments once they are.
import type { Expr, Parameter } from "../../grammar/ast.js";
import { kindIn } from "../check/arguments.js";
import type { GivenArg, Meaning, Scope } from "../check/meaning.js";
import type { Fact } from "../types/constraints.js";
import { int, symOf, symbol } from "../types/dim.js";
import { meaningOf } from "./property.js";
import type { Assignment, Space, Variable } from "./subject.js";

/** Sizes of layers beyond this are not drawn, unless a clause asks for them. */
const largestSize = 8;

/** Variables that static parameters are, with what holds of them beside clauses. */
export interface StaticVariables {
  readonly variables: readonly Variable[];
  readonly facts: readonly Fact[];
}

/** The variables of static parameters, or why there are none: a parameter whose values nobody can list. */
export function staticVariables(
  scope: Scope,
  params: readonly Parameter[],
): StaticVariables | { readonly reason: string } {
  const variables: Variable[] = [];
  const facts: Fact[] = [];
  for (const param of params) {
    const { name } = param.name;
    const kind = kindIn(scope, param);
    if (kind === "dim" || kind === "dims") {
      for (const size of sizesOf(param, scope.lookup(name)?.meaning)) {
        variables.push(size);
        // A size is 0 on purpose only where it is so by default.
        if (size.usual !== 0) facts.push({ relation: ">=", left: symbol(size.sym), right: int(1) });
      }
    } else if (kind === "bool") variables.push({ kind, name });
    else if (param.value || kind === "dtype") continue;
    else if (kind === "float") variables.push({ kind, name });
    else return { reason: `it takes \`${name}\`, for which it names no default` };
  }
  return { variables, facts };
}

/** The sizes that a parameter is or holds. A negative default says that it is none: an axis, or a number to leave out. */
function sizesOf(
  { name, value }: Parameter,
  meaning: Meaning | undefined,
): readonly (Variable & { readonly kind: "size" })[] {
  if (value && isNegative(value)) return [];
  const usual = usualOf(value);
  return partsOf(name.name, meaning).flatMap(([text, item]) => {
    const sym = item.kind === "number" && item.dim ? symOf(item.dim) : undefined;
    if (!sym) return [];
    const most = Math.max(largestSize, usual !== undefined && usual <= 16 ? usual : 0);
    return [{ kind: "size", name: text, sym, most, ...(usual === undefined ? {} : { usual }) }];
  });
}

/** The arguments that were drawn, by name; parameters that keep their default are left out. */
export function staticArgs(
  params: readonly Parameter[],
  space: Space,
  assignment: Assignment,
): readonly GivenArg[] {
  const drawn = (name: string): Meaning | undefined => {
    const variable = space.variables.find((v) => v.name === name);
    const choice = assignment.get(name);
    if (!variable || choice === undefined) return undefined;
    return meaningOf(space, variable, choice, [], assignment);
  };
  return params.flatMap((param): readonly GivenArg[] => {
    const { name } = param.name;
    const parts = partCount(space, name);
    const items = Array.from({ length: parts }, (_, i) => drawn(partName(name, i)));
    const meaning: Meaning | undefined =
      parts > 0
        ? { kind: "tuple", items: items.map((item) => item ?? { kind: "unknown" }) }
        : (drawn(name) ?? (isDtypeWithout(param) ? { kind: "dtype", dtype: "f32" } : undefined));
    return meaning ? [{ name: param.name, span: param.span, meaning }] : [];
  });
}

const isDtypeWithout = ({ annotation, value }: Parameter): boolean =>
  annotation?.kind === "kind" && annotation.name === "dtype" && !value;

const partName = (name: string, part: number): string => `${name}[${String(part)}]`;

const partCount = ({ variables }: Space, name: string): number =>
  variables.filter((v) => v.name.startsWith(`${name}[`)).length;

function partsOf(
  name: string,
  meaning: Meaning | undefined,
): readonly (readonly [string, Meaning])[] {
  if (meaning?.kind === "tuple") return meaning.items.map((item, i) => [partName(name, i), item]);
  return meaning ? [[name, meaning]] : [];
}

const isNegative = (value: Expr): boolean => value.kind === "unary" && value.operator === "-";

const usualOf = (value: Expr | undefined): number | undefined =>
  value?.kind === "number" && value.isInteger ? value.value : undefined;
