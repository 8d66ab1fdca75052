// Rules of declarations.
import type {
  ConstDecl,
  DerivedModelDecl,
  Ident,
  ImportDecl,
  Item,
  ModelLine,
  PropertyDecl,
  PropertyVariable,
  TrainLine,
} from "../ast.js";
import type { Token } from "../lexer.js";
import * as t from "../tokens.js";
import type { Rule } from "./core.js";
import { MemberRules, type DocumentedRule, type Prelude } from "./members.js";
import { unquote } from "./types.js";

type ImportName = ImportDecl["names"][number];

/** Declarations; the leaf class is the parser. */
export abstract class DeclarationRules extends MemberRules {
  // ------------------------------------------------------------ declarations

  readonly item: Rule<Item> = this.rule("item", () => {
    const prelude = this.SUBRULE(this.prelude);
    const ARGS: [Prelude] = [prelude];
    return this.OR<Item>({
      DEF: [
        { ALT: () => this.SUBRULE(this.importDeclaration, { ARGS }) },
        { ALT: () => this.SUBRULE(this.constDeclaration, { ARGS }) },
        { ALT: () => this.SUBRULE(this.functionDeclaration, { ARGS }) },
        { ALT: () => this.SUBRULE(this.layerDeclaration, { ARGS }) },
        { ALT: () => this.SUBRULE(this.modelDeclaration, { ARGS }) },
        { ALT: () => this.SUBRULE(this.adapterDeclaration, { ARGS }) },
        { ALT: () => this.SUBRULE(this.optimizerDeclaration, { ARGS }) },
        { ALT: () => this.SUBRULE(this.trainDeclaration, { ARGS }) },
        { ALT: () => this.SUBRULE(this.propertyDeclaration, { ARGS }) },
      ],
      ...this.expecting("a declaration"),
    });
  });

  readonly importDeclaration: DocumentedRule<ImportDecl> = this.ruleWith(
    "importDeclaration",
    (prelude: Prelude) => {
      this.CONSUME(t.Import);
      const names: ImportName[] = [];
      this.brackets(t.LCurly, t.RCurly, "importDeclaration", () =>
        names.push(this.SUBRULE(this.importName)),
      );
      this.CONSUME(t.From);
      const token = this.CONSUME(t.StringLiteral) as Token;
      const from = { span: this.spanOf(token), value: unquote(token.image) };
      return { kind: "import", ...this.documented(prelude), names, from };
    },
  );

  readonly importName: Rule<ImportName> = this.rule("importName", () => {
    const name = this.SUBRULE(this.name);
    const alias = this.OPTION(() => {
      this.CONSUME(t.As);
      return this.SUBRULE2(this.name);
    });
    return alias ? { name, alias } : { name };
  });

  readonly constDeclaration: DocumentedRule<ConstDecl> = this.ruleWith(
    "constDeclaration",
    (prelude: Prelude) => {
      this.CONSUME(t.Const);
      const name = this.SUBRULE(this.name);
      const value = this.assigned();
      return { kind: "const", ...this.documented(prelude), name, value };
    },
  );

  readonly layerDeclaration: DocumentedRule<Item> = this.ruleWith(
    "layerDeclaration",
    (prelude: Prelude) => {
      this.CONSUME(t.Layer);
      const name = this.nameOrNothing("layerDeclaration");
      const head = { name, ...this.statics(), ...this.facts() };
      const members = this.SUBRULE(this.members, { ARGS: [prelude] });
      return { kind: "layer", keyword: "layer", ...this.documented(prelude), ...head, members };
    },
  );

  readonly modelDeclaration: DocumentedRule<Item> = this.ruleWith(
    "modelDeclaration",
    (prelude: Prelude) => {
      this.CONSUME(t.Model);
      const name = this.nameOrNothing("modelDeclaration");
      return this.OR<Item>({
        DEF: [
          { ALT: () => this.SUBRULE(this.derivedModel, { ARGS: [{ prelude, name }] }) },
          {
            ALT: () => {
              const head = { name, ...this.statics(), ...this.facts() };
              const members = this.SUBRULE(this.members, { ARGS: [prelude] });
              return {
                kind: "layer",
                keyword: "model",
                ...this.documented(prelude),
                ...head,
                members,
              };
            },
          },
        ],
        ...this.expecting("`(`", "`where`", "`{`", "`=`"),
      });
    },
  );

  readonly derivedModel: Rule<DerivedModelDecl, [{ prelude: Prelude; name: Ident }]> =
    this.ruleWith("derivedModel", ({ prelude, name }: { prelude: Prelude; name: Ident }) => {
      this.CONSUME(t.Equals);
      const base = this.SUBRULE(this.name);
      if (this.RECORDING_PHASE || this.isAt(t.With)) this.CONSUME(t.With);
      else this.missWith(prelude);
      const lines: ModelLine[] = [];
      this.braces(prelude, () => lines.push(this.SUBRULE(this.modelLine)));
      return { kind: "derived-model", ...this.documented(prelude), name, base, lines };
    });

  private missWith(prelude: Prelude): void {
    // Without a brace behind it the word was taken for a name; the brace is what lacks.
    if (this.next().image === "with") {
      this.skip();
      return;
    }
    this.report(["`with`"], "modelDeclaration");
    this.skipHead(prelude.first.depth);
  }

  readonly adapterDeclaration: DocumentedRule<Item> = this.ruleWith(
    "adapterDeclaration",
    (prelude: Prelude) => {
      this.CONSUME(t.Adapter);
      const name = this.nameOrNothing("adapterDeclaration");
      const statics = this.statics();
      this.CONSUME(t.On);
      const layer = this.SUBRULE2(this.name);
      const params = this.OPTION3(() => this.SUBRULE(this.roundNames)) ?? [];
      const head = { name, ...statics, on: { layer, params }, ...this.facts() };
      const members = this.SUBRULE(this.members, { ARGS: [prelude] });
      return { kind: "adapter", ...this.documented(prelude), ...head, members };
    },
  );

  readonly optimizerDeclaration: DocumentedRule<Item> = this.ruleWith(
    "optimizerDeclaration",
    (prelude: Prelude) => {
      this.CONSUME(t.Optimizer);
      const name = this.nameOrNothing("optimizerDeclaration");
      const head = { name, ...this.statics(), ...this.facts() };
      const members = this.SUBRULE(this.members, { ARGS: [prelude] });
      return { kind: "optimizer", ...this.documented(prelude), ...head, members };
    },
  );

  readonly trainDeclaration: DocumentedRule<Item> = this.ruleWith(
    "trainDeclaration",
    (prelude: Prelude) => {
      this.CONSUME(t.Train);
      const name = this.nameOrNothing("trainDeclaration");
      const params = this.OPTION(() => this.SUBRULE(this.parameters)) ?? [];
      const facts = this.facts();
      const lines: TrainLine[] = [];
      this.braces(prelude, () => lines.push(this.SUBRULE(this.trainLine)));
      return { kind: "train", ...this.documented(prelude), name, params, ...facts, lines };
    },
  );

  readonly propertyDeclaration: DocumentedRule<PropertyDecl> = this.ruleWith(
    "propertyDeclaration",
    (prelude: Prelude) => {
      this.CONSUME(t.Property);
      const token = this.CONSUME(t.StringLiteral) as Token;
      const title = { span: this.spanOf(token), value: unquote(token.image) };
      const variables = this.OPTION(() => this.SUBRULE(this.propertyVariables)) ?? [];
      const facts = this.facts();
      const body = this.SUBRULE(this.block);
      return { kind: "property", ...this.documented(prelude), title, variables, ...facts, body };
    },
  );

  readonly propertyVariables: Rule<PropertyVariable[]> = this.rule("propertyVariables", () => {
    const variables: PropertyVariable[] = [];
    this.brackets(t.LParenAny, t.RParen, "propertyVariable", () =>
      variables.push(this.SUBRULE(this.propertyVariable)),
    );
    return variables;
  });

  readonly propertyVariable: Rule<PropertyVariable> = this.rule("propertyVariable", () => {
    const first = this.next();
    const name = this.SUBRULE(this.name);
    const domain = this.OR<PropertyVariable["domain"]>({
      DEF: [
        { ALT: () => (this.CONSUME(t.In), { kind: "in", values: this.SUBRULE(this.iterable) }) },
        { ALT: () => (this.CONSUME(t.Colon), { kind: "is", type: this.SUBRULE(this.type) }) },
      ],
      ...this.expecting("`in`", "`:`"),
    });
    return { span: this.from(first), name, domain };
  });
}
