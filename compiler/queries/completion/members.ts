// What may stand behind a dot, in a selector, and in the parentheses of a call.
import type { Call, Expr, SelectorStep } from "../../../grammar/ast.js";
import { openContext } from "../../check/evaluator.js";
import { storageFormats } from "../../types/storage.js";
import { genericInstance } from "../../check/generic.js";
import { memberOf } from "../../check/instances.js";
import type { Instance, Meaning, Place } from "../../check/meaning.js";
import { matches, placesOf } from "../../check/selectors.js";
import { memberTarget, staticTarget } from "../names/target.js";
import { fnHead, instanceWords, parameterWords, wordsOf } from "../words.js";
import { shownCallee } from "./callee.js";
import { isMarked, type Cursor } from "./cursor.js";
import { rank, type Completion } from "./proposal.js";

/** The members of what stands before a dot. */
export function membersOf({ known }: Cursor, object: Expr): readonly Completion[] {
  const meaning = known?.meaningOf(object);
  const owner = meaning?.kind === "choice" ? meaning.options[0] : meaning;
  switch (owner?.kind) {
    case "tensor":
      return [
        { label: "T", kind: "field", detail: "the last two axes exchanged", rank: rank.fitting },
      ];
    case "tuple":
      return (owner.names ?? []).flatMap((name, i) => resultCompletion(name, owner.items[i]));
    case "instance":
      return known ? instanceMembers(known.ctx, owner.instance) : [];
    default:
      return [];
  }
}

function resultCompletion(name: string, meaning: Meaning | undefined): readonly Completion[] {
  const detail = meaning && wordsOf(meaning);
  if (name === "") return [];
  return [
    {
      label: name,
      kind: "result",
      rank: rank.fitting,
      ...(detail === undefined ? {} : { detail }),
    },
  ];
}

type Ctx = NonNullable<Cursor["known"]>["ctx"];

function instanceMembers(ctx: Ctx, instance: Instance): readonly Completion[] {
  const { decl, unit, base } = instance;
  const own = decl.members.flatMap((member): readonly Completion[] => {
    const target = memberTarget(unit, decl, member);
    if (!target || member.kind === "init" || isMarked(target.name)) return [];
    const doc = member.doc === undefined ? {} : { doc: member.doc };
    if (member.kind === "fn")
      return [
        { label: target.name, kind: "method", detail: fnHead(member), rank: rank.near, ...doc },
      ];
    const meaning = memberOf(ctx, instance, target.name, member.span);
    const detail = wordsOf(meaning);
    return [
      {
        label: target.name,
        kind: target.kind,
        rank: rank.fitting,
        ...doc,
        ...(detail === undefined ? {} : { detail }),
      },
    ];
  });
  const statics = decl.statics.map((param): Completion => {
    const { name } = staticTarget(unit, decl, param);
    return { label: name, kind: "static", detail: parameterWords(param), rank: rank.everywhere };
  });
  return [...own, ...statics, ...(base ? instanceMembers(ctx, base) : [])];
}

// ------------------------------------------------------------------- selectors

/** The steps of a path that stand before the cursor on its line, and the names that may come next. */
export function pathCompletions(cursor: Cursor): readonly Completion[] {
  const root = rootOf(cursor);
  if (!root) return [];
  const { instance, places } = root;
  const steps = stepsBefore(cursor.line);
  const next = new Map<string, string | undefined>();
  for (const place of places) {
    const path = place.path.slice(instance.path.length);
    for (let k = 0; k < path.length; k++) {
      const step = path[k] ?? "";
      if (!matches(steps, path.slice(0, k))) continue;
      const name = /^\d+$/.test(step) ? "*" : step;
      const detail = k === path.length - 1 ? placeWords(place) : undefined;
      next.set(name, next.get(name) ?? detail);
    }
  }
  const names = [...next].map(([label, detail], i): Completion => ({
    label,
    kind: "path",
    rank: rank.fitting + i / 1000,
    ...(detail === undefined ? {} : { detail }),
  }));
  const any: Completion = {
    label: "**",
    kind: "path",
    detail: "any number of steps",
    rank: rank.everywhere,
  };
  return [...names, any];
}

const placeWords = (place: Place): string =>
  place.kind === "layer" ? instanceWords(place.instance) : place.kind;

/** `h.*.attn.` as steps; braces list alternatives. */
function stepsBefore(line: string): readonly SelectorStep[] {
  const written = /((?:(?:\w+|\*\*?|\{[^}]*\})\s*\.\s*)*)(?:\{[^}]*)?$/.exec(line)?.[1] ?? "";
  const span = { file: { path: "", text: "" }, start: 0, end: 0 };
  const parts = written.match(/\w+|\*\*?|\{[^}]*\}/g) ?? [];
  return parts.map((text): SelectorStep => {
    if (text === "*") return { kind: "one", span };
    if (text === "**") return { kind: "any", span };
    if (!text.startsWith("{")) return { kind: "name", name: text, span };
    const names = (text.match(/\w+/g) ?? []).map((name) => ({ name, span }));
    return { kind: "alternatives", names, span };
  });
}

/** The layer below which the selectors of the declaration choose. */
function rootOf({
  library,
  unit,
  item,
}: Cursor): { readonly instance: Instance; readonly places: readonly Place[] } | undefined {
  if (!item) return undefined;
  const ctx = openContext(library, []);
  const net =
    item.kind === "train"
      ? item.params.find((p) => p.annotation?.kind === "layer-type")
      : undefined;
  const name = net?.annotation?.kind === "layer-type" ? net.annotation.name.name : "";
  const declared =
    item.kind === "layer" || item.kind === "derived-model"
      ? { item, unit }
      : (unit.names.get(name) ?? library.prelude.get(name));
  const instance = declared && genericInstance(ctx, declared, item.span, "defaults");
  return instance && { instance, places: placesOf(ctx, instance) };
}

// ------------------------------------------------------------------- arguments

/** The arguments that the call around the cursor does not have yet. */
export function argumentCompletions(cursor: Cursor, call: Call): readonly Completion[] {
  const own = call.args.filter(({ value }) => !(value.kind === "name" && isMarked(value.name)));
  const given = new Set(own.flatMap(({ name }) => (name ? [name.name] : [])));
  const isStage = cursor.path.some(
    (n) => "kind" in n && n.kind === "pipe" && "right" in n && n.right === call,
  );
  const positional = own.filter(({ name }) => !name).length + (isStage ? 1 : 0);
  return (shownCallee(cursor, call)?.parameters ?? [])
    .filter(({ name }, i) => i >= positional && !given.has(name))
    .map(({ name, words }) => ({
      label: `${name} =`,
      kind: "argument",
      detail: words,
      insert: `${name} = `,
      rank: rank.argument,
    }));
}

/** The formats that weights can be stored in. */
export const formatCompletions: readonly Completion[] = Object.entries(storageFormats).map(
  ([label, { doc, defaults }]) => ({
    label,
    kind: "format",
    detail: `${label}(${Object.keys(defaults).join(", ")}): ${doc}`,
    rank: rank.fitting,
  }),
);
