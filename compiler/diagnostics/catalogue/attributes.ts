// Refusals of attributes: `@allow`, `@vjp`, `@skip`, `@onnx`, `@torch`.
import type { Span } from "../../../grammar/source.js";
import type { Diagnostic } from "../diagnostic.js";
import { listed, quoted } from "../explain.js";
import { nearest } from "../suggest.js";
import { codes, isCode, type Code } from "./codes.js";
import { finding } from "./finding.js";
import { renaming } from "./proposals.js";

interface At {
  readonly at: Span;
}

/** An attribute that the language does not have; `known` are those it has. */
export const unknownAttribute = ({
  name,
  known,
  at,
}: At & { readonly name: string; readonly known: readonly string[] }): Diagnostic =>
  finding("unknown-attribute", {
    primary: { span: at, text: `no attribute is called ${quoted(`@${name}`)}` },
    notes: [`the attributes are ${listed(known.map((k) => `@${k}`))}`],
    proposals: renaming(at, nearest(name, known)),
  });

/** An attribute before something that it says nothing about. */
export const misplacedAttribute = ({
  name,
  before,
  homes,
  at,
}: At & {
  readonly name: string;
  /** What follows it: "a layer". */
  readonly before: string;
  /** Where it may stand: "a function". */
  readonly homes: readonly string[];
}): Diagnostic =>
  finding("misplaced-attribute", {
    primary: {
      span: at,
      text: `${quoted(`@${name}`)} stands before ${before}; it belongs to ${homes.join(" or ")}`,
    },
  });

/** Arguments that an attribute does not take; `form` is how it is written. */
export const attributeArguments = ({
  name,
  form,
  at,
}: At & { readonly name: string; readonly form: string }): Diagnostic =>
  finding("attribute-arguments", {
    primary: { span: at, text: `${quoted(`@${name}`)} is written ${quoted(form)}` },
  });

/** A word in `@allow` that is no code. */
export const unknownCode = ({ code, at }: At & { readonly code: string }): Diagnostic => {
  const near = nearest(code, warnings);
  return finding("unknown-code", {
    primary: { span: at, text: `no warning has the code ${quoted(code)}` },
    notes:
      near.length === 1
        ? []
        : [near.length > 1 ? `similar codes: ${listed(near)}` : "`dl explain` lists all codes"],
    proposals: renaming(at, near),
  });
};

/** A word in `@skip` that is no law. */
export const unknownLaw = ({
  law,
  known,
  at,
}: At & { readonly law: string; readonly known: readonly string[] }): Diagnostic =>
  finding("attribute-arguments", {
    primary: { span: at, text: `no law is called ${quoted(law)}` },
    notes: [`the laws are ${listed(known)}`],
    proposals: renaming(at, nearest(law, known)),
  });

/** The code of an error in `@allow`. */
export const allowedError = ({ code, at }: At & { readonly code: Code }): Diagnostic =>
  finding("unknown-code", {
    primary: { span: at, text: `${quoted(code)} is an error; only warnings can be silenced` },
  });

const isWarning = (code: Code): boolean => {
  const row: { readonly title: string; readonly severity?: "warning" } = codes[code];
  return row.severity === "warning";
};

const warnings: readonly Code[] = Object.keys(codes).filter(isCode).filter(isWarning);

/** Whether a text is the code of a warning, which `@allow` can silence. */
export const isWarningCode = (text: string): boolean => isCode(text) && isWarning(text);
