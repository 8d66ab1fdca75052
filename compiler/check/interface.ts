// What of a declaration others can see: all of it, but for bodies whose results are declared.
import type { Item, Member, Parameter } from "../../grammar/ast.js";

/** The words of a declaration, and those that what others see of it is written with. */
export interface Outside {
  /** The whole text, to compare by. */
  readonly text: string;
  /** The text that others see. */
  readonly head: string;
  readonly words: ReadonlySet<string>;
  readonly headWords: ReadonlySet<string>;
}

/** What a declaration consists of; `doubts` says where it could not be read. */
export function outsideOf(item: Item, doubts: string): Outside {
  const text = item.span.file.text.slice(item.span.start, item.span.end);
  const hidden = hiddenIn(item);
  let head = "";
  let at = item.span.start;
  for (const { start, end } of hidden) {
    head += item.span.file.text.slice(at, start);
    at = end;
  }
  head += item.span.file.text.slice(at, item.span.end);
  return {
    text: text + doubts,
    head: head + doubts,
    words: wordsIn(text),
    headWords: hidden.length > 0 ? wordsIn(head) : wordsIn(text),
  };
}

const wordsIn = (text: string): ReadonlySet<string> => new Set(text.match(/[A-Za-z_]\w*/g));

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Bodies that no use of the declaration evaluates. */
function hiddenIn(item: Item): readonly Stretch[] {
  if (item.kind === "fn") return bodyOf(item);
  const members: readonly Member[] = "members" in item ? item.members : [];
  if ("statics" in item && item.statics.some(isFunction)) return [];
  return members.flatMap(bodyOf);
}

/** The body of a function whose result is declared, and known without it. */
function bodyOf(member: Member): readonly Stretch[] {
  if (member.kind !== "fn" || !member.result || member.result.kind === "like") return [];
  // A pullback written by hand is checked where the function is called.
  if (member.attributes.length > 0 || member.params.some(isFunction)) return [];
  return [member.body.span];
}

/** Functions and layers that are given are looked into. */
const isFunction = ({ annotation }: Parameter): boolean =>
  annotation?.kind === "layer-type" ||
  (annotation?.kind === "kind" && (annotation.name === "fn" || annotation.name === "layer"));
