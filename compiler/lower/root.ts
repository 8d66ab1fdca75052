// The model or function that is built, with its static arguments as given on the command line.
import type { Parameter } from "../../grammar/ast.js";
import { staticKindOf, type StaticKind } from "../check/arguments.js";
import { invoke } from "../check/calls.js";
import type { Context } from "../check/context.js";
import { baseLayer } from "../check/generic.js";
import { declaredMeaning } from "../check/instances.js";
import {
  floatNumber,
  intNumber,
  type GivenArg,
  type Instance,
  type Meaning,
} from "../check/meaning.js";
import { storagesOf } from "../check/storage.js";
import { names, nearest, training } from "../diagnostics/index.js";
import type { Declared, Unit } from "../resolve/modules.js";
import { isDtype } from "../types/dtype.js";

/** `--set K=V`, as text. */
export type Sets = Readonly<Record<string, string>>;

/** What was asked for by name, in the user's words, and the declarations that it can be. */
interface Wanted {
  readonly what: "model" | "function" | "train declaration";
  readonly kinds: readonly Declared["item"]["kind"][];
}

/** Reports a name that the file does not declare, with the nearest of the wanted kind. */
export function refuseName(ctx: Context, unit: Unit, name: string, { what, kinds }: Wanted): void {
  const known = [...unit.names].filter(([, d]) => kinds.includes(d.item.kind)).map(([n]) => n);
  const near = nearest(name, known);
  ctx.report(names.notDeclared({ name, file: unit.module.file, near, what }));
}

/** The declaration of a name in a file that can be built; reports one that is missing or is something else. */
export function modelNamed(ctx: Context, unit: Unit, name: string): Declared | undefined {
  const declared = unit.names.get(name);
  if (!declared) {
    refuseName(ctx, unit, name, { what: "model", kinds: ["layer", "derived-model"] });
    return undefined;
  }
  if (baseLayer(ctx, declared)) return declared;
  ctx.report(names.notAModel({ name, at: declared.item.name.span }));
  return undefined;
}

/** The root instance of a model with these static arguments; undefined after a fault. */
export function instantiateRoot(
  ctx: Context,
  declared: Declared,
  sets: Sets,
): Instance | undefined {
  const base = baseLayer(ctx, declared);
  const meaning = declaredMeaning(ctx, declared);
  if (!base || meaning.kind !== "callable") return undefined;
  const at = declared.item.name.span;
  const args = givenSets(ctx, base.decl.statics, sets, declared);
  if (!args) return undefined;
  const made = ctx.under([], () => invoke(ctx, meaning.callable, args, at));
  if (made.kind !== "instance") return undefined;
  if (ctx.concrete?.isFloat !== true) ctx.stored = storagesOf(ctx, made.instance);
  return made.instance;
}

/** The settings as arguments; reports names and values that do not fit. */
export function givenSets(
  ctx: Context,
  statics: readonly Parameter[],
  sets: Sets,
  declared: Declared,
): GivenArg[] | undefined {
  const { name } = declared.item;
  const args: GivenArg[] = [];
  let isFine = true;
  for (const [key, text] of Object.entries(sets)) {
    const param = statics.find((p) => p.name.name === key);
    const meaning = param && parse(param, text);
    if (meaning) args.push({ name: param.name, span: param.span, meaning });
    else {
      isFine = false;
      const near = nearest(
        key,
        statics.map((p) => p.name.name),
      );
      ctx.report(
        param
          ? training.badValue({
              name: key,
              at: param.span,
              expected: `${staticKindOf(param)}, not \`${text}\``,
            })
          : names.unknownArgument({ name: key, callee: name.name, at: name.span, near }),
      );
    }
  }
  const isSet = (p: Parameter): boolean =>
    p.value !== undefined || p.name.name in sets || isSetByModel(declared, p.name.name);
  for (const param of statics.filter((p) => !isSet(p))) {
    isFine = false;
    ctx.report(names.missingStatic({ names: [param.name.name], model: name.name, at: param.span }));
  }
  return isFine ? args : undefined;
}

const isSetByModel = ({ item }: Declared, name: string): boolean =>
  item.kind === "derived-model" && item.lines.some((l) => l.kind === "set" && l.name.name === name);

function parse(param: Parameter, text: string): Meaning | undefined {
  const kind = staticKindOf(param);
  if (kind === "bool")
    return text === "true" || text === "false"
      ? { kind: "bool", value: text === "true" }
      : undefined;
  if (kind === "dtype") return isDtype(text) ? { kind: "dtype", dtype: text } : undefined;
  return kind === "dims" && text.includes(",") ? tupleOf(text) : numberOf(kind, text);
}

function numberOf(kind: StaticKind, text: string): Meaning | undefined {
  const value = Number(text.replaceAll("_", ""));
  if (text.trim() === "" || !Number.isFinite(value)) return undefined;
  if (kind === "float") return floatNumber(value);
  const isDim = kind === "dim" || kind === "dims";
  return isDim && Number.isInteger(value) && value >= 0 ? intNumber(value) : undefined;
}

/** `3,1` or `(3, 1)`. */
function tupleOf(text: string): Meaning | undefined {
  const parts = text.replace(/^\s*\(|\)\s*$/g, "").split(",");
  const isWhole = parts.every((part) => /^\s*[\d_]+\s*$/.test(part));
  const items = parts.map((part) => intNumber(Number(part.replaceAll("_", ""))));
  return isWhole ? { kind: "tuple", items } : undefined;
}
