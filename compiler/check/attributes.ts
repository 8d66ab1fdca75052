// Checks attributes: that they exist, stand where they mean something and have the arguments they take.
import type { Attribute, AttributeArg, Module, Node } from "../../grammar/ast.js";
import { children } from "../../grammar/walk.js";
import { isLaw, lawNames } from "./law-names.js";
import { attributes, isCode, type Diagnostic } from "../diagnostics/index.js";

/** What an attribute asks of its place and arguments. */
interface Rule {
  /** Kinds of nodes it may stand before; everything where they are left out. */
  readonly before?: readonly string[];
  readonly form: string;
  readonly accepts: (args: readonly AttributeArg[]) => boolean;
}

const oneOf =
  (kind: AttributeArg["kind"]) =>
  (args: readonly AttributeArg[]): boolean =>
    args.length === 1 && args[0]?.kind === kind;

const rules: Readonly<Record<string, Rule>> = {
  allow: {
    form: "@allow(code)",
    accepts: (args) => args.length > 0 && args.every(({ kind }) => kind === "word"),
  },
  vjp: { before: ["fn"], form: "@vjp(f)", accepts: oneOf("word") },
  logits: {
    before: ["fn"],
    form: "@logits(parameter)",
    accepts: (args) => args.length > 0 && args.every(({ kind }) => kind === "word"),
  },
  shared: {
    before: ["param", "state"],
    form: "@shared",
    accepts: (args) => args.length === 0,
  },
  skip: {
    before: ["fn", "layer", "derived-model", "adapter", "optimizer"],
    form: '@skip(law, "reason")',
    accepts: ([law, reason, ...more]) =>
      law?.kind === "word" &&
      reason?.kind === "string" &&
      reason.text.trim() !== "" &&
      more.length === 0,
  },
  onnx: { before: ["fn", "layer"], form: '@onnx("Name")', accepts: oneOf("string") },
  torch: { before: ["fn", "layer"], form: '@torch("name")', accepts: oneOf("string") },
};

/** Every attribute as it is written: `@allow(code)`. */
export const attributeForms: readonly { readonly name: string; readonly form: string }[] =
  Object.entries(rules).map(([name, { form }]) => ({ name, form }));

/** What is wrong with the attributes of a file. */
export const attributeFaults = (module: Module): readonly Diagnostic[] =>
  module.items.flatMap((item) => [item, ...children(item)].flatMap(faultsAt));

type Attributed = Node & { readonly kind?: string; readonly attributes?: readonly Attribute[] };

const faultsAt = (node: Attributed): readonly Diagnostic[] =>
  (node.attributes ?? []).flatMap((attribute) => faultsOf(attribute, node.kind ?? ""));

function faultsOf({ name, args, span }: Attribute, kind: string): readonly Diagnostic[] {
  const rule = Object.hasOwn(rules, name.name) ? rules[name.name] : undefined;
  const facts = { name: name.name, at: span };
  if (!rule) {
    // A name that recovery had to invent was reported.
    if (name.name === "") return [];
    const known = Object.keys(rules);
    return [attributes.unknownAttribute({ ...facts, known, at: name.span })];
  }
  if (rule.before && !rule.before.includes(kind)) {
    const homes = rule.before.map(wordOf);
    return [attributes.misplacedAttribute({ ...facts, before: wordOf(kind), homes })];
  }
  if (!rule.accepts(args)) return [attributes.attributeArguments({ ...facts, form: rule.form })];
  if (name.name === "skip") return lawFaults(args);
  return name.name === "allow" ? args.flatMap(codeFaults) : [];
}

/** A first argument of `@skip` that is no law. */
function lawFaults([law]: readonly AttributeArg[]): readonly Diagnostic[] {
  if (!law || isLaw(law.text)) return [];
  return [attributes.unknownLaw({ law: law.text, known: lawNames, at: law.span })];
}

function codeFaults({ text, span }: AttributeArg): readonly Diagnostic[] {
  if (attributes.isWarningCode(text)) return [];
  if (isCode(text)) return [attributes.allowedError({ code: text, at: span })];
  return [attributes.unknownCode({ code: text, at: span })];
}

const words: Readonly<Record<string, string>> = {
  fn: "a function",
  layer: "a layer",
  "derived-model": "a derived model",
  adapter: "an adapter",
  optimizer: "an optimizer",
  import: "an import",
  init: "an `init` block",
};

const wordOf = (kind: string): string => words[kind] ?? `a \`${kind}\``;
