// Comments and blank lines: which comment stands with which part of the tree, and how it is printed there.
import type { Doc } from "prettier";
import { builders } from "prettier/doc";
import type { Comment, Module, Node } from "../ast.js";
import { isAloneBefore } from "../lexer.js";
import { children } from "../walk.js";

const { breakParent, hardline, lineSuffix, lineSuffixBoundary } = builders;

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

/**
 * Where a printed tree has room for comments. A first print without comments finds it, so that no comment
 * is given to a node that does not print it.
 */
interface Room {
  /** Nodes that print what stands above and behind them. */
  readonly around: Set<Node>;
  /** Nodes that begin a line where their surroundings do not fit on one. */
  readonly starts: Set<Node>;
  /** Nodes that print what stands below them. */
  readonly below: Set<Node>;
  /** Nodes without parts that print what stands inside them. */
  readonly inside: Set<Node | Module>;
}

/** Parts of the tree whose lines stand one below the other. */
const holders: readonly string[] = ["items", "members", "statements", "lines", "rules"];

const blank = /\n[ \t\r]*\n/;

/** Knows the comments of a file and prints them with the nodes they stand with. */
export class Comments {
  private readonly text: string;
  private readonly attached = new Map<Node | Module, Attached>();
  private readonly room: Room = {
    around: new Set(),
    starts: new Set(),
    below: new Set(),
    inside: new Set(),
  };
  /** The comment placed last, and whether it stands behind something that opens. */
  private last: { readonly end: number; readonly opens: boolean } = { end: -1, opens: false };

  private constructor(module: Module) {
    this.text = module.file.text;
  }

  /** Prints a file with its comments, each with a part of the tree that has room for it. */
  static print(module: Module, print: (comments: Comments) => Doc): Doc {
    const comments = new Comments(module);
    const bare = print(comments);
    if (module.comments.length === 0) return bare;
    const known = new Map<Node | Module, readonly Node[]>();
    for (const comment of module.comments) comments.attach(comment, module, known);
    return print(comments);
  }

  private attach(comment: Comment, root: Module, known: Map<Node | Module, readonly Node[]>): void {
    let enclosing: Node | Module = root;
    for (;;) {
      const below: readonly Node[] = known.get(enclosing) ?? this.anchors(enclosing);
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

  /** The nodes below a node that comments may stand with, in the order of the text. */
  private anchors(node: Node | Module): readonly Node[] {
    const found: Node[] = [];
    const waiting = [...children(node)].reverse();
    for (let child = waiting.pop(); child; child = waiting.pop()) {
      if (this.room.around.has(child)) found.push(child);
      else waiting.push(...[...children(child)].reverse());
    }
    return found;
  }

  /** Gives a comment to the part beside it that has room for it. */
  private place(
    comment: Comment,
    enclosing: Node | Module,
    preceding?: Node,
    following?: Node,
  ): void {
    const isAlone = isAloneBefore(this.text, comment.span.start);
    const opens = this.opensBefore(comment);
    this.last = { end: comment.span.end, opens };
    // Between an attribute and its declaration a comment stays: what follows may be a part far behind.
    const attribute = isAlone ? this.attributeAbove(comment, enclosing, preceding) : undefined;
    if (attribute) this.of(attribute).tail.push(comment);
    else if (following && (!preceding || opens || (isAlone && this.room.starts.has(following)))) {
      if (preceding && this.endsRun(comment, enclosing, preceding, following))
        this.of(preceding).tail.push(comment);
      else this.of(following).leading.push(comment);
    } else this.placeBehind(comment, isAlone, enclosing, preceding);
  }

  /** Gives a comment to what precedes it, or to a node that holds nothing else. */
  private placeBehind(
    comment: Comment,
    isAlone: boolean,
    enclosing: Node | Module,
    beside: Node | undefined,
  ): void {
    const { below, inside } = this.room;
    if (inside.has(enclosing) && (!beside || this.isInBody(comment, beside)))
      this.of(enclosing).dangling.push(comment);
    else if (beside && isAlone && below.has(beside)) this.of(beside).tail.push(comment);
    else this.of(beside ?? enclosing).trailing.push(comment);
  }

  /** True for a comment that follows a line at once and is parted from the next line by a blank one. */
  private endsRun(
    comment: Comment,
    enclosing: Node | Module,
    preceding: Node,
    following: Node,
  ): boolean {
    if (!holders.some((part) => part in enclosing) || !this.room.below.has(preceding)) return false;
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
    return before.length === this.last.end ? this.last.opens : /[([{=]$/.test(before.slice(-1));
  }

  /** The attribute that a comment stands behind, with nothing but other comments between them. */
  private attributeAbove(
    comment: Comment,
    holder: Node | Module,
    part: Node | undefined,
  ): Node | undefined {
    const isAttribute =
      part &&
      "attributes" in holder &&
      Array.isArray(holder.attributes) &&
      holder.attributes.includes(part);
    if (!isAttribute) return undefined;
    const between = this.text.slice(part.span.end, comment.span.start);
    return between.replaceAll(/\/\/[^\n]*/g, "").trim() === "" ? part : undefined;
  }

  private of(node: Node | Module): Attached {
    const known = this.attached.get(node);
    if (known) return known;
    const fresh = { leading: [], trailing: [], tail: [], dangling: [] };
    this.attached.set(node, fresh);
    return fresh;
  }

  /** A printed node with the comments above and behind it; `before` is a word that belongs to the node's line. */
  with(node: Node, doc: Doc, before: Doc = ""): Doc {
    this.room.around.add(node);
    // Where a comment waits for the end of its line, a second one gets a line of its own.
    const apart = this.attached.get(node)?.trailing.length ? lineSuffixBoundary : "";
    return [this.leading(node), apart, before, doc, this.trailing(node)];
  }

  /** Says that a node begins a line where what it stands in is broken. */
  startsLine(node: Node): void {
    this.room.starts.add(node);
  }

  /** The comments above a node, each with its line break; blank lines between them stay. */
  private leading(node: Node): Doc {
    return (this.attached.get(node)?.leading ?? []).map((comment) => [
      lineSuffixBoundary,
      comment.text,
      hardline,
      this.isBlankBehind(comment) ? hardline : "",
    ]);
  }

  /** The comments behind a node; the line breaks after them. */
  private trailing(node: Node): Doc {
    const comments = this.attached.get(node)?.trailing ?? [];
    return comments.map((comment) => [
      lineSuffixBoundary,
      lineSuffix(` ${comment.text}`),
      breakParent,
    ]);
  }

  /** The comments below a line or the last node of a list, each after a line break. */
  tail(node: Node | undefined): Doc {
    if (!node) return "";
    this.room.below.add(node);
    return (this.attached.get(node)?.tail ?? []).map((comment) => [
      hardline,
      this.isBlankBefore(comment.span.start) ? hardline : "",
      comment.text,
    ]);
  }

  /** The comments inside a node without parts, to be separated by line breaks. */
  dangling(node: Node | Module): Doc[] {
    this.room.inside.add(node);
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
