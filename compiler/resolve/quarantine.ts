// Takes out of a tree what syntax errors made doubtful, so that what recovery guessed is never held against the author.
import type {
  Block,
  Expr,
  FieldMember,
  FnDecl,
  Ident,
  Item,
  Member,
  Module,
  Node,
  Statement,
  SyntaxProblem,
  TrainLine,
} from "../../grammar/ast.js";
import { lineText, positionOf, textOf, type SourceFile, type Span } from "../../grammar/source.js";

/** A tree that means only what was read without a doubt, and the names that the rest may have declared. */
export interface Quarantined {
  readonly module: Module;
  readonly lost: ReadonlySet<string>;
}

/**
 * The smallest statements, members and declarations that hold a problem lose their values: what they declare stays
 * declared, as something unknown. Names on the line of a problem count as perhaps declared there.
 */
export function quarantine(module: Module, problems: readonly SyntaxProblem[]): Quarantined {
  const spans = problems.map((p) => p.span);
  const words = spans.flatMap((span) => wordsIn(lineOf(module.file, span)));
  const kept = module.items.map((item) => (touches(item, spans) ? cleanItem(item, spans) : item));
  const refused = module.items.filter((item, i) => item.kind === "import" || !kept[i]);
  const damaged = refused.filter((item) => touches(item, spans));
  return {
    module: { ...module, items: kept.filter((item) => item !== undefined) },
    lost: new Set([...words, ...damaged.flatMap((item) => wordsIn(headOf(item)))]),
  };
}

const wordsIn = (text: string): readonly string[] => text.match(/[A-Za-z_]\w*/g) ?? [];

const lineOf = (file: SourceFile, { start }: Span): string =>
  lineText(file, positionOf(file, start).line);

/** An import, or what stands before the members of a declaration. */
const headOf = (item: Item): string => {
  const text = textOf(item.span);
  const brace = text.indexOf("{");
  return item.kind === "import" || brace < 0 ? text : text.slice(0, brace);
};

/** Whether a problem lies on a line of the node: recovery skips to the end of a line. */
function touches({ span }: Node, problems: readonly Span[]): boolean {
  const [first, last] = [span.start, span.end].map((at) => positionOf(span.file, at).line);
  return problems.some(({ file, start }) => {
    const { line } = positionOf(file, start);
    return line >= (first ?? line) && line <= (last ?? line);
  });
}

const liesBefore = (end: number, { span }: Node, problems: readonly Span[]): boolean =>
  problems.some(({ start }) => start >= span.start && start < end);

const unread = ({ span }: Node): Expr => ({ kind: "error", span });

/** A declaration without what is doubtful in it; undefined where its head is. */
function cleanItem(item: Item, problems: readonly Span[]): Item | undefined {
  switch (item.kind) {
    case "import":
      return item;
    case "const":
      return { ...item, value: unread(item.value) };
    case "fn":
      return cleanFn(item, problems);
    case "property":
      return undefined;
    case "train":
      return hasBadHead(item, problems)
        ? undefined
        : { ...item, lines: item.lines.flatMap((line) => cleanLine(line, problems)) };
    case "derived-model":
      return { ...item, lines: item.lines.filter((line) => !touches(line, problems)) };
    case "layer":
    case "adapter":
    case "optimizer": {
      if (hasBadHead(item, problems)) return undefined;
      return { ...item, members: item.members.map((m) => cleanMember(m, problems)) };
    }
  }
}

const hasBadHead = (item: Item, problems: readonly Span[]): boolean =>
  liesBefore(item.span.start + headOf(item).length, item, problems);

/** A function with doubtful statements cleaned; undefined where its signature or its only expression is doubtful. */
function cleanFn(fn: FnDecl, problems: readonly Span[]): FnDecl | undefined {
  const { body } = fn;
  if (body.kind !== "block" || liesBefore(body.span.start, fn, problems)) return undefined;
  return { ...fn, body: cleanBlock(body, problems) };
}

function cleanMember(member: Member, problems: readonly Span[]): Member {
  if (!touches(member, problems)) return member;
  if (member.kind === "init")
    return { ...member, rules: member.rules.filter((rule) => !touches(rule, problems)) };
  return (member.kind === "fn" && cleanFn(member, problems)) || unreadMember(member);
}

/** A member of the same name that may be anything. */
function unreadMember(member: Node & { readonly name: Ident }): FieldMember {
  const { span, name } = member;
  return { kind: "field", span, attributes: [], name, value: unread(member) };
}

function cleanLine(line: TrainLine, problems: readonly Span[]): readonly TrainLine[] {
  if (!touches(line, problems)) return [line];
  return "value" in line ? [{ ...line, value: unread(line.value) }] : [];
}

function cleanBlock(block: Block, problems: readonly Span[]): Block {
  const statements = block.statements.flatMap((s) => cleanStatement(s, problems));
  const { value } = block;
  if (!value || !touches(value, problems)) return { ...block, statements };
  const isBlock = value.kind === "block";
  return { ...block, statements, value: isBlock ? cleanBlock(value, problems) : unread(value) };
}

function cleanStatement(statement: Statement, problems: readonly Span[]): readonly Statement[] {
  if (!touches(statement, problems)) return [statement];
  if (statement.kind === "for") {
    const body = cleanBlock(statement.body, problems);
    return [{ ...statement, body }];
  }
  if (statement.kind === "let" || statement.kind === "var") {
    const { kind, span, attributes, names, isTuple, value } = statement;
    return [{ kind, span, attributes, names, isTuple, value: unread(value) }];
  }
  return statement.kind === "assign" ? [{ ...statement, value: unread(statement.value) }] : [];
}
