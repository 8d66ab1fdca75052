// The syntax tree of `.dl`: one discriminated union per syntactic class, every node with its span.
import type { Span, SourceFile } from "./source.js";
import type { SyntaxProblem } from "./syntax-problem.js";

export type { SyntaxProblem } from "./syntax-problem.js";

/** What every node has. */
export interface Node {
  readonly span: Span;
}

/** A written name. A name that recovery had to invent is the empty string. */
export interface Ident extends Node {
  readonly name: string;
}

/** `// text` or `/// text`, kept aside for the printer. */
export interface Comment extends Node {
  readonly doc: boolean;
  readonly text: string;
}

/** One file: declarations in source order, and its comments as trivia. */
export interface Module {
  readonly file: SourceFile;
  readonly items: readonly Item[];
  readonly comments: readonly Comment[];
}

// ---------------------------------------------------------------- declarations

/** What may stand at the top level of a file. */
export type Item =
  | ImportDecl
  | ConstDecl
  | FnDecl
  | LayerDecl
  | DerivedModelDecl
  | AdapterDecl
  | OptimizerDecl
  | TrainDecl
  | PropertyDecl;

/** What declarations and members share: attributes and the doc comment above them. */
export interface Documented extends Node {
  readonly attributes: readonly Attribute[];
  /** Lines of the `///` comment, joined by newlines. */
  readonly doc?: string;
}

/** `@allow(unused-parameter)`, `@vjp(f)`, `@onnx("Softmax")`. Codes may contain hyphens. */
export interface Attribute extends Node {
  readonly name: Ident;
  readonly args: readonly AttributeArg[];
}
export interface AttributeArg extends Node {
  readonly kind: "word" | "string" | "number";
  readonly text: string;
}

/** `import { A, B as C } from "std/nn"`. */
export interface ImportDecl extends Documented {
  readonly kind: "import";
  readonly names: readonly { readonly name: Ident; readonly alias?: Ident }[];
  readonly from: StringLiteral;
}
export interface StringLiteral extends Node {
  readonly value: string;
}

/** `const name = expr`. */
export interface ConstDecl extends Documented {
  readonly kind: "const";
  readonly name: Ident;
  readonly value: Expr;
}

/** A parameter of a function, layer, model, adapter, optimizer or train: static or tensor by its annotation. */
export interface Parameter extends Node {
  readonly name: Ident;
  readonly annotation?: TypeExpr;
  readonly value?: Expr;
}

/** `fn name(params) -> result where facts = body` or `{ body }`; also a member of a layer. */
export interface FnDecl extends Documented {
  readonly kind: "fn";
  readonly name: Ident;
  readonly params: readonly Parameter[];
  readonly result?: TypeExpr;
  readonly where: readonly Expr[];
  readonly body: Expr;
}

/** `layer` or `model`. */
export interface LayerDecl extends Documented {
  readonly kind: "layer";
  readonly keyword: "layer" | "model";
  readonly name: Ident;
  readonly statics: readonly Parameter[];
  readonly where: readonly Expr[];
  readonly members: readonly Member[];
}

/** `model A = B with { … }`. */
export interface DerivedModelDecl extends Documented {
  readonly kind: "derived-model";
  readonly name: Ident;
  readonly base: Ident;
  readonly lines: readonly ModelLine[];
}

/** `adapter name(statics) on Linear(In, Out) { … }`. */
export interface AdapterDecl extends Documented {
  readonly kind: "adapter";
  readonly name: Ident;
  readonly statics: readonly Parameter[];
  readonly on: { readonly layer: Ident; readonly params: readonly Ident[] };
  readonly where: readonly Expr[];
  readonly members: readonly Member[];
}

/** `optimizer name(statics) { … }`. */
export interface OptimizerDecl extends Documented {
  readonly kind: "optimizer";
  readonly name: Ident;
  readonly statics: readonly Parameter[];
  readonly where: readonly Expr[];
  readonly members: readonly Member[];
}

/** `train Name(net: Model, inputs…) { … }`. */
export interface TrainDecl extends Documented {
  readonly kind: "train";
  readonly name: Ident;
  readonly params: readonly Parameter[];
  readonly where: readonly Expr[];
  readonly lines: readonly TrainLine[];
}

/** `property "text" (variables) { lets; assert … }`. */
export interface PropertyDecl extends Documented {
  readonly kind: "property";
  readonly title: StringLiteral;
  readonly variables: readonly PropertyVariable[];
  readonly where: readonly Expr[];
  readonly body: Block;
}
export interface PropertyVariable extends Node {
  readonly name: Ident;
  /** `T in 2..32`, or a tensor type or layer as in `x: [B, T, 64]`, `net: Block(64, 4)`. */
  readonly domain:
    | { readonly kind: "in"; readonly values: Expr }
    | { readonly kind: "is"; readonly type: TypeExpr };
}

// --------------------------------------------------------------------- members

/** What may stand inside a layer, model, adapter or optimizer. */
export type Member = ParamMember | StateMember | FieldMember | FnDecl | InitBlock;

/** `param weight: [Out, In] = he_uniform() if cond`. */
export interface ParamMember extends Documented {
  readonly kind: "param";
  readonly name: Ident;
  readonly type: TypeExpr;
  readonly init?: Expr;
  readonly condition?: Expr;
}

/** `state running_mean: [C] = zeros`. */
export interface StateMember extends Documented {
  readonly kind: "state";
  readonly name: Ident;
  readonly type: TypeExpr;
  readonly init?: Expr;
  readonly condition?: Expr;
}

/** `name = Layer(args)`, `name = [Layer(args) for i in a..b]`, a static value; optionally `if cond`. */
export interface FieldMember extends Documented {
  readonly kind: "field";
  readonly name: Ident;
  readonly value: Expr;
  readonly condition?: Expr;
}

/** `init { selector = initialiser … }`. */
export interface InitBlock extends Documented {
  readonly kind: "init";
  readonly rules: readonly InitRule[];
}
export interface InitRule extends Node {
  readonly selector: Selector;
  readonly value: Expr;
}

/** One line of `model A = B with { … }`. */
export type ModelLine =
  | InitBlock
  | (Documented & {
      readonly kind: "adapt";
      readonly selectors: readonly Selector[];
      readonly by: Expr;
    })
  | (Documented & {
      readonly kind: "quantize";
      readonly selectors: readonly Selector[];
      readonly format: Expr;
    })
  | (Documented & { readonly kind: "freeze"; readonly selectors: readonly Selector[] })
  | (Documented & { readonly kind: "set"; readonly name: Ident; readonly value: Expr });

/** One line of a `train` declaration. */
export type TrainLine =
  | (Documented & { readonly kind: "setting"; readonly name: Ident; readonly value: Expr })
  | (Documented & { readonly kind: "metrics"; readonly settings: readonly Setting[] })
  | (Documented & {
      readonly kind: "group";
      readonly selectors: readonly Selector[];
      readonly settings: readonly Setting[];
    })
  | LetStatement;
export interface Setting extends Node {
  readonly name: Ident;
  readonly value: Expr;
}

/** `h.*.attn.{q, v}`, `**.weight: Linear`. */
export interface Selector extends Node {
  readonly steps: readonly SelectorStep[];
  readonly type?: Ident;
}
export type SelectorStep =
  | (Node & { readonly kind: "name"; readonly name: string })
  | (Node & { readonly kind: "one" })
  | (Node & { readonly kind: "any" })
  | (Node & { readonly kind: "alternatives"; readonly names: readonly Ident[] });

/** What may stand after a colon or an arrow. */
export type TypeExpr =
  | TensorTypeExpr
  | (Node & {
      readonly kind: "kind";
      readonly name: "dim" | "float" | "bool" | "dtype" | "fn" | "layer";
    })
  /** `like param`: the shape and dtype of another tensor in scope. */
  | (Node & { readonly kind: "like"; readonly of: Ident })
  /** `Gpt`, `Block(64, 4)`. */
  | (Node & { readonly kind: "layer-type"; readonly name: Ident; readonly args?: readonly Arg[] })
  /** `(out: [..], weights: [..])`. */
  | (Node & {
      readonly kind: "tuple-type";
      readonly fields: readonly { readonly name?: Ident; readonly type: TypeExpr }[];
    });

/** `[B, T, 3 * D]`, `i32[..., D]`; without a dtype name the default float type. */
export interface TensorTypeExpr extends Node {
  readonly kind: "tensor-type";
  readonly dtype?: Ident;
  readonly dims: readonly DimItem[];
}
/** One entry of a tensor type: a dimension expression or a pack (`...`, `...S`). */
export type DimItem = Expr | (Node & { readonly kind: "pack"; readonly name?: Ident });

// ----------------------------------------------------------------- expressions

/** Operators by their spelling. */
// prettier-ignore
export type BinaryOperator =
  | "+" | "-" | "*" | "/" | "%" | "**" | "@"
  | "==" | "!=" | "<" | "<=" | ">" | ">="
  | "and" | "or";

/** What yields a value. `error` stands where recovery skipped something. */
export type Expr =
  | (Node & {
      readonly kind: "number";
      readonly value: number;
      readonly isInteger: boolean;
      readonly text: string;
    })
  | (Node & { readonly kind: "bool"; readonly value: boolean })
  | (Node & { readonly kind: "name"; readonly name: string })
  | (Node & { readonly kind: "member"; readonly object: Expr; readonly name: Ident })
  | Call
  | (Node & { readonly kind: "index"; readonly object: Expr; readonly items: readonly IndexItem[] })
  | (Node & { readonly kind: "unary"; readonly operator: "-" | "not"; readonly operand: Expr })
  | (Node & {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly operatorSpan: Span;
      readonly left: Expr;
      readonly right: Expr;
    })
  /** `left |> right`, where right is a callable or a call that takes `left` as its first argument. */
  | (Node & { readonly kind: "pipe"; readonly left: Expr; readonly right: Expr })
  | If
  | Block
  | (Node & { readonly kind: "lambda"; readonly params: readonly Ident[]; readonly body: Expr })
  | (Node & { readonly kind: "tuple"; readonly items: readonly Expr[] })
  | (Node & { readonly kind: "list"; readonly items: readonly Expr[] })
  | (Node & {
      readonly kind: "comprehension";
      readonly body: Expr;
      readonly variable: Ident;
      readonly iterable: Expr;
    })
  | (Node & { readonly kind: "range"; readonly start: Expr; readonly end: Expr })
  | Pattern
  /** A tensor type written where a value is expected: `zeros(f16[B, T])`, `zeros([...S, D])`. A plain `[B, T]` is a list. */
  | (Node & { readonly kind: "type"; readonly type: TypeExpr })
  | (Node & { readonly kind: "string"; readonly value: string })
  /** Parentheses are kept only where the author wrote them around an expression; meaningless to everyone but the printer. */
  | (Node & { readonly kind: "paren"; readonly inner: Expr })
  | (Node & { readonly kind: "error" });

/** `f(a, b, key = c)`. */
export interface Call extends Node {
  readonly kind: "call";
  readonly callee: Expr;
  readonly args: readonly Arg[];
}
export interface Arg extends Node {
  readonly name?: Ident;
  readonly value: Expr;
}

/** `x[0]`, `x[:, a:b:s]`, `x[..., -1]`. */
export type IndexItem =
  | (Node & { readonly kind: "at"; readonly value: Expr })
  | (Node & {
      readonly kind: "slice";
      readonly start?: Expr;
      readonly stop?: Expr;
      readonly step?: Expr;
    })
  | (Node & { readonly kind: "rest" });

/** `if c { a } else { b }`; without `else` only as a statement. */
export interface If extends Node {
  readonly kind: "if";
  readonly condition: Expr;
  readonly then: Block;
  readonly otherwise?: Block | If;
}

/** `{ statements; value }`. */
export interface Block extends Node {
  readonly kind: "block";
  readonly statements: readonly Statement[];
  /** The last expression; absent when the block ends in a statement. */
  readonly value?: Expr;
}

/** `[b t (H k) -> b H t k]`; several inputs for einsum; one input and no output never parses. */
export interface Pattern extends Node {
  readonly kind: "pattern";
  readonly inputs: readonly (readonly PatternAxis[])[];
  readonly output: readonly PatternAxis[];
}
export type PatternAxis =
  | (Node & { readonly kind: "axis"; readonly name: string })
  | (Node & { readonly kind: "unit"; readonly size: number })
  | (Node & { readonly kind: "group"; readonly axes: readonly PatternAxis[] })
  | (Node & { readonly kind: "rest" });

/** What may stand in a block before its value. */
export type Statement =
  | LetStatement
  | (Documented & { readonly kind: "assign"; readonly name: Ident; readonly value: Expr })
  /** `running_mean <- expr`, `cache[:, :, pos : pos + T] <- k`. */
  | (Documented & { readonly kind: "write"; readonly target: Expr; readonly value: Expr })
  | (Documented & {
      readonly kind: "for";
      readonly variable: Ident;
      readonly iterable: Expr;
      readonly body: Block;
    })
  | (Documented & { readonly kind: "assert"; readonly condition: Expr })
  | (Documented & { readonly kind: "expression"; readonly value: Expr });

/** `let x = e`, `let (o, w) = f(x)`, `var x = e`. */
export interface LetStatement extends Documented {
  readonly kind: "let" | "var";
  readonly names: readonly Ident[];
  /** True for the form in parentheses, even with one name. */
  readonly isTuple: boolean;
  readonly annotation?: TypeExpr;
  readonly value: Expr;
}

/** What the parser returns: always a tree, however broken the text. */
export interface Parsed {
  readonly module: Module;
  readonly problems: readonly SyntaxProblem[];
}
