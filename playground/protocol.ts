// What the page asks of the compiler, which works in a worker so that typing is never held up, and what comes back: plain data.
import type { Completion } from "../compiler/queries/completion/index.js";
import type { Picture } from "../compiler/queries/picture.js";
import type { SourceFile } from "../grammar/source.js";
import type { Artifact, Target } from "../runtime/format.js";

/** The files of the program, in the order of their tabs. */
export type Files = readonly SourceFile[];

/** A place in one of the files: what is asked about. */
export interface Spot {
  readonly files: Files;
  readonly path: string;
  readonly offset: number;
}

/** A stretch of a file, in UTF-16 units. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Something to be said about one of the files. */
export interface Finding extends Stretch {
  readonly path: string;
  readonly severity: "error" | "warning";
  /** Title, label, notes and repairs, a line each. */
  readonly message: string;
  /** As `dl check` prints it. */
  readonly text: string;
  readonly line: number;
}

/** What can be built: a model, or a `train` declaration with its model. */
export interface Subject {
  readonly path: string;
  readonly kind: "model" | "train";
  readonly name: string;
}

/** What is wrong with a program, and what it declares. */
export interface Checked {
  readonly findings: readonly Finding[];
  readonly subjects: readonly Subject[];
}

/** What is known about a place. */
export interface Told extends Stretch {
  readonly head: string;
  readonly facts: readonly string[];
  readonly doc?: string;
}

/** What may stand at a place. */
export interface Offered extends Stretch {
  readonly items: readonly (Pick<Completion, "label" | "kind" | "detail" | "doc" | "rank"> & {
    readonly insert: string;
    /** Further edits that the choice makes, such as an import. */
    readonly edits: readonly (Stretch & { readonly text: string })[];
  })[];
}

/** A quantity of the cost table: its formula, and its value where the sizes say it. */
export interface Quantity {
  readonly label: string;
  readonly formula: string;
  readonly value?: string;
}

/** What a model costs. */
export interface Costs {
  readonly layers: readonly {
    readonly path: string;
    readonly parameters: number;
    readonly trained: number;
    readonly states: number;
  }[];
  readonly programs: readonly { readonly name: string; readonly quantities: readonly Quantity[] }[];
}

/** Sizes of free dims by name. */
export type Sizes = Readonly<Record<string, number>>;

/** A compiled subject. */
export interface Built {
  readonly artifact: Artifact;
  readonly pictures: readonly Picture[];
  /** The lines of source that kernels come from, by `origin`. */
  readonly lines: Readonly<Record<string, string>>;
}

/** Questions by kind: what is sent, and what is answered. */
export interface Questions {
  readonly check: { readonly ask: { readonly files: Files }; readonly answer: Checked };
  readonly hover: { readonly ask: Spot; readonly answer: Told | undefined };
  readonly complete: { readonly ask: Spot; readonly answer: Offered };
  readonly build: {
    readonly ask: { readonly files: Files; readonly subject: Subject; readonly target: Target };
    readonly answer: Built | { readonly problem: string };
  };
  /** Costs of what was built last. */
  readonly costs: { readonly ask: { readonly sizes: Sizes }; readonly answer: Costs | undefined };
}

export type Kind = keyof Questions;

/** A question on its way. */
export type Message = {
  readonly [K in Kind]: {
    readonly id: number;
    readonly kind: K;
    readonly ask: Questions[K]["ask"];
  };
}[Kind];

/** An answer on its way; `fault` where the compiler itself failed. */
export interface Reply {
  readonly id: number;
  readonly answer?: unknown;
  readonly fault?: string;
}
