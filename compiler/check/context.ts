// The state of one evaluation: the graph it emits into, the facts it may use, and where faults go.
import type { ConstDecl, DerivedModelDecl, Expr, FnDecl, Selector } from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import type { CodedStorage } from "../../runtime/format.js";
import {
  limits,
  withMissing,
  withNumbers,
  type Behind,
  type Diagnostic,
} from "../diagnostics/index.js";
import { Graph, TypeProblem } from "../ir/graph.js";
import type { Requirement, Value } from "../ir/op.js";
import type { LeafSpec } from "../ir/program.js";
import { leaf } from "../ops/index.js";
import type { Library, Unit } from "../resolve/modules.js";
import { Effort, Facts, mostOfDeclaration, type Fact, type Verdict } from "../types/constraints.js";
import { show, symsOf, type Dim, type Sym } from "../types/dim.js";
import type { Dtype } from "../types/dtype.js";
import { tensor, type TensorType } from "../types/tensor.js";
import {
  UNKNOWN,
  tensorOf,
  type Callable,
  type GivenArg,
  type Instance,
  type Meaning,
  type Place,
  type Scope,
} from "./meaning.js";
import type { Asserted } from "./asserted.js";
import { traced, type Declared } from "./provenance.js";
import { excessOf } from "./exact.js";
import { reportProblem, reportRequirement } from "./refusals.js";
import { Work } from "./work.js";

/** How a tensor came to be, for messages: the expression that yields it. */
export interface Origin {
  readonly span: Span;
  readonly text: string;
}

/** A size with a name of its own, and the fact that it is one of some. */
export interface ChosenSize {
  readonly size: Dim;
  readonly facts: readonly Fact[];
}

/** The recursive heart of evaluation; files below it reach it through the context. */
export interface Evaluator {
  evaluate(ctx: Context, scope: Scope, expr: Expr): Meaning;
  apply(ctx: Context, callee: Meaning, args: readonly GivenArg[], span: Span, at?: Span): Meaning;
  layersUnder(ctx: Context, root: Instance): readonly Instance[];
}

/** How a parameter is stored, and the selector that says so. */
export interface Stored {
  readonly storage: CodedStorage;
  readonly at: Span;
}

/** What the lowering adds to evaluation; absent while declarations are checked for all sizes. */
export interface Concrete {
  /** Derivative functions need the pullback, which lives above the checker. */
  pullback(output: Value, seed: Value, wrt: readonly Value[]): readonly (Value | null)[];
  /** Whether `training` holds. */
  readonly training: boolean;
  /** Whether what has a kernel of its own is one op; else it is spelled out, for whoever reads formulas. */
  readonly isFused: boolean;
  /** Whether parameters that `quantize` lines store as codes are floats after all. */
  readonly isFloat: boolean;
  /** The sublayer, or the adapter that a derived model puts around it. */
  adapt(instance: Instance, context: Context): Instance;
}

/** Is told what expressions turn out to be and what selectors choose from, for editors. */
export interface Witness {
  /** `depth` counts the calls around the evaluation: what a body means for its declaration lies nearer than what it means for a call. */
  saw(expr: Expr, scope: Scope, meaning: Meaning, depth: number): void;
  /** A selector chooses among the places below a layer. */
  chose(selector: Selector, root: Instance, places: readonly Place[]): void;
}

/** An argument for a parameter that takes logits, as `@logits(name)` before its function says. */
export interface LogitUse {
  readonly callee: string;
  readonly parameter: string;
  readonly value: Value;
  readonly span: Span;
}

/** One evaluation. The graph of a generic check is scratch: only its types matter. */
export class Context {
  readonly library: Library;
  readonly concrete: Concrete | undefined;
  graph = new Graph();
  /** The float type of tensors that do not say theirs. */
  float: Dtype;
  facts: Facts;
  /** Path that the next instantiated layer gets. */
  path: readonly string[] = [];
  /** Declarations being evaluated, outermost first; finds recursion. */
  readonly active: Callable[] = [];
  /** Leaves by role and path, so that a parameter is one value. */
  readonly leaves = new Map<string, Value>();
  /** Present content of states that were written. */
  readonly states = new Map<string, Value>();
  readonly diagnostics: Diagnostic[];
  private readonly origins = new WeakMap<Value, Origin>();
  private readonly mentions = new WeakMap<Value, Origin>();
  private readonly annotations = new WeakMap<Value, Declared>();
  /** Who wants to know what is evaluated; nobody while a package is only checked. */
  witness?: Witness;
  /** Scopes of files, and the one below them all. */
  readonly scopes = new Map<Unit, Scope>();
  baseScope?: Scope;
  readonly constants = new Map<ConstDecl, Meaning | "evaluating">();
  /** Derived models in use: their lines apply to the paths below `prefix`. */
  readonly derivations: {
    readonly prefix: readonly string[];
    readonly decl: DerivedModelDecl;
    readonly unit: Unit;
  }[] = [];
  /**
   * Static dims of the model being checked, with their defaults: they are numbers once it is built, so that what is asked of
   * them is decided then (and now, for the defaults).
   */
  readonly buildTime = new Map<Sym, Dim | undefined>();
  /** In a training run: obligations of this model's own entries become guards of the step instead of faults. */
  guarded?: Instance;
  /** Parameters, by path, that are stored as codes: lowering knows them once the model is put together. */
  stored: ReadonlyMap<string, Stored> = new Map();
  /** What the caller of the program must see to, beside its own clauses. */
  readonly guards: Fact[] = [];
  /** What the static arguments that stand for all values are by default, for messages. */
  readonly defaults = new Map<Sym, Dim>();
  /** The type of the parameter that an initialiser fills. */
  filling?: TensorType | undefined;
  /** Counts elements taken from lists whose elements differ; tells loops over such lists from others. */
  unlikePicks = 0;
  /** Sizes that are one of several, by what chooses between them. */
  readonly chosen = new Map<string, ChosenSize>();
  /** What was given where logits belong. */
  readonly logitUses: LogitUse[] = [];
  /** What a property asserts, where one is tried. */
  asserted?: Asserted;
  /** Whether a program asked for a gradient to be stopped, so that differences do not tell what it is. */
  isCut = false;
  /** Functions whose calls give what nobody knows: their bodies do not fit their signatures. */
  doubted: ReadonlySet<FnDecl> = new Set();
  /** Whether findings are to say which fact is missing, or only where they are. */
  isExplaining = true;
  /** What follows a step may ask for: the gradient of the loss by parameter, absent where none arrives. */
  slopes?: ReadonlyMap<Value, Value>;
  /** Counts uses of the random generator: each place draws its own stream. */
  streams = 0;
  /** Numbers of the rounds of the scans around, outermost first: each round draws its own numbers too. */
  readonly rounds: Value[] = [];
  /** Ends what would not end by itself. */
  readonly work: Work;

  private readonly evaluator: Evaluator;

  constructor(
    evaluator: Evaluator,
    library: Library,
    diagnostics: Diagnostic[],
    concrete?: Concrete,
  ) {
    this.evaluator = evaluator;
    this.library = library;
    this.float = library.float;
    this.diagnostics = diagnostics;
    this.concrete = concrete;
    // A program is lowered whole, which takes more than checking its parts.
    const share = concrete ? 20 : 1;
    this.work = new Work((diagnostic) => this.report(diagnostic), concrete ? 200 : 1);
    this.facts = Facts.sharing(new Effort(share * mostOfDeclaration));
  }

  /** What `expr` means in `scope`. Reports faults and never throws on what the user wrote. */
  evaluate(scope: Scope, expr: Expr): Meaning {
    return this.evaluator.evaluate(this, scope, expr);
  }

  /** Tells what an expression turned out to be. */
  note(scope: Scope, expr: Expr, meaning: Meaning): void {
    this.witness?.saw(expr, scope, meaning, this.active.length);
  }

  /** Calls whatever can be called; `at` is where the callee is written. */
  apply(callee: Meaning, args: readonly GivenArg[], span: Span, at: Span = span): Meaning {
    return this.evaluator.apply(this, callee, args, span, at);
  }

  /** A layer and all below it. */
  layersUnder(root: Instance): readonly Instance[] {
    return this.evaluator.layersUnder(this, root);
  }

  report(diagnostic: Diagnostic): typeof UNKNOWN {
    const found = withNumbers(diagnostic, this.defaults);
    this.diagnostics.push(this.isExplaining ? withMissing(found, this.facts) : found);
    return UNKNOWN;
  }

  /** Reports a finding about tensors, with where the sizes that clash got their values; `behind` is what is known already. */
  reportAbout(
    values: readonly Value[],
    diagnostic: Diagnostic,
    behind: readonly Behind[] = [],
  ): typeof UNKNOWN {
    return this.report(traced(this, values, diagnostic, behind));
  }

  /** Remembers the annotation that gave a tensor its type. */
  declare(value: Value, declared: Declared): void {
    this.annotations.set(value, declared);
  }

  declaredOf(value: Value): Declared | undefined {
    return this.annotations.get(value);
  }

  /** Emits through `build`, refusing what the type rules refuse and what the facts do not prove. */
  emit(span: Span, build: () => Value): Meaning {
    const value = this.emitValue(span, build);
    return value ? tensorOf(value) : UNKNOWN;
  }

  /** As `emit`, for a bare value; undefined after a fault. */
  emitValue(span: Span, build: () => Value): Value | undefined {
    const before = this.graph.at;
    const start = this.graph.pending.length;
    this.graph.at = [span, ...before];
    try {
      const value = build();
      return this.fits(value, span) && this.discharge(start, span) ? value : undefined;
    } catch (fault) {
      if (!(fault instanceof TypeProblem)) throw fault;
      this.report(reportProblem(this, fault, span));
      return undefined;
    } finally {
      this.graph.at = before;
    }
  }

  /** Whether the sizes of a result can be compared exactly; counts the result as work. */
  private fits(value: Value, at: Span): boolean {
    const excess = value.type.shape.map(excessOf).find((what) => what !== undefined);
    if (excess) this.report(limits.numberTooLarge({ at, what: excess }));
    return excess === undefined && this.work.spend(1, at);
  }

  /** Proves what the type rules demanded since `start`; the first that fails is reported. */
  private discharge(start: number, span: Span): boolean {
    for (const { requirement, value } of this.graph.pending.splice(start)) {
      const verdict = this.prove(requirement);
      if (this.accepts(verdict)) continue;
      const { relation, left, right } = requirement;
      if (relation !== "divides" && this.isLeftToCall({ relation, left, right, span })) continue;
      this.reportAbout(value.operands, reportRequirement(this, requirement, value, verdict, span));
      return false;
    }
    return true;
  }

  /** While lowering, what was proved for all sizes stays proved: only a refutation counts. */
  accepts(verdict: Verdict): boolean {
    return verdict.kind === "proved" || (this.concrete !== undefined && verdict.kind === "unknown");
  }

  /**
   * Whether a bound that was proved for axes with elements becomes a guard, since in this program a call may make an axis
   * empty: `f(x[:, 1:])` where `f` takes the last element.
   */
  isLeftToCall(fact: Fact): boolean {
    const { relation, left, right } = fact;
    if (!this.concrete || relation === "==" || relation === "!=") return false;
    if (symsOf(right, symsOf(left)).size === 0) return false;
    this.guard({ ...fact, text: fact.text ?? `${show(left)} ${relation} ${show(right)}` });
    return true;
  }

  /** Whether a bound holds for all sizes, or is left to whoever calls the program. */
  isAtMost(left: Dim, right: Dim): boolean {
    const verdict = this.facts.atMost(left, right);
    return this.accepts(verdict) || this.isLeftToCall({ relation: "<=", left, right });
  }

  /** Leaves a fact to whoever calls the program; from here on it is known. */
  guard(fact: Fact): void {
    this.guards.push(fact);
    this.facts = this.facts.with([fact]);
  }

  prove({ relation, left, right }: Pick<Requirement, "relation" | "left" | "right">): Verdict {
    if (relation === "==") return this.facts.equal(left, right);
    return relation === "<=" ? this.facts.atMost(left, right) : this.facts.divides(left, right);
  }

  /** Whether two shapes are equal for all sizes. */
  sameShape(a: readonly Dim[], b: readonly Dim[]): boolean {
    return a.length === b.length && a.every((d, i) => this.accepts(this.facts.equal(d, b[i] ?? d)));
  }

  /** Runs `body` with more facts. */
  assuming<T>(facts: readonly Fact[], body: () => T): T {
    const before = this.facts;
    this.facts = before.with(facts);
    try {
      return body();
    } finally {
      this.facts = before;
    }
  }

  /** Runs `body` so that layers it instantiates get this path. */
  under<T>(path: readonly string[], body: () => T): T {
    const before = this.path;
    this.path = path;
    try {
      return body();
    } finally {
      this.path = before;
    }
  }

  /** Runs `body` with one more active declaration. */
  within<T>(callable: Callable, body: () => T): T {
    this.active.push(callable);
    try {
      return this.work.called(body);
    } finally {
      this.active.pop();
    }
  }

  /** The leaf of a parameter, state, input or scalar; the same value each time it is asked for. */
  leaf(spec: LeafSpec): Value {
    const key = `${spec.role} ${spec.name}`;
    const known = this.concrete ? this.leaves.get(key) : undefined;
    if (known) return known;
    const value = this.graph.emit(leaf.op, [], spec);
    this.leaves.set(key, value);
    return value;
  }

  /** A tensor of which only the type is known. */
  opaque(dtype: Dtype, shape: readonly Dim[], name = "value"): Value {
    const type = tensor(dtype, shape);
    return this.graph.emit(leaf.op, [], { name, role: "input", ...type });
  }

  remember(value: Value, origin: Origin): void {
    if (!this.origins.has(value)) this.origins.set(value, origin);
    this.mentions.set(value, origin);
  }

  /** Whether an expression yields exactly this value. */
  isWritten(value: Value): boolean {
    return this.origins.has(value);
  }

  /** The expression that gave a value last: at an operation, the operand as it is written there. */
  mentionOf(value: Value): Origin | undefined {
    const known = this.mentions.get(value);
    if (known) return known;
    const [first] = value.operands;
    return first && value.op.lower.kind === "view" ? this.mentionOf(first) : undefined;
  }

  /** The expression a value comes from; broadcasts and reshapes lead to their operand's. */
  originOf(value: Value): Origin | undefined {
    const known = this.origins.get(value);
    if (known) return known;
    const [first] = value.operands;
    return first && value.op.lower.kind === "view" ? this.originOf(first) : undefined;
  }
}
