// Parameters below a model that none of its functions reads, though a function of their own layer does.
import type { Node } from "../../grammar/ast.js";
import { isExpr, visit } from "../../grammar/walk.js";
import type { Instance } from "../check/meaning.js";
import { placesOf, type Place } from "../check/selectors.js";
import { warnings, type Diagnostic } from "../diagnostics/index.js";
import { upstream } from "../ir/topology.js";
import { keyOf } from "./known.js";
import { leafSpec, type Lowered, type ModelSubject } from "./subject.js";
import { memberAt, type Files } from "./where.js";

type Parameter = Place & { readonly kind: "parameter" };

/** A parameter that nothing reads, and the topmost part of the model of which nothing is read. */
export interface Unread {
  readonly place: Parameter;
  readonly part: readonly string[];
}

/** The parameters that none of some functions of a model reads. */
export function unreadOf(lowered: readonly Lowered[]): readonly Unread[] {
  const [first] = lowered;
  if (!first?.root) return [];
  const read = new Set(lowered.flatMap(readBy));
  const places = placesOf(first.ctx, first.root).filter(
    (p): p is Parameter => p.kind === "parameter",
  );
  const live = places.filter((p) => read.has(p.path.join(".")));
  // The layers of a list are alike: what one of them reads, none can do without.
  const kinds = new Set(live.map((p) => kindOf(p.path)));
  return places.flatMap((place): Unread[] => {
    if (kinds.has(kindOf(place.path))) return [];
    const depth = place.path.findIndex(
      (_, i) => !live.some((p) => place.path.slice(0, i + 1).every((s, j) => s === p.path[j])),
    );
    return [{ place, part: place.path.slice(0, depth + 1) }];
  });
}

/** A path with `*` for the places in lists. */
export const kindOf = (path: readonly string[]): string =>
  path.map((step) => (/^\d+$/.test(step) ? "*" : step)).join(".");

/** One warning for each part of a model that nothing reads; `known` are the members of which that was said. */
export function unreadWarnings(
  { declared }: ModelSubject,
  lowered: readonly Lowered[],
  unread: readonly Unread[],
  files: Files,
  known: ReadonlySet<string>,
): readonly Diagnostic[] {
  const [first] = lowered;
  if (!first?.root) return [];
  const { root, ctx } = first;
  const layers = new Map(
    placesOf(ctx, root).map((p) => [p.kind === "layer" ? p.path.join(".") : "", p.instance]),
  );
  const groups = new Map<string, Parameter[]>();
  for (const { place, part } of unread) {
    if (isDecided(part, layers, known)) continue;
    const key = part.slice(0, root.path.length + 1).join(".");
    groups.set(key, [...(groups.get(key) ?? []), place]);
  }
  return [...groups.values()].map((places) => {
    const paths = places.map((p) => p.path.join("."));
    const { span } = memberAt(root, paths[0] ?? "", files, declared.item.name.span);
    const own = places[0]?.member.name.span;
    const model = declared.item.name.name;
    const isElsewhere = own && own.start !== span.start && files.has(own.file);
    return warnings.unreadParameters({
      at: span,
      paths,
      model,
      ...(isElsewhere ? { declared: own } : {}),
    });
  });
}

/** Whether a member on the way is known to be unused, or a condition that other arguments may turn says that it is. */
function isDecided(
  part: readonly string[],
  layers: ReadonlyMap<string, Instance>,
  known: ReadonlySet<string>,
): boolean {
  return part.some((name, i) => {
    const owner = layers.get(part.slice(0, i).join("."));
    const member = owner?.decl.members.find((m) => "name" in m && m.name.name === name);
    return owner !== undefined && member !== undefined
      ? known.has(keyOf(member)) || namedUnderIf(owner, name)
      : false;
  });
}

/** Whether a name stands inside of a condition's branches anywhere in a layer. */
function namedUnderIf(owner: Instance, name: string): boolean {
  let found = false;
  visit(owner.decl, (node) => {
    if (isIf(node))
      visit(
        node,
        (inner) => (found ||= isExpr(inner) && inner.kind === "name" && inner.name === name),
      );
  });
  return found;
}

const isIf = (node: object): node is Node => "kind" in node && node.kind === "if";

/** The paths of what some results depend on. */
export const readBy = ({ results, states }: Lowered): readonly string[] =>
  upstream([...results, ...states].map((o) => o.value)).flatMap((v) => leafSpec(v)?.name ?? []);
