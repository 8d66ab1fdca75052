// Rules of expressions.
import type { IToken, OrMethodOpts } from "chevrotain";
import type { Block, DimItem, Expr, Ident, If, IndexItem } from "../ast.js";
import { Operators } from "../build.js";
import type { Token } from "../lexer.js";
import * as t from "../tokens.js";
import { elseWords, type Rule } from "./core.js";
import { numberOf, TypeRules, unquote } from "./types.js";

type Comprehension = Extract<Expr, { kind: "comprehension" }>;

/** Expressions; blocks are added below. */
export abstract class ExpressionRules extends TypeRules {
  declare readonly block: Rule<Block>;

  /** How deep in brackets the `where` stands that is being read: there a brace begins the body. */
  protected whereDepth: number | undefined;
  /** First token of the statement being read: an `if` there may lack its `else`. */
  protected statementStart: Token | undefined;

  /** Operands with prefix operators, joined by operators; `Operators` knows which bind tighter. */
  override readonly expression: Rule<Expr> = this.rule("expression", () => {
    const nesting = this.nesting;
    let chain: Operators | undefined;
    const prefix = (token: Token): void => {
      chain ??= this.operators();
      chain.prefix(token);
      this.nesting = nesting + chain.depth - 1;
      this.descend(token);
    };
    this.MANY(() => prefix(this.CONSUME(t.PrefixOperator) as Token));
    let operand = this.SUBRULE(this.postfix);
    this.MANY2(() => {
      const token = this.CONSUME(t.InfixOperator) as Token;
      chain ??= this.operators();
      chain.operand(operand);
      chain.infix(token);
      this.nesting = nesting + chain.depth - 1;
      this.descend(token);
      this.MANY3(() => prefix(this.CONSUME2(t.PrefixOperator) as Token));
      operand = this.SUBRULE2(this.postfix);
    });
    this.nesting = nesting;
    if (!chain || this.RECORDING_PHASE) return operand;
    chain.operand(operand);
    return chain.finish();
  });

  private operators(): Operators {
    return new Operators(this.file, (problem, token) => {
      this.record(problem, token);
    });
  }

  readonly postfix: Rule<Expr> = this.rule("postfix", () => {
    const first = this.next();
    let object = this.SUBRULE(this.primary);
    this.MANY(() => {
      object = this.OR<Expr>([
        {
          ALT: () => {
            const args = this.SUBRULE(this.args);
            return { kind: "call", span: this.from(first), callee: object, args };
          },
        },
        {
          ALT: () => {
            const items = this.SUBRULE(this.indexItems);
            return { kind: "index", span: this.from(first), object, items };
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Dot);
            const name = this.nameOrNothing("member");
            return { kind: "member", span: this.from(first), object, name };
          },
        },
      ]);
    });
    return object;
  });

  readonly primary: Rule<Expr> = this.rule("primary", () =>
    this.OR<Expr>((this.primaries ??= this.listPrimaries())),
  );

  /** Made once: making a function for each alternative at every use would take much of the parser's time. */
  private primaries: OrMethodOpts<Expr> | undefined;

  private listPrimaries(): OrMethodOpts<Expr> {
    const bool = (token: IToken, value: boolean): Expr => ({
      kind: "bool",
      span: this.spanOf(token as Token),
      value,
    });
    return {
      DEF: [
        { ALT: () => this.nameExpression(this.CONSUME(t.OperandName) as Token) },
        { ALT: () => this.numberExpression(this.CONSUME(t.NumberLiteral) as Token) },
        { ALT: () => this.SUBRULE(this.paren) },
        { ALT: () => this.SUBRULE(this.list) },
        { ALT: () => this.SUBRULE(this.lambda) },
        { ALT: () => this.SUBRULE(this.ifExpression) },
        { GATE: () => this.next().depth !== this.whereDepth, ALT: () => this.SUBRULE(this.block) },
        { ALT: () => this.SUBRULE(this.pattern) },
        { ALT: () => this.dtypeExpression() },
        { ALT: () => this.likeExpression() },
        { ALT: () => bool(this.CONSUME(t.True), true) },
        { ALT: () => bool(this.CONSUME(t.False), false) },
        { ALT: () => this.stringExpression(this.CONSUME(t.StringLiteral) as Token) },
        { ALT: () => ({ kind: "error", span: this.spanOf(this.CONSUME(t.Hole) as Token) }) },
      ],
      ...this.expecting("an expression"),
    };
  }

  private nameExpression(token: Token): Expr {
    return { kind: "name", span: this.spanOf(token), name: token.image };
  }

  private numberExpression(token: Token): Expr {
    const text = token.image;
    const isInteger = !/[.eE]/.test(text);
    return { kind: "number", span: this.spanOf(token), value: numberOf(text), isInteger, text };
  }

  private stringExpression(token: Token): Expr {
    return { kind: "string", span: this.spanOf(token), value: unquote(token.image) };
  }

  private dtypeExpression(): Expr {
    const first = this.next();
    const type = this.SUBRULE(this.dtypeTensor);
    return { kind: "type", span: this.from(first), type };
  }

  private likeExpression(): Expr {
    const first = this.next();
    const type = this.SUBRULE(this.likeType);
    return { kind: "type", span: this.from(first), type };
  }

  /** `(a)`, `(a, b)`. */
  readonly paren: Rule<Expr> = this.rule("paren", () => {
    const first = this.next();
    const items: Expr[] = [];
    const broken: Expr[] = [];
    const read = (): void => void items.push(this.SUBRULE(this.expression));
    this.brackets(t.LParenAny, t.RParen, "paren", read, () => broken.push(this.hole()));
    const span = this.from(first);
    if (broken.length > 0) return { kind: "error", span };
    const isTuple = items.length !== 1 || this.LA(-1).tokenType === t.Comma;
    const [inner] = items;
    if (isTuple || !inner) return { kind: "tuple", span, items };
    return { kind: "paren", span, inner };
  });

  /** `[a, b]`, `[Block(D) for i in 0..L]`, and `[...S, D]`, which is a type. */
  readonly list: Rule<Expr> = this.rule("list", () => {
    const first = this.next();
    const items: DimItem[] = [];
    const loops: Omit<Comprehension, "span" | "body" | "kind">[] = [];
    const read = (): void => {
      this.OR({
        DEF: [
          { ALT: () => void items.push(this.SUBRULE(this.pack)) },
          {
            ALT: () => {
              items.push(this.SUBRULE(this.expression));
              this.OPTION(() =>
                loops.push(this.SUBRULE(this.loop, { ARGS: [items.length === 1] })),
              );
            },
          },
        ],
        ...this.expecting("an expression"),
      });
    };
    this.brackets(t.LSquareAny, t.RSquare, "list", read, () => void items.push(this.hole()));
    const span = this.from(first);
    const [loop] = loops;
    const [body] = items;
    if (loop && body && body.kind !== "pack") return { kind: "comprehension", span, body, ...loop };
    const values = items.filter((item): item is Expr => item.kind !== "pack");
    if (values.length === items.length) return { kind: "list", span, items: values };
    return { kind: "type", span, type: { kind: "tensor-type", span, dims: items } };
  });

  /** The second half of a comprehension, which allows nothing beside it. */
  readonly loop: Rule<{ variable: Ident; iterable: Expr }, [boolean]> = this.ruleWith(
    "loop",
    (isAlone: boolean) => {
      if (!this.RECORDING_PHASE && !isAlone) this.refuse(["`,`", "`]`"], "list");
      this.CONSUME(t.For);
      const variable = this.SUBRULE(this.name);
      this.CONSUME(t.In);
      const iterable = this.SUBRULE(this.iterable);
      if (!this.RECORDING_PHASE && !this.isAt(t.RSquare)) this.refuse(["`]`"], "list");
      return { variable, iterable };
    },
  );

  /** `0..L`, or anything that yields a list. */
  readonly iterable: Rule<Expr> = this.rule("iterable", () => {
    const first = this.next();
    const start = this.SUBRULE(this.expression);
    const end = this.OPTION(() => {
      this.CONSUME(t.DotDot);
      return this.SUBRULE2(this.expression);
    });
    return end ? { kind: "range", span: this.from(first), start, end } : start;
  });

  readonly indexItems: Rule<IndexItem[]> = this.rule("index", () => {
    const items: IndexItem[] = [];
    const recover = (): void => {
      const value = this.hole();
      items.push({ kind: "at", span: value.span, value });
    };
    this.brackets(
      t.LSquare,
      t.RSquare,
      "index",
      () => items.push(this.SUBRULE(this.indexItem)),
      recover,
    );
    return items;
  });

  readonly indexItem: Rule<IndexItem> = this.rule("indexItem", () => {
    const first = this.next();
    return this.OR<IndexItem>({
      DEF: [
        { ALT: () => (this.CONSUME(t.Ellipsis), { kind: "rest", span: this.spanOf(first) }) },
        { ALT: () => ({ kind: "slice", ...this.SUBRULE(this.slice), span: this.from(first) }) },
        {
          ALT: () => {
            const value = this.SUBRULE(this.expression);
            const slice = this.OPTION(() => this.SUBRULE2(this.slice));
            const span = this.from(first);
            return slice
              ? { kind: "slice", span, start: value, ...slice }
              : { kind: "at", span, value };
          },
        },
      ],
      ...this.expecting("an expression", "`:`", "`...`"),
    });
  });

  /** `:`, `: stop`, `: stop : step`. */
  readonly slice: Rule<{ stop?: Expr; step?: Expr }> = this.rule("slice", () => {
    this.CONSUME(t.Colon);
    const stop = this.OPTION(() => this.SUBRULE(this.expression));
    const step = this.OPTION2(() => {
      this.CONSUME2(t.Colon);
      return this.OPTION3(() => this.SUBRULE2(this.expression));
    });
    return { ...(stop ? { stop } : {}), ...(step ? { step } : {}) };
  });

  /** `x => expr`, `(x, w) => expr`. */
  readonly lambda: Rule<Expr> = this.rule("lambda", () => {
    const first = this.next();
    const nesting = this.nesting;
    const params: Ident[] = [];
    this.OR([
      { ALT: () => params.push(this.ident(this.CONSUME(t.NameBeforeArrow) as Token)) },
      {
        ALT: () => {
          this.brackets(t.LambdaParen, t.RParen, "lambda", () =>
            params.push(this.SUBRULE(this.name)),
          );
        },
      },
    ]);
    this.descend(this.CONSUME(t.FatArrow) as Token);
    const body = this.SUBRULE(this.expression);
    this.nesting = nesting;
    return { kind: "lambda", span: this.from(first), params, body };
  });

  /** `if c { a } else if d { b } else { e }`; read in a loop, so that long chains need no stack. */
  readonly ifExpression: Rule<If> = this.rule("ifExpression", () => {
    const isStatement = this.next() === this.statementStart;
    const starts: Token[] = [this.CONSUME(t.If) as Token];
    const conditions = [this.SUBRULE(this.expression)];
    const blocks = [this.SUBRULE(this.block)];
    const nesting = this.nesting;
    this.MANY(() => {
      this.CONSUME(t.ElseBeforeIf);
      const start = this.CONSUME2(t.If) as Token;
      this.descend(start);
      starts.push(start);
      conditions.push(this.SUBRULE2(this.expression));
      blocks.push(this.SUBRULE2(this.block));
    });
    this.nesting = nesting;
    const last = this.OPTION(() => {
      this.CONSUME(t.Else);
      return this.SUBRULE3(this.block);
    });
    if (!this.RECORDING_PHASE && !last) {
      if (this.isAt(t.Identifier) && elseWords.has(this.next().image))
        this.refuse(["`else if`"], "");
      if (!isStatement) this.refuseHalf(this.last());
    }
    return this.ACTION(() => this.ifChain(starts, conditions, blocks, last));
  });

  private refuseHalf(end: Token): void {
    const found = "the end of an `if` that stands for a value";
    const problem = {
      code: "unexpected-token",
      span: this.spanOf(end),
      found,
      expected: ["`else`"],
    } as const;
    this.record({ ...problem, during: "an `if`" }, end);
  }

  private ifChain(
    starts: readonly Token[],
    conditions: readonly Expr[],
    blocks: readonly Block[],
    last?: Block,
  ): If {
    let otherwise: Block | If | undefined = last;
    let result: If | undefined;
    for (let i = starts.length - 1; i >= 0; i--) {
      const [start, condition, then] = [starts[i], conditions[i], blocks[i]];
      if (!start || !condition || !then) continue;
      const span = this.from(start);
      result = { kind: "if", span, condition, then, ...(otherwise ? { otherwise } : {}) };
      otherwise = result;
    }
    return result ?? this.emptyIf();
  }

  /** Never reached: a chain has at least one link. */
  private emptyIf(): If {
    const condition = this.hole();
    return {
      kind: "if",
      span: condition.span,
      condition,
      then: { kind: "block", span: condition.span, statements: [] },
    };
  }
}
