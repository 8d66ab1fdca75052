// What a walk over one declaration knows, and the names that it finds.
import type { Ident, Item, Node } from "../../../grammar/ast.js";
import type { Library, Unit } from "../../resolve/modules.js";
import type { Evaluated } from "../evaluated.js";
import { Env } from "./env.js";
import { target, topLevel, type Occurrence, type Target, type TargetKind } from "./target.js";

/** What a walk over one declaration knows and finds. */
export class Binding {
  readonly library: Library;
  readonly unit: Unit;
  readonly item: Item;
  readonly evaluated: Evaluated | undefined;
  readonly found: Occurrence[] = [];
  /** The names visible where some name was written. */
  readonly envs = new Map<Node, Env>();

  constructor(library: Library, unit: Unit, item: Item, evaluation: Evaluated | undefined) {
    this.library = library;
    this.unit = unit;
    this.item = item;
    this.evaluated = evaluation;
  }

  /** A name that stands for something known. */
  use(ident: Ident, to: Target | undefined, isWrite = false): void {
    const { name, span } = ident;
    if (to && name !== "")
      this.found.push({
        span,
        name,
        target: to,
        isDeclaration: false,
        ...(isWrite ? { isWrite } : {}),
      });
  }

  /** A name that is declared here. */
  declare(env: Env | undefined, kind: TargetKind, ident: Ident, node: Node): Target {
    const made = target(kind, ident, { unit: this.unit, item: this.item, node });
    this.introduce(made);
    env?.bind(made);
    return made;
  }

  introduce(made: Target): void {
    if (made.span && made.name !== "")
      this.found.push({ span: made.span, name: made.name, target: made, isDeclaration: true });
  }

  /** Remembers what is visible at a node. */
  mark(node: Node, env: Env): void {
    this.envs.set(node, env);
  }

  module(): Env {
    return new Env(undefined, (name) => topLevel(this.library, this.unit, name));
  }
}
