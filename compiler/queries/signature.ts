// The parameters of the call around a place, and which of them is being written.
import type { Call, Node } from "../../grammar/ast.js";
import type { Meaning } from "../check/meaning.js";
import type { Host, Library, Unit } from "../resolve/modules.js";
import { shownCallee, type ShownCallee } from "./completion/callee.js";
import { cursorAt, isMarked, type Cursor } from "./completion/cursor.js";
import { oneLine } from "./tree.js";

/** A function or layer with its parameters. */
export interface Signature {
  /** The whole head: `Linear(In, Out, with_bias: bool = true)`. */
  readonly label: string;
  readonly parameters: readonly string[];
  /** Number of the parameter that is being written; undefined behind the last one. */
  readonly active: number | undefined;
  readonly doc?: string;
}

/** The innermost call whose parentheses hold the offset. */
export function signatureAt(
  library: Library,
  unit: Unit,
  offset: number,
  host: Host,
): Signature | undefined {
  const cursor = cursorAt(library, unit, offset, host);
  const call = cursor.path.findLast(
    (n): n is Call => "kind" in n && n.kind === "call" && (n as Call).callee.span.end < offset,
  );
  const callee = call && shownCallee(cursor, call);
  if (!call || !callee) return undefined;
  const { parameters, meaning, doc } = callee;
  const name = oneLine(call.callee.span);
  const result = meaning && resultOf(meaning);
  const words = parameters.map((p) => p.words);
  return {
    label: `${name}(${words.join(", ")})${result === undefined ? "" : ` -> ${result}`}`,
    parameters: words,
    active: activeIn(cursor, call, callee),
    ...(doc === undefined ? {} : { doc }),
  };
}

/** The declared result of a function, or of what a layer computes. */
function resultOf(meaning: Meaning): string | undefined {
  const decl =
    meaning.kind === "instance"
      ? meaning.instance.decl.members.find((m) => m.kind === "fn" && m.name.name === "forward")
      : meaning.kind === "callable" && meaning.callable.kind === "fn"
        ? meaning.callable.decl
        : undefined;
  return decl?.kind === "fn" && decl.result ? oneLine(decl.result.span) : undefined;
}

/** Which parameter the argument at the cursor is for. */
function activeIn(
  { path, start }: Cursor,
  call: Call,
  { parameters }: ShownCallee,
): number | undefined {
  const isStage = path.some(
    (n: Node) => "kind" in n && n.kind === "pipe" && "right" in n && n.right === call,
  );
  const at = call.args.findIndex(({ span }) => span.start <= start && start <= span.end);
  const index = at < 0 ? call.args.length : at;
  const name = call.args[index]?.name?.name;
  const place =
    name === undefined || isMarked(name)
      ? index + (isStage ? 1 : 0)
      : parameters.findIndex((p) => p.name === name);
  return place >= 0 && place < parameters.length ? place : undefined;
}
