// Rules of blocks and statements.
import type { Block, Expr, LetStatement, Parameter, Statement } from "../ast.js";
import type { Token } from "../lexer.js";
import type { Span } from "../source.js";
import * as t from "../tokens.js";
import type { Rule } from "./core.js";
import { ExpressionRules } from "./expressions.js";

const isWithin = (inner: Span, outer: Span): boolean =>
  outer.start <= inner.start && inner.end <= outer.end;

/** Blocks, statements, and the parts that declarations share. */
export abstract class StatementRules extends ExpressionRules {
  override readonly block: Rule<Block> = this.rule("block", () => {
    const first = this.next();
    const statements: Statement[] = [];
    this.lines(() => statements.push(this.SUBRULE(this.statement)));
    return this.ACTION(() => {
      const span = this.from(first);
      const last = statements.at(-1);
      // A broken block may have lost its value; nothing is to be said about that.
      const isBroken = this.problems.some((p) => isWithin(p.span, span));
      if (isBroken && last?.kind !== "expression")
        return { kind: "block", span, statements, value: this.hole() };
      if (last?.kind !== "expression" || (last.value.kind === "if" && !last.value.otherwise)) {
        return { kind: "block", span, statements };
      }
      return { kind: "block", span, statements: statements.slice(0, -1), value: last.value };
    });
  });

  readonly statement: Rule<Statement> = this.rule("statement", () => {
    this.statementStart = this.next();
    return this.OR<Statement>({
      DEF: [
        { ALT: () => this.SUBRULE(this.letStatement) },
        { ALT: () => this.SUBRULE(this.forStatement) },
        { ALT: () => this.SUBRULE(this.assertStatement) },
        { ALT: () => this.SUBRULE(this.assignStatement) },
        { ALT: () => this.SUBRULE(this.expressionStatement) },
      ],
      IGNORE_AMBIGUITIES: true,
      ...this.expecting("a statement"),
    });
  });

  readonly letStatement: Rule<LetStatement> = this.rule("letStatement", () => {
    const first = this.next();
    const kind = this.OR<"let" | "var">([
      { ALT: () => (this.CONSUME(t.Let), "let") },
      { ALT: () => (this.CONSUME(t.Var), "var") },
    ]);
    let isTuple = false;
    const names = this.OR2({
      DEF: [
        { ALT: () => [this.SUBRULE(this.name)] },
        { ALT: () => ((isTuple = true), this.SUBRULE(this.roundNames)) },
      ],
      ...this.expecting("a name"),
    });
    const annotation = this.OPTION(() => {
      this.CONSUME(t.Colon);
      return this.SUBRULE(this.type);
    });
    const value = this.assigned();
    const about = { ...this.about(first), span: this.from(first) };
    return { kind, ...about, names, isTuple, ...(annotation ? { annotation } : {}), value };
  });

  readonly forStatement: Rule<Statement> = this.rule("forStatement", () => {
    const first = this.CONSUME(t.For) as Token;
    const variable = this.SUBRULE(this.name);
    this.CONSUME(t.In);
    const iterable = this.SUBRULE(this.iterable);
    const body = this.SUBRULE(this.block);
    return { kind: "for", ...this.about(first), span: this.from(first), variable, iterable, body };
  });

  readonly assertStatement: Rule<Statement> = this.rule("assertStatement", () => {
    const first = this.CONSUME(t.Assert) as Token;
    const condition = this.value(first.depth);
    return { kind: "assert", ...this.about(first), span: this.from(first), condition };
  });

  readonly assignStatement: Rule<Statement> = this.rule("assignStatement", () => {
    const first = this.CONSUME(t.AssignedName) as Token;
    const value = this.assigned();
    return {
      kind: "assign",
      ...this.about(first),
      span: this.from(first),
      name: this.ident(first),
      value,
    };
  });

  readonly expressionStatement: Rule<Statement> = this.rule("expressionStatement", () => {
    const first = this.next();
    const target = this.SUBRULE(this.expression);
    const value = this.OPTION(() => {
      this.CONSUME(t.Write);
      return this.value(first.depth);
    });
    const about = { ...this.about(first), span: this.from(first) };
    return value
      ? { kind: "write", ...about, target, value }
      : { kind: "expression", ...about, value: target };
  });

  /** What every statement carries besides its own parts. */
  private about(first: Token): { attributes: []; doc?: string } {
    return first.doc === undefined ? { attributes: [] } : { attributes: [], doc: first.doc };
  }

  // ------------------------------------------------------------ shared parts

  /** `= expression`, to the end of the line if it is broken. */
  protected assigned(): Expr {
    const { depth } = this.CONSUME(t.Equals) as Token;
    return this.value(depth);
  }

  /** An expression; if it is broken, the rest of its line is left out and the line itself survives. */
  protected value(depth: number, occurrence = 9): Expr {
    return this.guard(
      () => this.subrule(occurrence, this.expression),
      () => {
        const hole = this.hole();
        this.skipLine(depth);
        return hole;
      },
    );
  }

  readonly parameter: Rule<Parameter> = this.rule("parameter", () => {
    const first = this.next();
    const name = this.SUBRULE(this.name);
    const annotation = this.OPTION(() => {
      this.CONSUME(t.Colon);
      return this.SUBRULE(this.type);
    });
    const value = this.OPTION2(() => {
      this.CONSUME(t.Equals);
      return this.SUBRULE(this.expression);
    });
    return {
      span: this.from(first),
      name,
      ...(annotation ? { annotation } : {}),
      ...(value ? { value } : {}),
    };
  });

  readonly parameters: Rule<Parameter[]> = this.rule("parameters", () => {
    const params: Parameter[] = [];
    this.brackets(t.LParenAny, t.RParen, "parameters", () =>
      params.push(this.SUBRULE(this.parameter)),
    );
    return params;
  });

  /** `where a, b`; a comma at the end is allowed. */
  readonly where: Rule<Expr[]> = this.rule("where", () => {
    const facts: Expr[] = [];
    const { depth } = this.CONSUME(t.Where) as Token;
    this.whereDepth = depth;
    this.guard(
      () => {
        facts.push(this.SUBRULE(this.expression));
        this.MANY(() => {
          this.CONSUME(t.Comma);
          this.OPTION(() => facts.push(this.SUBRULE2(this.expression)));
        });
      },
      () => {
        facts.push(this.hole());
        this.skipHead(depth);
      },
    );
    this.whereDepth = undefined;
    return facts;
  });
}
