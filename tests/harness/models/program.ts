// Random well-typed programs, built so that they are right: functions and layers that use each other, a model, what is derived from it.
import fc from "fast-check";
import { Body, type Callee, type Finished, type Named } from "./body.js";
import { Choices } from "./choices.js";
import { elementMoves, isStatic, type Move } from "./moves-elements.js";
import { layerMoves } from "./moves-layers.js";
import { productMoves } from "./moves-products.js";
import { shapeMoves } from "./moves-shapes.js";
import { namesIn, shapeText, type Size } from "./sizes.js";

/** The choices that make one function, layer or model: what it takes, and one row of numbers for each move. */
export interface DeclarationRecipe {
  readonly start: readonly number[];
  readonly moves: readonly (readonly number[])[];
}

/** The choices that make a program. The last declaration is the model. */
export interface Recipe {
  readonly declarations: readonly DeclarationRecipe[];
  readonly ending: readonly number[];
}

const numbers = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(5039), { minLength: length, maxLength: length });

const declaration: fc.Arbitrary<DeclarationRecipe> = fc.record({
  start: numbers(6),
  moves: fc.array(numbers(7), { minLength: 1, maxLength: 8, size: "max" }),
});

/** Recipes of programs of ten to forty lines. */
export const recipes: fc.Arbitrary<Recipe> = fc.record({
  declarations: fc.array(declaration, { minLength: 1, maxLength: 4, size: "max" }),
  ending: numbers(6),
});

const moves: readonly Move[] = [...layerMoves, ...elementMoves, ...productMoves, ...shapeMoves];

/** What a function may take, and the static arguments that stand around it. */
interface Start {
  readonly param: Named;
  readonly statics: readonly string[];
  /** Tensors that it may take beside the first: a mask, a context, a skip. */
  readonly others: readonly Named[];
}

const start = (
  name: string,
  shape: readonly Size[],
  statics: string,
  dtype: Named["dtype"] = "f32",
  others: readonly Named[] = [],
): Start => ({ param: { name, shape, dtype }, statics: statics.split(" "), others });

const beside = (
  name: string,
  shape: readonly Size[],
  dtype: Named["dtype"] = "f32",
): readonly Named[] => [{ name, shape, dtype }];

const starts: readonly Start[] = [
  start("x", ["B", "T", "D"], "D H F L Tmax"),
  start("ids", ["B", "T"], "V D H L Tmax", "i32"),
  start("x", ["B", "C", "Y", "X"], "C F P"),
  start("x", ["...", "D"], "D F L"),
  start("x", ["B", "C", "T"], "C F L"),
  start("x", ["B", "D"], "D E L"),
  start("x", ["B", "H", "T", "K"], "H K G"),
  start("x", ["...", "T", "D"], "D H Tmax"),
  start("x", ["B", "C", "S", "S"], "C S P"),
  start("x", ["B", "T", "D"], "D H F", "f32", beside("mask", ["T", "D"], "bool")),
  start("x", ["B", "T", "D"], "D H F", "f32", beside("context", ["B", "S", "D"])),
  start("x", ["B", "C", "Y", "X"], "C F", "f32", beside("skip", ["B", "C", "Y", "X"])),
  start("x", ["B", "H", "T", "K"], "H K", "f32", beside("keep", ["B", "H", "T", "K"], "bool")),
  start("x", ["...", "D"], "D F", "f32", beside("other", ["...", "D"])),
];

/** Names as the literature has them. */
const layerNames = ["Block", "Mixer", "Encoder", "Stem", "Gate", "Head", "Tower", "Cell"];
const functionNames = ["mix", "pool", "attend", "shift", "spread", "fold"];

/** A declaration with its parts, before it is text. */
export interface Declaration {
  readonly kind: "fn" | "layer" | "model";
  readonly name: string;
  readonly statics: readonly string[];
  readonly params: readonly Named[];
  readonly finished: Finished;
}

/** What a declaration takes: often what one before it takes, so that it can call that. */
function startOf(choices: Choices, callees: readonly Callee[]): Start | undefined {
  const own = choices.pick(starts);
  const known = choices.pick(callees);
  const wanted = known?.params[0]?.shape.join();
  const same = starts.find((s) => s.param.shape.join() === wanted);
  return choices.isOneIn(3) ? own : (same ?? own);
}

/** Follows the choices of one declaration. */
function declare(
  recipe: DeclarationRecipe,
  kind: Declaration["kind"],
  name: string,
  callees: readonly Callee[],
): Declaration {
  const choices = new Choices(recipe.start);
  const { param, statics, others } = startOf(choices, callees) ?? start("x", ["B", "D"], "D");
  const isFn = kind === "fn";
  const counts = statics.filter((s) => /^[HGP]$/.test(s));
  const bound = param.shape.filter((s) => s !== "..." && s !== "B");
  const widths = isFn ? [...new Set([...bound, ...counts])] : statics;
  const body = new Body({ params: [param, ...others], widths, callees, hasMembers: !isFn });
  for (const row of recipe.moves) follow(body, new Choices(row));
  const finished = body.finish(resultsOf(body, choices));
  const params = [param, ...others.filter((o) => finished.used.has(o.name))];
  const used = new Set(
    [
      ...finished.members,
      ...finished.lines,
      ...finished.clauses,
      ...finished.results.flatMap((r) => r.shape),
      ...(isFn ? [] : params.flatMap((p) => p.shape)),
    ].flatMap(namesIn),
  );
  const given = widths.filter((w) => used.has(w) && !(isFn && param.shape.includes(w)));
  return { kind, name, statics: given, params, finished };
}

/** Makes the move that was chosen, or the first after it that fits. */
function follow(body: Body, choices: Choices): void {
  const first = choices.below(moves.length);
  const before = body.tensors.length;
  for (let i = 0; i < moves.length && body.tensors.length === before; i++) {
    moves[(first + i) % moves.length]?.(body, choices);
    body.abandon();
  }
}

/** The newest tensor, sometimes with another one. */
function resultsOf(body: Body, choices: Choices): readonly Named[] {
  const made = body.tensors.filter((t) => t.dtype === "f32");
  const last = made.at(-1) ?? body.tensors[0];
  const other = choices.isOneIn(6) ? made.at(-2) : undefined;
  return [last, other].flatMap((t) => t ?? []);
}

/** What others may call. */
function calleeOf({ kind, name, statics, params, finished }: Declaration): Callee {
  const results = finished.results.map((r, i) => ({ ...r, name: i === 0 ? "out" : "aux" }));
  const made = kind === "fn" ? "fn" : "layer";
  return { kind: made, name, statics, params, results, clauses: finished.clauses };
}

/** The declarations of a program: helpers first, the model last. */
export function declarationsOf({ declarations }: Recipe): readonly Declaration[] {
  const made: Declaration[] = [];
  const callees: Callee[] = [];
  for (const [i, recipe] of declarations.entries()) {
    const isModel = i === declarations.length - 1;
    const isFn = (recipe.start[5] ?? 0) % 4 === 3;
    const kind = isModel ? "model" : isFn ? "fn" : "layer";
    const names = isFn ? functionNames : layerNames;
    const plain = names[(recipe.start[4] ?? 0) % names.length] ?? "Block";
    const isTaken = made.some((d) => d.name === plain);
    const name = isModel ? "Net" : isTaken ? `${plain}${String(i)}` : plain;
    const next = declare(recipe, kind, name, callees);
    made.push(next);
    callees.push(calleeOf(next));
  }
  return made;
}

/** Clauses of the static arguments alone, and the others. */
export function splitClauses({
  finished,
  statics,
}: Declaration): readonly [around: readonly string[], own: readonly string[]] {
  const body = new Body({ params: [], widths: statics, callees: [], hasMembers: true });
  const around = finished.clauses.filter((c) => isStatic(body, c));
  return [around, finished.clauses.filter((c) => !around.includes(c))];
}

const typeText = ({ shape, dtype }: Named): string =>
  `${dtype === "f32" ? "" : dtype}${shapeText(shape)}`;

/** The type of what a function gives. */
export function resultText({ results }: Finished): string {
  const [only, ...others] = results;
  if (only && others.length === 0) return typeText(only);
  return `(${results.map((r, i) => `${i === 0 ? "out" : "aux"}: ${typeText(r)}`).join(", ")})`;
}

/** The type of a parameter. */
export const paramText = (param: Named): string => `${param.name}: ${typeText(param)}`;
