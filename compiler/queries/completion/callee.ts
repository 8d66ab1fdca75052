// What the call around the cursor calls, with the parameters that it takes.
import type { Call } from "../../../grammar/ast.js";
import type { Meaning } from "../../check/meaning.js";
import { primitives } from "../../check/primitives/index.js";
import { parametersOfMeaning, parametersOfTarget, type Parameters } from "../names/callees.js";
import { parameterWords, primitiveParameters } from "../words.js";
import { envAt, type Cursor } from "./cursor.js";

/** A parameter by its name, and as it is written. */
export interface ShownParameter {
  readonly name: string;
  readonly words: string;
}

/** What is called. */
export interface ShownCallee {
  readonly parameters: readonly ShownParameter[];
  readonly meaning: Meaning | undefined;
  readonly doc?: string;
}

/** The callee of a call at the cursor; undefined where nobody knows its parameters. */
export function shownCallee(cursor: Cursor, call: Call): ShownCallee | undefined {
  const meaning = cursor.known?.meaningOf(call.callee);
  const primitive = primitiveOf(meaning);
  if (primitive) return { ...primitive, meaning };
  const found = parametersAt(cursor, call, meaning);
  if (!found) return undefined;
  const doc = "doc" in found.item ? found.item.doc : undefined;
  const parameters = found.params.map((param) => ({
    name: param.name.name,
    words: parameterWords(param),
  }));
  return { parameters, meaning, ...(doc === undefined ? {} : { doc }) };
}

function primitiveOf(
  meaning: Meaning | undefined,
): Pick<ShownCallee, "parameters" | "doc"> | undefined {
  const callable = meaning?.kind === "callable" ? meaning.callable : undefined;
  const primitive = callable?.kind === "primitive" ? primitives.get(callable.name) : undefined;
  if (!primitive) return undefined;
  const shown = primitiveParameters(primitive);
  const parameters = primitive.params.map((param, i) => ({
    name: param.replace(/[?…]$/, ""),
    words: shown[i] ?? param,
  }));
  return { parameters, doc: primitive.doc };
}

function parametersAt(
  cursor: Cursor,
  { callee }: Call,
  meaning: Meaning | undefined,
): Parameters | undefined {
  const known = meaning && parametersOfMeaning(cursor.library, meaning);
  if (known || callee.kind !== "name") return known;
  const target = envAt(cursor)?.lookup(callee.name);
  return target && parametersOfTarget(target);
}
