// Expressions over tensors of known shape, recorded while a spec calls operations and printed as a `.dl` program later.

/** Element types that specs and programs share. */
export type ElementType = "f32" | "i32" | "bool";

/** Elements of a tensor as a spec gives and reads them. */
export type Elements = Float32Array | Int32Array | Uint8Array;

/** A part of program text with the expressions that stand in it. */
export interface Text {
  readonly parts: readonly string[];
  readonly operands: readonly Expression[];
}

/** How an expression is computed. */
export type Form =
  | { readonly kind: "leaf"; readonly elements: Elements }
  | { readonly kind: "text"; readonly text: Text }
  | { readonly kind: "tuple"; readonly text: Text; readonly arity: number }
  | { readonly kind: "pullback"; readonly pullback: Pullback }
  | { readonly kind: "member"; readonly of: Expression; readonly index: number }
  | { readonly kind: "custom"; readonly custom: Custom };

/** `vjp` of a traced function: a tuple of one cotangent for each of `wrt`. */
export interface Pullback {
  readonly output: Expression;
  readonly wrt: readonly Expression[];
  readonly cotangent: Expression;
  /** Expressions numbered below this were there before the function was traced: they are constants to it. */
  readonly since: number;
}

/** A function with a pullback that the spec wrote. */
export interface Custom {
  readonly inputs: readonly Expression[];
  readonly output: Expression;
  readonly cotangent: Expression;
  readonly pullbacks: readonly Expression[];
  /** Expressions numbered below this were there before. */
  readonly since: number;
}

/** One tensor, or a tuple of tensors, and how it is computed. Numbers grow in the order of recording. */
export interface Expression {
  readonly number: number;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly form: Form;
}

let counter = 0;

/** The number that the next expression gets. */
export const nextNumber = (): number => counter;

/** Records an expression. */
export function expression(dtype: ElementType, shape: readonly number[], form: Form): Expression {
  return { number: counter++, dtype, shape, form };
}

/** Records what a piece of text computes. */
export const computed = (dtype: ElementType, shape: readonly number[], text: Text): Expression =>
  expression(dtype, shape, { kind: "text", text });

/** Program text in which expressions and other texts stand, numbers being spelled as literals. */
export function dl(
  strings: TemplateStringsArray,
  ...values: readonly (Expression | Text | string | number | boolean)[]
): Text {
  const parts: string[] = [strings[0] ?? ""];
  const operands: Expression[] = [];
  const append = (text: string): void => {
    parts[parts.length - 1] = (parts.at(-1) ?? "") + text;
  };
  values.forEach((value, i) => {
    if (typeof value !== "object")
      append(typeof value === "number" ? literal(value) : String(value));
    else if ("form" in value) {
      operands.push(value);
      parts.push("");
    } else {
      append(value.parts[0] ?? "");
      operands.push(...value.operands);
      parts.push(...value.parts.slice(1));
    }
    append(strings[i + 1] ?? "");
  });
  return { parts, operands };
}

/** Texts one after the other, separated by commas. */
export const listed = (texts: readonly (Text | Expression)[]): Text =>
  texts.reduce<Text>((all, text, i) => (i === 0 ? dl`${text}` : dl`${all}, ${text}`), dl``);

/** A shape as the language writes it. */
export const shapeText = (shape: readonly number[], dtype: ElementType = "f32"): string =>
  `${dtype === "f32" ? "" : dtype}[${shape.join(", ")}]`;

/** Axes as an argument: one number, or several in parentheses. */
export const axesText = (axes: readonly number[]): string =>
  axes.length === 1 ? String(axes[0]) : `(${axes.join(", ")})`;

function literal(value: number): string {
  if (!Number.isFinite(value)) throw new OutsideLanguage("NaN or an infinity as a number");
  const digits = String(value).replace("e+", "e");
  return value < 0 || Object.is(value, -0) ? `(${digits})` : digits;
}

/** What a spec asks for and the language does not have by design; the reason is shown on the page. */
export class OutsideLanguage extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(`outside the language: ${reason}`);
    this.reason = reason;
  }
}

/** Number of elements of a shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
