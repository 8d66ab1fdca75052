// Findings about names, kinds of values, calls, modules and declarations.
import { textOf, type SourceFile, type Span } from "../../../grammar/source.js";
import type { Diagnostic, Proposal } from "../diagnostic.js";
import { listed, quoted } from "../explain.js";
import { nearest } from "../suggest.js";
import { subject } from "./arguments.js";
import { finding } from "./finding.js";
import { foreignName, foreignValue } from "./foreign-names.js";
import { similar, type Misspelt } from "./misspelt.js";
import { renaming, replacing } from "./proposals.js";

export * from "./arguments.js";
export * from "./initial.js";

/** A place. */
interface At {
  readonly at: Span;
}

/** Nothing in scope has this name. `what` is the kind that was looked for: "name", "dtype", "tensor". */
export const unknownName = (facts: Misspelt & { readonly what?: string }): Diagnostic => {
  const { notes, proposals } = similar(facts);
  const hint = foreignName(facts.name);
  return finding("unknown-name", {
    primary: { span: facts.at, text: `no ${facts.what ?? "name"} ${quoted(facts.name)} in scope` },
    notes: hint === undefined ? notes : [hint],
    proposals: [{ kind: "import", name: facts.name }, ...proposals],
  });
};

/** A name asked for from outside the language, as on the command line, that the file does not declare. */
export const notDeclared = ({
  name,
  what,
  file,
  near,
}: {
  readonly name: string;
  /** "model", "function". */
  readonly what: string;
  readonly file: SourceFile;
  readonly near: readonly string[];
}): Diagnostic =>
  finding("unknown-name", {
    primary: {
      span: { file: { path: file.path, text: "" }, start: 0, end: 0 },
      text: `declares no ${what} ${quoted(name)}`,
    },
    notes: near.length > 0 ? [`similar names: ${listed(near)}`] : [],
  });

/** `of` describes the object: "a tuple", "`Block`". */
export const unknownMember = (facts: Misspelt & { readonly of: string }): Diagnostic =>
  finding("unknown-member", {
    primary: { span: facts.at, text: `${facts.of} has no member ${quoted(facts.name)}` },
    ...similar(facts),
  });

/** A second declaration of a name in one scope. */
export const duplicateName = ({
  name,
  at,
  first,
}: At & { readonly name: string; readonly first: Span }): Diagnostic =>
  finding("duplicate-name", {
    primary: { span: at, text: `${quoted(name)} is already declared` },
    secondary: [{ span: first, text: "the first declaration" }],
  });

/** A declaration whose meaning needs itself. `from` is the use that closes the circle. */
export const recursiveDeclaration = ({
  name,
  at,
  from,
}: At & { readonly name: string; readonly from: Span }): Diagnostic =>
  finding("recursive-declaration", {
    primary: { span: from, text: `needs ${quoted(name)} while it is being declared` },
    secondary: [{ span: at, text: `${quoted(name)} is declared here` }],
    notes: [
      "networks are finite: a repeated part is a list, `[Block(D) for i in 0..L]`, or a `for`",
    ],
  });

/** An import of a file or library that does not exist. */
export const unknownModule = ({
  module,
  at,
  near = [],
}: At & { readonly module: string; readonly near?: readonly string[] }): Diagnostic =>
  finding("unknown-module", {
    primary: { span: at, text: `no module ${quoted(module)}` },
    notes: near.length > 0 ? [`modules that exist: ${listed(near)}`] : [],
    proposals: [{ kind: "module", at, name: module }],
  });

/** An imported name that the module does not declare. */
export const unknownExport = (facts: Misspelt & { readonly module: string }): Diagnostic =>
  finding("unknown-export", {
    primary: { span: facts.at, text: `${quoted(facts.module)} declares no ${quoted(facts.name)}` },
    notes: similar(facts).notes,
    proposals: nearest(facts.name, facts.near).map((as) => ({
      kind: "rename",
      name: facts.name,
      as,
    })),
  });

/** Modules that import each other; the list starts and ends with the same one. */
export const importCycle = ({
  modules,
  at,
}: At & { readonly modules: readonly string[] }): Diagnostic =>
  finding("import-cycle", {
    primary: { span: at, text: "closes the cycle" },
    notes: [modules.map(quoted).join(" imports ")],
  });

/** A relative import that leaves the root of the package. */
export const importOutsidePackage = ({
  module,
  at,
}: At & { readonly module: string }): Diagnostic =>
  finding("import-outside-package", {
    primary: { span: at, text: `${quoted(module)} lies above the root of the package` },
    notes: ["the root is the folder of `dl.json`, or else of the compiled file"],
  });

/**
 * A value of another kind than the place asks for; both described with an article: "a tensor", "a dimension".
 * `wanted` is what asks: a parameter of what is called, or a place in words.
 */
export const wrongKind = ({
  at,
  expected,
  found,
  wanted,
}: At & {
  readonly expected: string;
  readonly found: string;
  readonly wanted?: { readonly param: string; readonly callee: string } | string;
}): Diagnostic => {
  const what = written(at);
  const place =
    typeof wanted === "object" ? `${quoted(wanted.param)} of ${subject(wanted.callee)}` : wanted;
  const hint =
    typeof wanted === "object" && what !== undefined ? foreignValue(wanted.param, what) : undefined;
  const need = place === undefined ? `${expected} is needed` : `${place} takes ${expected}`;
  return finding("wrong-kind", {
    primary: {
      span: at,
      text: `${what === undefined ? "" : `${quoted(what)} is `}${found}, where ${need}`,
    },
    notes: hint === undefined ? [] : [hint],
  });
};

/** What stands at a place, where that is short enough to be said again. */
function written(at: Span): string | undefined {
  const text = textOf(at);
  return text === "" || text.length > 30 || /[\n`]/.test(text) ? undefined : text;
}

/** Another number of values than of the names or results that wait for them. */
export const valueCount = ({
  at,
  found,
  waiting,
  declared,
}: At & {
  readonly found: string;
  readonly waiting: readonly string[];
  readonly declared?: Span;
}): Diagnostic =>
  finding("wrong-kind", {
    primary: {
      span: at,
      text: `${found}, where ${listed(waiting)} ${waiting.length === 1 ? "takes one" : `take ${String(waiting.length)}`}`,
    },
    secondary: declared ? [{ span: declared, text: "the declared results" }] : [],
  });

/** A call of something that is no function or layer. */
export const notCallable = ({ at, found }: At & { readonly found: string }): Diagnostic =>
  finding("not-callable", {
    primary: { span: at, text: `${found} cannot be called` },
    notes: ["functions, layers, their members and lambdas can be called"],
  });

/** A parameter for the object itself, as functions of classes have it in other languages. */
export const receiver = ({ name, at }: At & { readonly name: string }): Diagnostic => {
  const { file, end } = at;
  const comma = /^\s*,\s*/.exec(file.text.slice(end))?.[0] ?? "";
  return finding("wrong-kind", {
    primary: { span: at, text: `${quoted(name)} would be a size here` },
    notes: ["members of a layer go by their names alone: `weight`"],
    proposals: [replacing(`leave out ${quoted(name)}`, { ...at, end: end + comma.length }, "")],
  });
};

/** A shape in parentheses, as other languages write it, where a tensor type is needed. */
export const tupleOfSizes = ({ at }: At): Diagnostic => {
  const written = textOf(at);
  const type = `[${written.slice(1, -1).trim()}]`;
  return finding("wrong-kind", {
    primary: { span: at, text: `${quoted(written)} is a tuple, where a tensor type is needed` },
    notes: ["the type of a tensor stands in `[ ]`"],
    proposals: [{ kind: "declare", at, type }],
  });
};

/** A derived model or a training of something that is no model; `near` are the models that there are. */
export const notAModel = ({
  name,
  at,
  declared,
  near = [],
}: At & {
  readonly name: string;
  readonly declared?: Span;
  readonly near?: readonly string[];
}): Diagnostic =>
  finding("not-a-model", {
    primary: { span: at, text: `${quoted(name)} is no model` },
    secondary: declared ? [{ span: declared, text: `${quoted(name)} is declared here` }] : [],
    ...similar({ at, name, near }),
  });

/** Statics of a model that have neither a default nor a value from the build. */
export const missingStatic = ({
  model,
  names,
  at,
}: At & { readonly model: string; readonly names: readonly string[] }): Diagnostic =>
  finding("missing-static", {
    primary: { span: at, text: `${quoted(model)} needs ${listed(names)}` },
    notes: [`given at build time: ${names.map((n) => quoted(`--set ${n}=…`)).join(" ")}`],
  });

/** A layer, adapter or optimizer without the function that its use needs: `forward` unless `wanted` says another. */
export const missingForward = ({
  layer,
  at,
  wanted = "forward",
  declared,
}: At & {
  readonly layer: string;
  readonly wanted?: string;
  readonly declared?: Span;
}): Diagnostic =>
  finding("missing-forward", {
    primary: { span: at, text: `${quoted(layer)} has no ${quoted(`fn ${wanted}`)}` },
    secondary: declared ? [{ span: declared, text: `${quoted(layer)} is declared here` }] : [],
  });

/** An assignment to a name that `let` or a signature fixed. */
export const assignToLet = ({
  name,
  at,
  declared,
}: At & { readonly name: string; readonly declared?: Span }): Diagnostic =>
  finding("assign-to-let", {
    primary: { span: at, text: `${quoted(name)} is not a \`var\`` },
    secondary: declared ? [{ span: declared, text: `${quoted(name)} gets its value here` }] : [],
    proposals: declared ? varInPlaceOfLet(declared) : [],
  });

function varInPlaceOfLet(declared: Span): readonly Proposal[] {
  const { file, start } = declared;
  const before = file.text.slice(0, start);
  if (!/\blet\s+$/.test(before)) return [];
  const at = before.lastIndexOf("let");
  return [replacing("declare it with `var`", { file, start: at, end: at + 3 }, "var")];
}

/** An assignment to a state, which `<-` changes. `equals` is the sign that was written. */
export const assignToState = ({
  name,
  at,
  equals,
}: At & { readonly name: string; readonly equals: Span }): Diagnostic =>
  finding("assign-to-let", {
    primary: { span: at, text: `${quoted(name)} is a state, which \`<-\` changes` },
    proposals: [replacing("write with `<-`", equals, "<-")],
  });

/** An assignment to a name that nothing declares. */
export const unknownVariable = ({
  name,
  at,
  near = [],
}: At & { readonly name: string; readonly near?: readonly string[] }): Diagnostic =>
  finding("unknown-variable", {
    primary: { span: at, text: `no \`var ${name}\` in scope` },
    notes: similar({ name, at, near }).notes,
    proposals: [
      ...similar({ name, at, near }).proposals,
      replacing("declare it with `let`", { ...at, end: at.start }, "let "),
    ],
  });

/** `<-` with a target that is no state of the layer. */
export const notAState = ({ at, name }: At & { readonly name?: string }): Diagnostic =>
  finding("state-write-outside-layer", {
    primary: {
      span: at,
      text:
        name === undefined
          ? "not a state of this layer"
          : `${quoted(name)} is not a state of this layer`,
    },
    notes: ["`<-` writes a `state` member, or a slice of one, inside the layer that owns it"],
  });

/** A selector, or one of its alternatives (`term`), without a match in `of`; `near` holds paths that exist. */
export const selectorNoMatch = ({
  at,
  selector,
  near,
  of,
  term,
}: At & {
  readonly selector: string;
  readonly near: readonly string[];
  readonly of: string;
  readonly term?: string;
}): Diagnostic =>
  finding("selector-no-match", {
    primary: {
      span: at,
      text: `${term === undefined ? "" : `${quoted(term)} in `}${quoted(selector)} matches nothing in ${quoted(of)}`,
    },
    notes: near.length > 0 ? [`the nearest paths: ${listed(near)}`] : [],
    proposals: renaming(
      at,
      term === undefined ? near.filter((path) => isLike(path, selector)) : nearest(term, near),
    ),
  });

/** Whether a path ends as the selector does, or is nearly spelled like it. */
const isLike = (path: string, selector: string): boolean =>
  path.split(".").at(-1) === selector.split(".").at(-1) || nearest(selector, [path]).length > 0;

/** An adapter on something of another type than it was written for; `found` is that type. */
export const adapterMisfit = ({
  at,
  path,
  found,
  adapter,
  on,
  declared,
}: At & {
  readonly path: string;
  readonly found: string;
  readonly adapter: string;
  readonly on: string;
  readonly declared: Span;
}): Diagnostic =>
  finding("adapter-misfit", {
    primary: {
      span: at,
      text: `${quoted(path)} is ${/\s/.test(found) ? found : `a ${quoted(found)}`}, and ${quoted(adapter)} adapts ${quoted(on)}`,
    },
    secondary: [{ span: declared, text: `${quoted(adapter)} is declared here` }],
    proposals: /\.\w+$/.test(textOf(at))
      ? [replacing("adapt the layer that it is in", at, textOf(at).replace(/\.\w+$/, ""))]
      : [],
  });

/** A name spelled against the convention of its kind: "a layer or model", "UpperCamel". */
export const namingConvention = ({
  name,
  at,
  kind,
  wanted,
}: At & { readonly name: string; readonly kind: string; readonly wanted: string }): Diagnostic =>
  finding("naming-convention", {
    primary: { span: at, text: `${quoted(name)} names ${kind}` },
    notes: [`${kind} is spelled in ${quoted(wanted)}`, "silenced by `@allow(naming-convention)`"],
  });

/** Something that the language describes and this version cannot do. */
export const unsupported = ({ at, what }: At & { readonly what: string }): Diagnostic =>
  finding("unsupported", { primary: { span: at, text: `${what} is not built yet` } });
