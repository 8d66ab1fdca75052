// What a module of a library offers, as data for reference pages and editors: read off its declarations and their doc comments.
import type {
  FieldMember,
  FnDecl,
  Item,
  Member,
  Module,
  Parameter,
  ParamMember,
  StateMember,
} from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";

/** Everything that one module offers. */
export interface ModuleReference {
  /** As it is imported: `std/nn`. */
  readonly name: string;
  /** The comment that the file begins with. */
  readonly purpose: string;
  readonly entries: readonly ReferenceEntry[];
  /** Names that other modules declare and this one passes on. */
  readonly passedOn: readonly { readonly from: string; readonly names: readonly string[] }[];
}

/** One declaration. */
export interface ReferenceEntry {
  readonly name: string;
  readonly kind: "layer" | "model" | "adapter" | "optimizer" | "fn" | "const";
  /** The head of the declaration as it is written, without the body. */
  readonly signature: string;
  /** Heads of what can be called on it: `forward` and its other functions. */
  readonly methods: readonly string[];
  /** The doc comment without its example. */
  readonly prose: string;
  /** The program in the doc comment. */
  readonly example: string | undefined;
  readonly variables: readonly ReferenceVariable[];
  readonly parts: readonly ReferencePart[];
}

/** A parameter or a state, each field as it is written. */
export interface ReferenceVariable {
  readonly name: string;
  readonly role: "parameter" | "state";
  readonly type: string;
  readonly init: string;
  readonly condition: string | undefined;
}

/** A layer inside, or a value that has a name. */
export interface ReferencePart {
  readonly name: string;
  readonly value: string;
}

/** Words with which the doc comment of a part of another function begins; such functions are not offered. */
const partOf = /^Part of `/;

/** Reads a module; what its doc comments call a part of something else is left out. */
export function referenceOf(name: string, module: Module): ModuleReference {
  const purpose = module.comments.find((comment) => !comment.doc && comment.span.start === 0);
  const first = module.items.find((item) => item.doc !== undefined)?.span.start ?? Infinity;
  return {
    name,
    purpose: purpose ? leadingComments(module, Math.min(first, firstItem(module))) : "",
    entries: module.items.flatMap(entryOf).filter(isOffered),
    passedOn: passedOnBy(module),
  };
}

/** Constants without a word are an affair of their file. */
const isOffered = ({ kind, prose }: ReferenceEntry): boolean =>
  !partOf.test(prose) && !(kind === "const" && prose === "");

/** Imports that the file itself has no use for: it makes them available under its own name. */
function passedOnBy(module: Module): ModuleReference["passedOn"] {
  const { text } = module.file;
  const isUsed = (name: string): boolean =>
    (text.match(new RegExp(`\\b${name}\\b`, "g")) ?? []).length > 1;
  return module.items.flatMap((item) => {
    if (item.kind !== "import") return [];
    const names = item.names.map(({ name }) => name.name).filter((name) => !isUsed(name));
    return names.length > 0 ? [{ from: item.from.value, names }] : [];
  });
}

const firstItem = (module: Module): number => module.items[0]?.span.start ?? Infinity;

function leadingComments(module: Module, end: number): string {
  const lines = module.comments.filter(({ doc, span }) => !doc && span.start < end);
  return lines.map(({ text }) => text.replace(/^\/\/ ?/, "").trim()).join(" ");
}

function entryOf(item: Item): readonly ReferenceEntry[] {
  if (item.kind === "fn") return [{ ...described(item), kind: "fn", signature: fnHead(item) }];
  if (item.kind === "const") {
    const signature = `const ${item.name.name} = ${written(item.value.span)}`;
    return [{ ...described(item), kind: "const", signature }];
  }
  if (item.kind === "layer")
    return [{ ...described(item), kind: item.keyword, signature: layerHead(item) }];
  if (item.kind === "adapter" || item.kind === "optimizer")
    return [{ ...described(item), kind: item.kind, signature: layerHead(item) }];
  return [];
}

type Described = Extract<
  Item,
  { readonly kind: "fn" | "const" | "layer" | "adapter" | "optimizer" }
>;

function described(item: Described): Omit<ReferenceEntry, "kind" | "signature"> {
  const members: readonly Member[] = "members" in item ? item.members : [];
  const { prose, example } = splitDoc(item.doc ?? "");
  return {
    name: item.name.name,
    prose,
    example,
    methods: members.flatMap((m) => (m.kind === "fn" ? [fnHead(m).replace(/\n {2}/g, "\n")] : [])),
    variables: members.flatMap((m) =>
      m.kind === "param" || m.kind === "state" ? [variableOf(m)] : [],
    ),
    parts: members.flatMap((m) => (m.kind === "field" ? [partOfField(m)] : [])),
  };
}

function variableOf(member: ParamMember | StateMember): ReferenceVariable {
  return {
    name: member.name.name,
    role: member.kind === "param" ? "parameter" : "state",
    type: written(member.type.span),
    init: member.init ? written(member.init.span) : "zeros",
    condition: member.condition && written(member.condition.span),
  };
}

function partOfField({ name, value, condition }: FieldMember): ReferencePart {
  const suffix = condition ? ` if ${written(condition.span)}` : "";
  return { name: name.name, value: written(value.span) + suffix };
}

/** Parts a doc comment into its prose and the first program in it. */
function splitDoc(doc: string): { readonly prose: string; readonly example: string | undefined } {
  const found = /^```dl\n([\s\S]*?)^```$/m.exec(doc);
  const prose = found ? doc.slice(0, found.index) + doc.slice(found.index + found[0].length) : doc;
  return { prose: prose.trim(), example: found?.[1]?.trimEnd() };
}

/** `fn name(params) -> result where …`, as it is written. */
function fnHead({ name, body }: FnDecl): string {
  const head = name.span.file.text.slice(name.span.start, body.span.start);
  return `fn ${head.replace(/=\s*$/, "").trim()}`;
}

type WithStatics = Extract<Item, { readonly kind: "layer" | "adapter" | "optimizer" }>;

/** `layer Name(statics) where …`, as it is written. */
function layerHead(item: WithStatics): string {
  const { text } = item.name.span.file;
  const keyword = item.kind === "layer" ? item.keyword : item.kind;
  const clause = item.where.at(-1)?.span.end;
  const inside =
    item.kind === "adapter" ? item.on.params.at(-1)?.span.end : lastStatic(item.statics);
  const end = clause ?? (inside === undefined ? item.name.span.end : text.indexOf(")", inside) + 1);
  return `${keyword} ${text.slice(item.name.span.start, end)}`;
}

const lastStatic = (statics: readonly Parameter[]): number | undefined => statics.at(-1)?.span.end;

/** The text of a span on one line. */
function written({ file, start, end }: Span): string {
  return file.text.slice(start, end).replace(/\s+/g, " ");
}
