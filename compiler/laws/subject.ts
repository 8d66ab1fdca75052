// What is tried on generated values: its variables, what holds of them, and how one choice of them is lowered.
import type { Span } from "../../grammar/source.js";
import type { Diagnostic } from "../diagnostics/index.js";
import type { Fact } from "../types/constraints.js";
import type { Dim, Sym } from "../types/dim.js";

/** What was drawn for a variable: a size, a number, a flag, the place in a list, or the sizes that a pack stands for. */
export type Choice = number | boolean | readonly number[];

/** What was drawn, by the names of the variables. */
export type Assignment = ReadonlyMap<string, Choice>;

/** A variable that is known before anything is lowered; tensors are not, since their shapes follow from these. */
export type Variable =
  | {
      readonly kind: "size";
      readonly name: string;
      readonly sym: Sym;
      /** What it is unless told otherwise. */
      readonly usual?: number;
      /** Larger ones are tried only where a fact mentions them. */
      readonly most?: number;
    }
  | { readonly kind: "pack"; readonly name: string; readonly sym: Sym }
  | {
      readonly kind: "choice";
      readonly name: string;
      /** The elements as a report shows them. */
      readonly labels: readonly string[];
      /** The elements where all are sizes, and the size that stands for one of them. */
      readonly sizes?: readonly Dim[];
      readonly sym?: Sym;
    }
  | { readonly kind: "float"; readonly name: string }
  | { readonly kind: "bool"; readonly name: string };

/** Something with variables: a property, or a declaration that laws are about. */
export interface Space {
  readonly variables: readonly Variable[];
  /** What holds of the sizes. */
  readonly facts: readonly Fact[];
  /** Shapes of the tensors, for how much work a choice is. */
  readonly shapes: readonly (readonly Dim[])[];
}

/** What came of lowering one choice. */
export type Lowering<T> =
  | { readonly ok: true; readonly value: T }
  /** The program is wrong for this choice. */
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** A title with its place. */
export interface Named {
  readonly title: string;
  readonly span: Span;
}

/** The same choice as text, to tell choices apart: `B=2 ...=3,4`. */
export const keyOf = (assignment: Assignment): string =>
  [...assignment].map(([name, choice]) => `${name}=${String(choice)}`).join(" ");
