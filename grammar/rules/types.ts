// Rules of types, names in lists, selectors, axis patterns and attributes.
import type { TokenType } from "chevrotain";
import type {
  Arg,
  Attribute,
  AttributeArg,
  DimItem,
  Expr,
  Ident,
  Pattern,
  PatternAxis,
  Selector,
  SelectorStep,
  TensorTypeExpr,
  TypeExpr,
} from "../ast.js";
import { spanAt, type Token } from "../lexer.js";
import * as t from "../tokens.js";
import { CoreRules, type Rule } from "./core.js";

const kinds = ["dim", "float", "bool", "dtype", "fn", "layer"] as const;

const nameTypes: ReadonlySet<TokenType> = new Set([t.Identifier, t.NameBeforeEquals]);

type TupleField = Extract<TypeExpr, { kind: "tuple-type" }>["fields"][number];

/** Everything but expressions, statements and declarations. */
export abstract class TypeRules extends CoreRules {
  declare readonly expression: Rule<Expr>;

  // ------------------------------------------------------------------- names

  readonly name: Rule<Ident> = this.rule("name", () => this.ident(this.CONSUME(t.Name) as Token));

  /** A name where one must stand; the empty name where none does, so that the rest can still be read. */
  protected nameOrNothing(rule: string): Ident {
    const { tokenType, startsLine } = this.next();
    if (this.RECORDING_PHASE || (nameTypes.has(tokenType) && !startsLine))
      return this.SUBRULE(this.name);
    this.report(["a name"], rule);
    const { span } = this.hole();
    return { span, name: "" };
  }

  readonly roundNames: Rule<Ident[]> = this.rule("roundNames", () => {
    const names: Ident[] = [];
    this.brackets(t.LParenAny, t.RParen, "names", () => names.push(this.SUBRULE(this.name)));
    return names;
  });

  // --------------------------------------------------------------- arguments

  readonly argument: Rule<Arg> = this.rule("argument", () => {
    const first = this.next();
    const name = this.OPTION(() => {
      const token = this.CONSUME(t.NameBeforeEquals) as Token;
      this.CONSUME(t.Equals);
      return this.ident(token);
    });
    const value = this.SUBRULE(this.expression);
    return { span: this.from(first), ...(name ? { name } : {}), value };
  });

  readonly args: Rule<Arg[]> = this.rule("call", () => {
    const args: Arg[] = [];
    const recover = (): void => {
      const value = this.hole();
      args.push({ span: value.span, value });
    };
    this.brackets(
      t.LParen,
      t.RParen,
      "call",
      () => args.push(this.SUBRULE(this.argument)),
      recover,
    );
    return args;
  });

  // ------------------------------------------------------------------- types

  readonly pack: Rule<DimItem> = this.rule("pack", () => {
    const dots = this.CONSUME(t.Ellipsis) as Token;
    const name = this.OPTION(() => this.ident(this.CONSUME(t.Name) as Token));
    return { kind: "pack", span: this.from(dots), ...(name ? { name } : {}) };
  });

  readonly dimension: Rule<DimItem> = this.rule("dimension", () =>
    this.OR({
      DEF: [{ ALT: () => this.SUBRULE(this.pack) }, { ALT: () => this.SUBRULE(this.expression) }],
      ...this.expecting("a dimension"),
    }),
  );

  readonly dimensions: Rule<DimItem[]> = this.rule("dimensions", () => {
    const dims: DimItem[] = [];
    const recover = (): void => void dims.push(this.hole());
    this.brackets(
      t.LSquareAny,
      t.RSquare,
      "dimensions",
      () => dims.push(this.SUBRULE(this.dimension)),
      recover,
    );
    return dims;
  });

  readonly tensorType: Rule<TensorTypeExpr> = this.rule("tensorType", () => {
    const first = this.next();
    const dims = this.SUBRULE(this.dimensions);
    return { kind: "tensor-type", span: this.from(first), dims };
  });

  /** A tensor type that names its dtype, as an expression may hold one. */
  readonly dtypeTensor: Rule<TensorTypeExpr> = this.rule("dtypeTensor", () => {
    const token = this.CONSUME(t.DtypeName) as Token;
    const dims = this.SUBRULE(this.dimensions);
    return { kind: "tensor-type", span: this.from(token), dtype: this.ident(token), dims };
  });

  readonly type: Rule<TypeExpr> = this.rule("type", () =>
    this.OR<TypeExpr>({
      DEF: [
        { ALT: () => this.SUBRULE(this.tensorType) },
        { ALT: () => this.SUBRULE(this.dtypeTensor) },
        { ALT: () => this.SUBRULE(this.likeType) },
        { ALT: () => this.SUBRULE(this.tupleType) },
        { ALT: () => this.SUBRULE(this.namedType) },
      ],
      ...this.expecting("a type"),
    }),
  );

  readonly likeType: Rule<TypeExpr> = this.rule("likeType", () => {
    const first = this.CONSUME(t.Like) as Token;
    const of = this.SUBRULE(this.name);
    return { kind: "like", span: this.from(first), of };
  });

  /** A kind, or a layer with or without arguments. */
  readonly namedType: Rule<TypeExpr> = this.rule("namedType", () => {
    const token = this.CONSUME(t.Name) as Token;
    const args = this.OPTION(() => this.SUBRULE(this.args));
    const kind = kinds.find((known) => known === token.image);
    if (kind && !args) return { kind: "kind", span: this.spanOf(token), name: kind };
    const name = this.ident(token);
    return { kind: "layer-type", span: this.from(token), name, ...(args ? { args } : {}) };
  });

  readonly tupleType: Rule<TypeExpr> = this.rule("tupleType", () => {
    const fields: TupleField[] = [];
    const first = this.next();
    this.brackets(t.LParenAny, t.RParen, "type", () => fields.push(this.SUBRULE(this.tupleField)));
    return { kind: "tuple-type", span: this.from(first), fields };
  });

  /** `out: [B]` or `[B]`; what looks like a layer type becomes a name when a colon follows. */
  readonly tupleField: Rule<TupleField> = this.rule("tupleField", () => {
    const type = this.SUBRULE(this.type);
    const named = this.OPTION(() => {
      this.CONSUME(t.Colon);
      return this.SUBRULE2(this.type);
    });
    if (!named) return { type };
    if (type.kind === "layer-type" && !type.args) return { name: type.name, type: named };
    if (type.kind === "kind") return { name: { span: type.span, name: type.name }, type: named };
    return { type: named };
  });

  // --------------------------------------------------------------- selectors

  readonly selector: Rule<Selector> = this.rule("selector", () => {
    const first = this.next();
    const steps = [this.SUBRULE(this.selectorStep)];
    this.MANY(() => {
      this.CONSUME(t.Dot);
      steps.push(this.SUBRULE2(this.selectorStep));
    });
    const type = this.OPTION(() => {
      this.CONSUME(t.Colon);
      return this.SUBRULE(this.name);
    });
    return { span: this.from(first), steps: steps.flat(), ...(type ? { type } : {}) };
  });

  /** One step; `0.1` in `h.0.1` is one number to the lexer and two steps of a path. */
  readonly selectorStep: Rule<SelectorStep[]> = this.rule("selectorStep", () => {
    const token = this.next();
    const span = this.spanOf(token);
    return this.OR<SelectorStep[]>({
      DEF: [
        { ALT: () => [{ kind: "name", span, name: this.CONSUME(t.Name).image }] },
        { ALT: () => this.numbers(this.CONSUME(t.NumberLiteral) as Token) },
        { ALT: () => (this.CONSUME(t.PowerAny), [{ kind: "any", span }]) },
        { ALT: () => (this.CONSUME(t.StarAny), [{ kind: "one", span }]) },
        {
          ALT: () => {
            const names = this.SUBRULE(this.stepNames);
            return [{ kind: "alternatives", span: this.from(token), names }];
          },
        },
      ],
      ...this.expecting("a name", "`*`", "`**`", "`{`"),
    });
  });

  /** What one step may be: members by their names, elements of lists by their numbers. */
  readonly stepNames: Rule<Ident[]> = this.rule("stepNames", () => {
    const names: Ident[] = [];
    this.brackets(t.LCurly, t.RCurly, "names", () => {
      this.OR({
        DEF: [
          { ALT: () => names.push(this.SUBRULE(this.name)) },
          { ALT: () => names.push(this.ident(this.CONSUME(t.NumberLiteral) as Token)) },
        ],
        ...this.expecting("a name"),
      });
    });
    return names;
  });

  private numbers(token: Token): SelectorStep[] {
    let start = token.startOffset;
    return token.image.split(".").map((name) => {
      const span = spanAt(this.file, start, start + name.length);
      start += name.length + 1;
      return { kind: "name", span, name };
    });
  }

  // ---------------------------------------------------------------- patterns

  readonly pattern: Rule<Pattern> = this.rule("pattern", () => {
    const opener = this.next();
    const inputs: PatternAxis[][] = [];
    const output: PatternAxis[] = [];
    const read = (): void => {
      this.AT_LEAST_ONE_SEP({
        SEP: t.Comma,
        DEF: () => {
          const axes: PatternAxis[] = [];
          inputs.push(axes);
          this.MANY(() => axes.push(this.SUBRULE(this.patternAxis)));
        },
      });
      this.CONSUME(t.Arrow);
      this.MANY2(() => output.push(this.SUBRULE2(this.patternAxis)));
    };
    this.bracketed(t.PatternSquare, t.RSquare, "pattern", read);
    return { kind: "pattern", span: this.from(opener), inputs, output };
  });

  readonly patternAxis: Rule<PatternAxis> = this.rule("patternAxis", () => {
    const token = this.next();
    const span = this.spanOf(token);
    return this.OR<PatternAxis>([
      { ALT: () => ({ kind: "axis", span, name: this.CONSUME(t.Name).image }) },
      { ALT: () => ({ kind: "unit", span, size: numberOf(this.CONSUME(t.NumberLiteral).image) }) },
      { ALT: () => (this.CONSUME(t.Ellipsis), { kind: "rest", span }) },
      { ALT: () => this.SUBRULE(this.patternGroup) },
    ]);
  });

  readonly patternGroup: Rule<PatternAxis> = this.rule("patternGroup", () => {
    const opener = this.next();
    const axes: PatternAxis[] = [];
    this.bracketed(t.LParenAny, t.RParen, "pattern", () => {
      this.MANY(() => axes.push(this.SUBRULE(this.patternAxis)));
    });
    return { kind: "group", span: this.from(opener), axes };
  });

  // -------------------------------------------------------------- attributes

  readonly attribute: Rule<Attribute> = this.rule("attribute", () => {
    const first = this.CONSUME(t.AttributeAt) as Token;
    const name = this.SUBRULE(this.name);
    const args: AttributeArg[] = [];
    this.OPTION(() =>
      this.brackets(t.LParenAny, t.RParen, "attribute", () =>
        args.push(this.SUBRULE(this.attributeArg)),
      ),
    );
    return { span: this.from(first), name, args };
  });

  readonly attributeArg: Rule<AttributeArg> = this.rule("attributeArg", () => {
    const first = this.next();
    const kind = this.OR<AttributeArg["kind"]>({
      DEF: [
        { ALT: () => (this.CONSUME(t.StringLiteral), "string") },
        { ALT: () => (this.SUBRULE(this.attributeNumber), "number") },
        { ALT: () => (this.SUBRULE(this.attributeWord), "word") },
      ],
      ...this.expecting("a name", "a string", "a number"),
    });
    const span = this.from(first);
    const raw = this.RECORDING_PHASE ? "" : this.file.text.slice(span.start, span.end);
    return { kind, span, text: kind === "string" ? unquote(raw) : raw };
  });

  readonly attributeNumber: Rule<void> = this.rule("attributeNumber", () => {
    this.OPTION(() => this.CONSUME(t.Minus));
    this.CONSUME(t.NumberLiteral);
  });

  /** A word with hyphens, such as the code of a diagnostic. */
  readonly attributeWord: Rule<void> = this.rule("attributeWord", () => {
    this.CONSUME(t.Name);
    this.MANY(() => {
      this.CONSUME(t.Minus);
      this.CONSUME2(t.Name);
    });
  });
}

/** The value of a number as it is written; 0 for what is no number, which the lexer has reported. */
export function numberOf(image: string): number {
  const value = Number(image.replaceAll("_", ""));
  return Number.isFinite(value) ? value : 0;
}

/** The text between the quotes of a string, whether or not the second quote is there. */
export const unquote = (image: string): string =>
  image.slice(1, image.length > 1 && image.endsWith('"') ? -1 : undefined);
