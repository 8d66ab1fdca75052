// Comments and blank lines: which comment stands with which part of the tree, and how it is printed there.
import type { Doc } from "prettier";
import { builders } from "prettier/doc";
import type { Comment, Module, Node } from "../ast.js";
import { isAloneBefore } from "../lexer.js";
import { children } from "../walk.js";

const { breakParent, hardline, lineSuffix } = builders;

/** The comments that stand with one node. */
interface Attached {
  /** Above the node, each on its own line. */
  readonly leading: Comment[];
  /** Behind the node, on the same line. */
  readonly trailing: Comment[];
  /** Below the node, which is the last of its list. */
  readonly tail: Comment[];
  /** Inside a node that has no parts. */
  readonly dangling: Comment[];
}

/** Parts of the tree that print as part of what holds them, so that no comment may stand with them. */
const transparent: ReadonlySet<string> = new Set([
  "paren",
  "binary",
  "pipe",
  "member",
  "call",
  "index",
  "tensor-type",
  "kind",
  "like",
  "layer-type",
  "tuple-type",
]);

function isAnchor(node: Node): boolean {
  if ("kind" in node) return !transparent.has(String(node.kind));
  return (
    "steps" in node ||
    "args" in node ||
    ("name" in node && typeof node.name !== "string") ||
    isValued(node)
  );
}

const isValued = (node: Node): boolean => "value" in node && typeof node.value !== "string";

/** The nodes below a node that comments may stand with, in the order of the text. */
function anchors(node: Node | Module): readonly Node[] {
  if ("steps" in node || ("kind" in node && node.kind === "pattern")) return [];
  const found: Node[] = [];
  const waiting = [...children(node)].reverse();
  for (let child = waiting.pop(); child; child = waiting.pop()) {
    if (isAnchor(child)) found.push(child);
    else waiting.push(...[...children(child)].reverse());
  }
  return found;
}

/** Parts of the tree whose lines stand one below the other. */
const holders: readonly string[] = ["items", "members", "statements", "lines", "rules"];

const blank = /\n[ \t\r]*\n/;

/** Knows the comments of a file and prints them with the nodes they stand with. */
export class Comments {
  private readonly text: string;
  private readonly attached = new Map<Node | Module, Attached>();

  constructor(module: Module) {
    this.text = module.file.text;
    const known = new Map<Node | Module, readonly Node[]>();
    for (const comment of module.comments) this.attach(comment, module, known);
  }

  private attach(comment: Comment, root: Module, known: Map<Node | Module, readonly Node[]>): void {
    let enclosing: Node | Module = root;
    for (;;) {
      const below: readonly Node[] = known.get(enclosing) ?? anchors(enclosing);
      known.set(enclosing, below);
      const { start, end } = comment.span;
      const following = lowerBound(below, start);
      const preceding: Node | undefined = below[following - 1];
      if (preceding && preceding.span.end > end) enclosing = preceding;
      else {
        this.place(comment, enclosing, preceding, below[following]);
        return;
      }
    }
  }

  private place(
    comment: Comment,
    enclosing: Node | Module,
    preceding?: Node,
    following?: Node,
  ): void {
    const isAlone = isAloneBefore(this.text, comment.span.start);
    // Between an attribute and its declaration a comment stays: what follows may be a part far behind.
    const attribute = isAlone ? attributeIn(enclosing, preceding) : undefined;
    if (attribute) this.of(attribute).tail.push(comment);
    else if (following && (isAlone || !preceding || this.opensBefore(comment))) {
      if (preceding && this.endsRun(comment, enclosing, preceding, following))
        this.of(preceding).tail.push(comment);
      else this.of(following).leading.push(comment);
    } else if (preceding && !this.isInBody(comment, preceding)) {
      const { trailing, tail } = this.of(preceding);
      (isAlone ? tail : trailing).push(comment);
    } else this.of(enclosing).dangling.push(comment);
  }

  /** True for a comment that follows a line at once and is parted from the next line by a blank one. */
  private endsRun(
    comment: Comment,
    enclosing: Node | Module,
    preceding: Node,
    following: Node,
  ): boolean {
    if (!holders.some((part) => part in enclosing)) return false;
    const before = this.text.slice(preceding.span.end, comment.span.start);
    return (
      !blank.test(before) && blank.test(this.text.slice(comment.span.end, following.span.start))
    );
  }

  /** True if between a node, the last part of a head, and a comment the empty body behind the head begins. */
  private isInBody(comment: Comment, preceding: Node): boolean {
    const between = this.text.slice(preceding.span.end, comment.span.start);
    return between
      .replaceAll(/\/\/[^\n]*/g, "")
      .trimEnd()
      .endsWith("{");
  }

  /** True if the comment stands behind something that what follows belongs to. */
  private opensBefore(comment: Comment): boolean {
    const before = this.text.slice(0, comment.span.start).trimEnd();
    return /[([{=]$/.test(before.slice(-1));
  }

  private of(node: Node | Module): Attached {
    const known = this.attached.get(node);
    if (known) return known;
    const fresh = { leading: [], trailing: [], tail: [], dangling: [] };
    this.attached.set(node, fresh);
    return fresh;
  }

  /** A printed node with the comments above and behind it. */
  with(node: Node, doc: Doc): Doc {
    const attached = this.attached.get(node);
    if (!attached) return doc;
    return [this.leading(node), doc, this.trailing(node)];
  }

  /** The comments above a node, each with its line break; blank lines between them stay. */
  leading(node: Node): Doc {
    return (this.attached.get(node)?.leading ?? []).map((comment) => [
      comment.text,
      hardline,
      this.isBlankBehind(comment) ? hardline : "",
    ]);
  }

  /** The comments behind a node; the line breaks after them. */
  trailing(node: Node): Doc {
    const comments = this.attached.get(node)?.trailing ?? [];
    return comments.map((comment) => [lineSuffix(` ${comment.text}`), breakParent]);
  }

  /** The comments below the last node of a list, each after a line break. */
  tail(node: Node | undefined): Doc {
    const comments = node ? (this.attached.get(node)?.tail ?? []) : [];
    return comments.map((comment) => [
      hardline,
      this.isBlankBefore(comment.span.start) ? hardline : "",
      comment.text,
    ]);
  }

  /** The comments inside a node without parts, separated by line breaks. */
  dangling(node: Node | Module): Doc[] {
    return (this.attached.get(node)?.dangling ?? []).map((comment) => comment.text);
  }

  /** True if any comment stands above this node. */
  hasLeading(node: Node): boolean {
    return (this.attached.get(node)?.leading.length ?? 0) > 0;
  }

  /** True if a blank line precedes a node together with the comments above it. */
  hasBlankBefore(node: Node): boolean {
    const first = this.attached.get(node)?.leading[0];
    return this.isBlankBefore(Math.min(node.span.start, first?.span.start ?? node.span.start));
  }

  /** True if the source has a line break directly behind an offset, comments apart. */
  isBrokenAfter(offset: number): boolean {
    return /^[ \t\r]*(?:\/\/|\n)/.test(this.text.slice(offset, offset + 80));
  }

  /** Offset of the last opening brace before an offset. */
  openerBefore(offset: number): number {
    return this.text.lastIndexOf("{", offset - 1);
  }

  private isBlankBefore(offset: number): boolean {
    let breaks = 0;
    for (let i = offset - 1; i >= 0 && /\s/.test(this.text.charAt(i)); i--) {
      if (this.text.charAt(i) === "\n") breaks++;
    }
    return breaks > 1;
  }

  private isBlankBehind(comment: Comment): boolean {
    return /^[ \t\r]*\n[ \t\r]*\n/.test(this.text.slice(comment.span.end, comment.span.end + 200));
  }
}

/** A part of a node that is one of its attributes. */
const attributeIn = (node: Node | Module, part: Node | undefined): Node | undefined =>
  "attributes" in node && Array.isArray(node.attributes) && node.attributes.includes(part)
    ? part
    : undefined;

/** Index of the first node that starts at or behind an offset. */
function lowerBound(nodes: readonly Node[], offset: number): number {
  let low = 0;
  let high = nodes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((nodes[middle]?.span.start ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
