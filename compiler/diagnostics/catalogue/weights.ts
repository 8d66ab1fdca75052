// Findings about files of weights and about inputs given at run time. Where no source span is known, the file stands in.
import type { Span } from "../../../grammar/source.js";
import type { Dtype } from "../../types/dtype.js";
import { wholeFile, type Diagnostic } from "../diagnostic.js";
import { listed, quoted } from "../explain.js";
import { finding } from "./finding.js";

/** A parameter and the file that should hold it; `declared` is where the program declares it. */
interface Stored {
  readonly file: string;
  readonly path: string;
  readonly declared?: Span;
}

const place = ({ file, declared }: { readonly file: string; readonly declared?: Span }): Span =>
  declared ?? wholeFile(file);

const shape = (sizes: readonly number[]): string => quoted(`[${sizes.join(", ")}]`);

/** A parameter of the model that the file does not hold. */
export const weightsMissing = (facts: Stored & { readonly near?: readonly string[] }): Diagnostic =>
  finding("weights-missing", {
    primary: { span: place(facts), text: `${quoted(facts.file)} holds no ${quoted(facts.path)}` },
    notes:
      facts.near && facts.near.length > 0
        ? [`the nearest names in the file: ${listed(facts.near)}`]
        : [],
  });

/** Tensors of the file that the model does not have. */
export const weightsExtra = ({
  file,
  paths,
}: {
  readonly file: string;
  readonly paths: readonly string[];
}): Diagnostic =>
  finding("weights-extra", {
    primary: {
      span: wholeFile(file),
      text: `the model has no ${listed(paths.slice(0, 3), "or")}${paths.length > 3 ? `, +${String(paths.length - 3)} more` : ""}`,
    },
  });

/** A stored tensor of another shape than the parameter; says so when it is the transpose. */
export const weightsShape = (
  facts: Stored & { readonly expected: readonly number[]; readonly found: readonly number[] },
): Diagnostic => {
  const { expected, found } = facts;
  const isTransposed =
    expected.length === 2 &&
    expected[0] === found[1] &&
    expected[1] === found[0] &&
    expected[0] !== expected[1];
  return finding("weights-shape", {
    primary: {
      span: place(facts),
      text: `${quoted(facts.path)} is ${shape(found)} in ${quoted(facts.file)} and ${shape(expected)} in the model`,
    },
    notes: isTransposed
      ? ["the stored tensor is the transpose; linear layers store `[Out, In]`"]
      : [],
  });
};

/** A stored tensor of a dtype that cannot be loaded into the parameter. */
export const weightsDtype = (
  facts: Stored & { readonly expected: Dtype; readonly found: string },
): Diagnostic =>
  finding("weights-dtype", {
    primary: {
      span: place(facts),
      text: `${quoted(facts.path)} is ${quoted(facts.found)} in ${quoted(facts.file)} and ${quoted(facts.expected)} in the model`,
    },
  });

/** A file that is not what it claims to be. `why` is a clause: "the header is longer than the file". */
export const weightsCorrupt = ({
  file,
  why,
}: {
  readonly file: string;
  readonly why: string;
}): Diagnostic => finding("weights-corrupt", { primary: { span: wholeFile(file), text: why } });

/** An input of an entry. `source` names what was run: an artifact or a file of inputs. */
interface Input {
  readonly entry: string;
  readonly input: string;
  readonly source: string;
  readonly declared?: Span;
}

const inputPlace = ({ source, declared }: Input): Span => declared ?? wholeFile(source);

/** An input that was not given. */
export const inputMissing = (facts: Input): Diagnostic =>
  finding("input-missing", {
    primary: {
      span: inputPlace(facts),
      text: `${quoted(facts.input)} of ${quoted(facts.entry)} is not given`,
    },
  });

/** A given input that the entry does not have. */
export const inputExtra = (facts: Input & { readonly known: readonly string[] }): Diagnostic =>
  finding("input-extra", {
    primary: {
      span: inputPlace(facts),
      text: `${quoted(facts.entry)} has no input ${quoted(facts.input)}`,
    },
    notes: facts.known.length > 0 ? [`its inputs: ${listed(facts.known)}`] : [],
  });

/** An input whose sizes contradict the signature; `expected` as the signature writes it. */
export const inputShape = (
  facts: Input & { readonly expected: string; readonly found: readonly number[] },
): Diagnostic =>
  finding("input-shape", {
    primary: {
      span: inputPlace(facts),
      text: `${quoted(facts.input)} is ${shape(facts.found)}, where ${quoted(facts.expected)} is declared`,
    },
  });

/** An input of another dtype. */
export const inputDtype = (
  facts: Input & { readonly expected: Dtype; readonly found: string },
): Diagnostic =>
  finding("input-dtype", {
    primary: {
      span: inputPlace(facts),
      text: `${quoted(facts.input)} is ${quoted(facts.found)}, where ${quoted(facts.expected)} is declared`,
    },
  });

/** An index in an input that lies outside the table that it indexes. */
export const inputOutOfRange = (
  facts: Input & { readonly value: number; readonly limit: number },
): Diagnostic =>
  finding("input-out-of-range", {
    primary: {
      span: inputPlace(facts),
      text: `${quoted(facts.input)} holds ${String(facts.value)}`,
    },
    notes: [`values from 0 to ${String(facts.limit - 1)} are allowed`],
  });

/** A `where` clause of an entry that the sizes of the inputs break. `clause` as written, `values` what its names are. */
export const guardViolated = (facts: {
  readonly entry: string;
  readonly clause: string;
  readonly values: Readonly<Record<string, number>>;
  readonly declared: Span;
}): Diagnostic =>
  finding("guard-violated", {
    primary: { span: facts.declared, text: `${quoted(facts.clause)} does not hold` },
    notes: [
      `with ${Object.entries(facts.values)
        .map(([name, value]) => `${quoted(name)} = ${String(value)}`)
        .join(" and ")}`,
    ],
  });
