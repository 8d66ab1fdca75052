// Rules of members and of the lines inside derived models and train declarations.
import type {
  Attribute,
  Documented,
  Expr,
  FieldMember,
  FnDecl,
  InitBlock,
  InitRule,
  Member,
  ModelLine,
  Parameter,
  ParamMember,
  Selector,
  Setting,
  StateMember,
  TrainLine,
  TypeExpr,
  Ident,
} from "../ast.js";
import { EOF } from "chevrotain";
import type { Token } from "../lexer.js";
import { describeToken } from "../problems.js";
import * as t from "../tokens.js";
import { refusal, type Rule } from "./core.js";
import { StatementRules } from "./statements.js";

/** What stands before a declaration, member or line: its first token, its attributes and documentation. */
export interface Prelude {
  readonly first: Token;
  readonly attributes: readonly Attribute[];
  readonly doc: string | undefined;
}

/** A rule for something that attributes and documentation may stand before. */
export type DocumentedRule<Result> = Rule<Result, [Prelude]>;

interface Declared {
  readonly name: Ident;
  readonly type: TypeExpr;
  readonly init?: Expr;
  readonly condition?: Expr;
}

/** Members, lines, and what declarations share with them. */
export abstract class MemberRules extends StatementRules {
  /** The span, attributes and documentation of what has just been read. */
  protected documented(prelude: Prelude): Documented {
    if (this.RECORDING_PHASE) return { span: this.hole().span, attributes: [] };
    const { first, attributes, doc } = prelude;
    return { span: this.from(first), attributes, ...(doc === undefined ? {} : { doc }) };
  }

  readonly prelude: Rule<Prelude> = this.rule("prelude", () => {
    const first = this.next();
    const attributes: Attribute[] = [];
    this.MANY(() => attributes.push(this.SUBRULE(this.attribute)));
    if (!this.RECORDING_PHASE && attributes.length > 0 && this.isAtEnd(first))
      this.refuseAttribute(first);
    const doc = first.doc ?? this.next().doc;
    return { first, attributes, doc };
  });

  private isAtEnd(first: Token): boolean {
    return this.isAt(EOF) || this.next().depth < first.depth;
  }

  /** Refuses attributes that nothing follows. */
  private refuseAttribute(first: Token): never {
    const found = describeToken(this.next());
    const expected = ["a declaration", "a member"];
    this.record({ code: "misplaced-attribute", span: this.from(first), found, expected }, first);
    throw refusal;
  }

  /** `{ lines }` behind a head; a head that ends otherwise is reported, and its lines are still read. */
  protected braces(prelude: Prelude, read: () => void): void {
    if (!this.RECORDING_PHASE && !this.isAt(t.LCurly)) {
      const { depth } = prelude.first;
      this.report(["`{`"], "");
      this.skipHead(depth);
      if (!this.isAt(t.LCurly)) return;
    }
    this.lines(read);
  }

  readonly functionDeclaration: DocumentedRule<FnDecl> = this.ruleWith(
    "functionDeclaration",
    (prelude: Prelude) => {
      this.CONSUME(t.Fn);
      const name = this.nameOrNothing("functionDeclaration");
      const params = this.SUBRULE(this.parameters);
      const result = this.OPTION(() => {
        this.CONSUME(t.Arrow);
        return this.SUBRULE(this.type);
      });
      const where = this.OPTION2(() => this.SUBRULE(this.where)) ?? [];
      const body = this.functionBody(prelude, result !== undefined);
      return {
        kind: "fn",
        ...this.documented(prelude),
        name,
        params,
        ...(result ? { result } : {}),
        where,
        body,
      };
    },
  );

  private functionBody(prelude: Prelude, hasResult: boolean): Expr {
    if (!this.RECORDING_PHASE && !this.isAt(t.Equals) && !this.isAt(t.LCurly)) {
      this.report([...(hasResult ? [] : ["`->`"]), "`where`", "`=`", "`{`"], "");
      this.skipHead(prelude.first.depth);
      if (!this.isAt(t.Equals) && !this.isAt(t.LCurly)) return this.hole();
    }
    return this.OR<Expr>([{ ALT: () => this.assigned() }, { ALT: () => this.SUBRULE(this.block) }]);
  }

  /** Statics and facts, as every declaration with members has them. */
  protected statics(): { statics: readonly Parameter[] } {
    return { statics: this.OPTION(() => this.SUBRULE(this.parameters)) ?? [] };
  }

  protected facts(): { where: readonly Expr[] } {
    return { where: this.OPTION2(() => this.SUBRULE(this.where)) ?? [] };
  }

  readonly members: DocumentedRule<Member[]> = this.ruleWith("members", (prelude: Prelude) => {
    const members: Member[] = [];
    this.braces(prelude, () => members.push(this.SUBRULE(this.member)));
    return members;
  });

  // ----------------------------------------------------------------- members

  readonly member: Rule<Member> = this.rule("member", () => {
    const prelude = this.SUBRULE(this.prelude);
    const ARGS: [Prelude] = [prelude];
    return this.OR<Member>({
      DEF: [
        { ALT: () => this.SUBRULE(this.paramMember, { ARGS }) },
        { ALT: () => this.SUBRULE(this.stateMember, { ARGS }) },
        { ALT: () => this.SUBRULE(this.functionDeclaration, { ARGS }) },
        { ALT: () => this.SUBRULE(this.initBlock, { ARGS }) },
        { ALT: () => this.SUBRULE(this.fieldMember, { ARGS }) },
      ],
      ...this.expecting("a member"),
    });
  });

  readonly paramMember: DocumentedRule<ParamMember> = this.ruleWith(
    "paramMember",
    (prelude: Prelude) => {
      this.CONSUME(t.Param);
      const declared = this.SUBRULE(this.declared);
      return { kind: "param", ...this.documented(prelude), ...declared };
    },
  );

  readonly stateMember: DocumentedRule<StateMember> = this.ruleWith(
    "stateMember",
    (prelude: Prelude) => {
      this.CONSUME(t.State);
      const declared = this.SUBRULE(this.declared);
      return { kind: "state", ...this.documented(prelude), ...declared };
    },
  );

  readonly declared: Rule<Declared> = this.rule("declared", () => {
    const name = this.SUBRULE(this.name);
    const { depth } = this.CONSUME(t.Colon) as Token;
    const type = this.guard<TypeExpr>(
      () => this.SUBRULE(this.type),
      () => {
        this.skipHead(depth);
        return { kind: "tensor-type", span: this.hole().span, dims: [this.hole()] };
      },
    );
    const init = this.OPTION(() => this.assigned());
    const condition = this.condition();
    return { name, type, ...(init ? { init } : {}), ...condition };
  });

  /** `if cond` behind a member. */
  private condition(): { readonly condition?: Expr } {
    const condition = this.OPTION2(() => {
      const { depth } = this.CONSUME(t.If) as Token;
      return this.value(depth, 8);
    });
    return condition ? { condition } : {};
  }

  readonly fieldMember: DocumentedRule<FieldMember> = this.ruleWith(
    "fieldMember",
    (prelude: Prelude) => {
      const name = this.SUBRULE(this.name);
      const value = this.assigned();
      const condition = this.condition();
      return { kind: "field", ...this.documented(prelude), name, value, ...condition };
    },
  );

  readonly initBlock: DocumentedRule<InitBlock> = this.ruleWith("initBlock", (prelude: Prelude) => {
    this.CONSUME(t.Init);
    const rules: InitRule[] = [];
    this.lines(() => rules.push(this.SUBRULE(this.initRule)));
    return { kind: "init", ...this.documented(prelude), rules };
  });

  readonly initRule: Rule<InitRule> = this.rule("initRule", () => {
    const first = this.next();
    const selector = this.SUBRULE(this.selector);
    const value = this.assigned();
    return { span: this.from(first), selector, value };
  });

  // ------------------------------------------------------------------- lines

  readonly selectors: Rule<Selector[]> = this.rule("selectors", () => {
    const selectors: Selector[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => selectors.push(this.SUBRULE(this.selector)),
      ...this.expecting("a selector"),
    });
    return selectors;
  });

  readonly modelLine: Rule<ModelLine> = this.rule("modelLine", () => {
    const prelude = this.SUBRULE(this.prelude);
    return this.OR<ModelLine>({
      DEF: [
        { ALT: () => this.SUBRULE(this.initBlock, { ARGS: [prelude] }) },
        { ALT: () => this.SUBRULE(this.adaptLine, { ARGS: [prelude] }) },
        { ALT: () => this.SUBRULE(this.quantizeLine, { ARGS: [prelude] }) },
        { ALT: () => this.SUBRULE(this.freezeLine, { ARGS: [prelude] }) },
        { ALT: () => this.SUBRULE(this.setLine, { ARGS: [prelude] }) },
      ],
      ...this.expecting("`adapt`", "`quantize`", "`freeze`", "`set`", "`init`"),
    });
  });

  readonly adaptLine: DocumentedRule<ModelLine> = this.ruleWith("adaptLine", (prelude: Prelude) => {
    this.CONSUME(t.Adapt);
    const selectors = this.SUBRULE(this.selectors);
    const { depth } = this.CONSUME(t.By) as Token;
    const by = this.value(depth);
    return { kind: "adapt", ...this.documented(prelude), selectors, by };
  });

  readonly quantizeLine: DocumentedRule<ModelLine> = this.ruleWith(
    "quantizeLine",
    (prelude: Prelude) => {
      this.CONSUME(t.Quantize);
      const selectors = this.SUBRULE(this.selectors);
      const { depth } = this.CONSUME(t.As) as Token;
      const format = this.value(depth);
      return { kind: "quantize", ...this.documented(prelude), selectors, format };
    },
  );

  readonly freezeLine: DocumentedRule<ModelLine> = this.ruleWith(
    "freezeLine",
    (prelude: Prelude) => {
      this.CONSUME(t.Freeze);
      const selectors = this.SUBRULE(this.selectors);
      return { kind: "freeze", ...this.documented(prelude), selectors };
    },
  );

  readonly setLine: DocumentedRule<ModelLine> = this.ruleWith("setLine", (prelude: Prelude) => {
    this.CONSUME(t.SetWord);
    const name = this.SUBRULE(this.name);
    const value = this.assigned();
    return { kind: "set", ...this.documented(prelude), name, value };
  });

  readonly trainLine: Rule<TrainLine> = this.rule("trainLine", () => {
    const prelude = this.SUBRULE(this.prelude);
    return this.OR<TrainLine>({
      DEF: [
        { ALT: () => this.SUBRULE(this.metricsLine, { ARGS: [prelude] }) },
        { ALT: () => this.SUBRULE(this.groupLine, { ARGS: [prelude] }) },
        { ALT: () => ({ ...this.SUBRULE(this.letStatement), ...this.documented(prelude) }) },
        { ALT: () => this.SUBRULE(this.settingLine, { ARGS: [prelude] }) },
      ],
      ...this.expecting("a setting", "`group`", "`metrics`", "`let`"),
    });
  });

  readonly settingLine: DocumentedRule<TrainLine> = this.ruleWith(
    "settingLine",
    (prelude: Prelude) => {
      const { name, value } = this.SUBRULE(this.setting);
      return { kind: "setting", ...this.documented(prelude), name, value };
    },
  );

  readonly metricsLine: DocumentedRule<TrainLine> = this.ruleWith(
    "metricsLine",
    (prelude: Prelude) => {
      this.CONSUME(t.Metrics);
      const settings = this.SUBRULE(this.settings);
      return { kind: "metrics", ...this.documented(prelude), settings };
    },
  );

  readonly groupLine: DocumentedRule<TrainLine> = this.ruleWith("groupLine", (prelude: Prelude) => {
    this.CONSUME(t.Group);
    const selectors = this.SUBRULE(this.selectors);
    const settings = this.SUBRULE(this.settings);
    return { kind: "group", ...this.documented(prelude), selectors, settings };
  });

  readonly settings: Rule<Setting[]> = this.rule("settings", () => {
    const settings: Setting[] = [];
    this.lines(() => settings.push(this.SUBRULE(this.setting)));
    return settings;
  });

  readonly setting: Rule<Setting> = this.rule("setting", () => {
    const first = this.next();
    const name = this.SUBRULE(this.name);
    const value = this.assigned();
    return { span: this.from(first), name, value };
  });
}
