// Findings about files of weights. The place is the file: what must change are its tensors, or the choice of the file.
import type { Span } from "../../../grammar/source.js";
import type { Dtype } from "../../types/dtype.js";
import { wholeFile, type ComparisonRow, type Diagnostic, type Label } from "../diagnostic.js";
import { listed, quoted } from "../explain.js";
import { finding } from "./finding.js";

/** A parameter and the file that should hold it; `declared` is where the program declares it. */
interface Stored {
  readonly file: string;
  readonly path: string;
  readonly declared?: Span;
}

const declaration = ({ path, declared }: Stored): readonly Label[] =>
  declared ? [{ span: declared, text: `${quoted(path)} is declared here` }] : [];

/** A parameter of the model that the file does not hold; `renamed` is the name under which the file seems to have it. */
export const weightsMissing = (
  facts: Stored & { readonly type: string; readonly renamed?: string },
): Diagnostic =>
  finding("weights-missing", {
    primary: {
      span: wholeFile(facts.file),
      text: `no ${quoted(`${facts.path}: ${facts.type}`)} in the file`,
    },
    secondary: declaration(facts),
    notes:
      facts.renamed === undefined
        ? []
        : [`the nearest in the file is ${quoted(facts.renamed)}, which the model lacks`],
  });

/** A file in which every name stands under a common beginning that the model's names lack, or the other way around. */
export const weightsPrefixed = ({
  file,
  prefix,
  isInFile,
}: {
  readonly file: string;
  readonly prefix: string;
  readonly isInFile: boolean;
}): Diagnostic =>
  finding("weights-missing", {
    primary: {
      span: wholeFile(file),
      text: isInFile
        ? `every name in the file begins with ${quoted(prefix)}, no name of the model does`
        : `every name of the model begins with ${quoted(prefix)}, no name in the file does`,
    },
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
  facts: Stored & {
    readonly dtype: Dtype;
    readonly expected: readonly number[];
    readonly found: readonly number[];
  },
): Diagnostic => {
  const { expected, found, dtype, path } = facts;
  const isTransposed =
    expected.length === 2 &&
    found.length === 2 &&
    expected[0] === found[1] &&
    expected[1] === found[0];
  return finding("weights-shape", {
    primary: {
      span: wholeFile(facts.file),
      text: isTransposed
        ? `${quoted(path)} is transposed`
        : `${quoted(path)} has another shape than in the model`,
    },
    comparison: [
      sizesRow("in the file", dtype, found, expected),
      sizesRow("in the model", dtype, expected, found),
    ],
    secondary: declaration(facts),
    notes: isTransposed ? ["weights of linear layers are stored as `[Out, In]`"] : [],
  });
};

/** A shape with the axes marked that differ from another's; all of them where the ranks differ. */
function sizesRow(
  name: string,
  dtype: Dtype,
  sizes: readonly number[],
  other: readonly number[],
): ComparisonRow {
  const isSameRank = sizes.length === other.length;
  const marks = sizes.flatMap((size, i) => (isSameRank && size === other[i] ? [] : [i]));
  return { name, dtype, axes: sizes.map(String), marks };
}

/** A stored tensor of a dtype that cannot be loaded into the parameter. */
export const weightsDtype = (
  facts: Stored & { readonly expected: string; readonly found: string },
): Diagnostic =>
  finding("weights-dtype", {
    primary: {
      span: wholeFile(facts.file),
      text: `${quoted(facts.path)} is ${quoted(facts.found)} in the file and ${quoted(facts.expected)} in the model`,
    },
    secondary: declaration(facts),
  });
