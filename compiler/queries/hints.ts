// Types that nobody wrote, shown behind the names of `let`, and what a pipe gives at the end of each of its lines.
import type { Expr, Ident, Item, LetStatement, Node } from "../../grammar/ast.js";
import { positionOf } from "../../grammar/source.js";
import { visit } from "../../grammar/walk.js";
import type { Meaning } from "../check/meaning.js";
import type { Library, Unit } from "../resolve/modules.js";
import { evaluated, type Evaluated } from "./evaluated.js";
import { byDefault, wordsOf } from "./words.js";

/** A few words that stand behind a place without being in the text. */
export interface Hint {
  readonly offset: number;
  readonly text: string;
  /** What the type is by the defaults of the static arguments. */
  readonly more?: string;
}

/** The hints of the declarations that touch a stretch of a file. */
export function hintsIn(library: Library, unit: Unit, start: number, end: number): readonly Hint[] {
  const items = unit.module.items.filter(({ span }) => span.start <= end && span.end >= start);
  return items
    .flatMap((item) => hintsOf(item, evaluated(library, unit, item)))
    .filter(({ offset }) => offset >= start && offset <= end)
    .sort((a, b) => a.offset - b.offset);
}

function hintsOf(item: Item, known: Evaluated): readonly Hint[] {
  const hints: Hint[] = [];
  const inner = new Set<Node>();
  visit(item, (node) => {
    if (isLet(node) && !node.annotation) hints.push(...letHints(node, known));
    if (!isPipe(node) || inner.has(node)) return;
    const pipes = stagesOf(node);
    for (const pipe of pipes) inner.add(pipe);
    hints.push(...pipeHints(pipes, known));
  });
  return hints;
}

const isPipe = (node: object): node is Pipe => "kind" in node && node.kind === "pipe";

const isLet = (node: object): node is LetStatement =>
  "kind" in node && (node.kind === "let" || node.kind === "var");

function letHints({ names, isTuple, value }: LetStatement, known: Evaluated): readonly Hint[] {
  const meaning = known.meaningOf(value);
  const items = meaning?.kind === "tuple" || meaning?.kind === "list" ? meaning.items : [];
  return names.flatMap((name, i) => hintFor(name, isTuple ? items[i] : meaning, known));
}

function hintFor(name: Ident, meaning: Meaning | undefined, known: Evaluated): readonly Hint[] {
  if (
    !meaning ||
    name.name === "" ||
    !["tensor", "tuple", "number", "instance", "list"].includes(meaning.kind)
  )
    return [];
  const words = wordsOf(meaning);
  if (words === undefined) return [];
  const more = byDefault(known.ctx, meaning);
  const text = meaning.kind === "number" ? ` = ${words}` : `: ${words}`;
  return [{ offset: name.span.end, text, ...(more === undefined ? {} : { more }) }];
}

type Pipe = Expr & { readonly kind: "pipe" };

/** The pipes of one chain, the innermost first. */
function stagesOf(outer: Pipe): readonly Pipe[] {
  const found: Pipe[] = [];
  for (let pipe: Expr = outer; pipe.kind === "pipe"; pipe = pipe.left) found.unshift(pipe);
  return found;
}

/** What each line of a chain that takes several lines gives. */
function pipeHints(pipes: readonly Pipe[], known: Evaluated): readonly Hint[] {
  return pipes.slice(0, -1).flatMap((pipe, i): readonly Hint[] => {
    const next = pipes[i + 1];
    const { file, end } = pipe.span;
    const breaks =
      next && positionOf(file, next.right.span.start).line > positionOf(file, end).line;
    const meaning = breaks === true ? known.meaningOf(pipe) : undefined;
    const words = meaning?.kind === "tensor" ? wordsOf(meaning) : undefined;
    return words === undefined ? [] : [{ offset: end, text: `  ${words}` }];
  });
}
