// Declarations, members and lines as Prettier documents.
import type { Doc } from "prettier";
import { builders } from "prettier/doc";
import type {
  Attribute,
  Documented,
  Expr,
  FnDecl,
  ImportDecl,
  InitBlock,
  Item,
  Member,
  ModelLine,
  Module,
  Node,
  Parameter,
  PropertyVariable,
  Selector,
  SelectorStep,
  Setting,
  TrainLine,
} from "../ast.js";
import { Comments } from "./comments.js";
import {
  printBlock,
  printExpr,
  printHead,
  printNames,
  printStatement,
  printType,
} from "./expressions.js";
import { unparen } from "../walk.js";
import { assigned, braces, file, list } from "./layout.js";

const { group, hardline, indent, join, line } = builders;

/** A whole file as a document. */
export function printModule(module: Module): Doc {
  return Comments.print(module, (c) => {
    const items = module.items.map((node) => ({ node, doc: printItem(c, node) }));
    return file(c, items, module, parts);
  });
}

/** Declarations stand apart; runs of imports and runs of constants may stand together. */
function parts(above: Node, below: Node): boolean {
  const kinds = [above, below].map((node) => ("kind" in node ? node.kind : ""));
  return kinds[0] !== kinds[1] || (kinds[0] !== "import" && kinds[0] !== "const");
}

/** Attributes above, comments around. */
function documented(c: Comments, node: Documented, doc: Doc): Doc {
  const attributes = node.attributes.map((attribute) => [
    c.with(attribute, printAttribute(attribute)),
    // What stands between an attribute and its declaration, or in its empty parentheses.
    c.dangling(attribute).map((comment) => [hardline, comment]),
    c.tail(attribute),
    hardline,
  ]);
  return c.with(node, [attributes, doc]);
}

function printAttribute({ name, args }: Attribute): string {
  const words = args.map(({ kind, text }) => (kind === "string" ? `"${text}"` : text));
  return `@${name.name}${words.length > 0 ? `(${words.join(", ")})` : ""}`;
}

const printItem = (c: Comments, item: Item): Doc => documented(c, item, printBareItem(c, item));

function printBareItem(c: Comments, item: Item): Doc {
  switch (item.kind) {
    case "import":
      return printImport(c, item);
    case "const":
      return ["const ", item.name.name, assigned(c, item.value, printExpr(c, item.value))];
    case "fn":
      return printFunction(c, item);
    case "layer":
      return [
        head(c, item.keyword, item.name.name, item.statics, item.where),
        printMembers(c, item),
      ];
    case "derived-model":
      return [
        ["model ", item.name.name, " = ", item.base.name, " with "],
        braces(
          c,
          item.lines.map((node) => ({ node, doc: printModelLine(c, node) })),
          item,
        ),
      ];
    case "adapter": {
      const { layer, params } = item.on;
      const on = [" on ", layer.name, params.length > 0 ? printNames(params) : ""];
      const start = ["adapter ", item.name.name, printParameters(c, item.statics, item), on];
      return [start, printWhere(c, item.where), " ", printMembers(c, item)];
    }
    case "optimizer":
      return [
        head(c, "optimizer", item.name.name, item.statics, item.where),
        printMembers(c, item),
      ];
    case "train":
      return [
        head(c, "train", item.name.name, item.params, item.where),
        braces(
          c,
          item.lines.map((node) => ({ node, doc: printTrainLine(c, node) })),
          item,
        ),
      ];
    case "property":
      return [
        ["property ", `"${item.title.value}"`, printVariables(c, item.variables, item)],
        [printWhere(c, item.where), " "],
        c.with(item.body, group(printBlock(c, item.body))),
      ];
  }
}

function printImport(c: Comments, item: ImportDecl): Doc {
  const names = item.names.map(({ name, alias }) => ({
    node: name,
    doc: c.with(name, alias ? `${name.name} as ${alias.name}` : name.name),
  }));
  return ["import ", list(c, ["{", "}"], names, item), ` from "${item.from.value}"`];
}

/** The head of a declaration up to its opening brace. */
function head(
  c: Comments,
  keyword: string,
  name: string,
  statics: readonly Parameter[],
  where: readonly Expr[],
): Doc {
  const params = statics.length > 0 ? printParameters(c, statics, statics[0]) : "";
  return [keyword, " ", name, params, printWhere(c, where), " "];
}

function printParameters(c: Comments, params: readonly Parameter[], holder: Node | undefined): Doc {
  const items = params.map((node) => ({ node, doc: printParameter(c, node) }));
  return holder && items.length > 0 ? list(c, ["(", ")"], items, holder) : "()";
}

function printParameter(c: Comments, parameter: Parameter): Doc {
  const { name, annotation, value } = parameter;
  const type = annotation ? [": ", printType(c, annotation)] : "";
  return c.with(parameter, [name.name, type, value ? [" = ", printExpr(c, value)] : ""]);
}

function printVariables(c: Comments, variables: readonly PropertyVariable[], holder: Node): Doc {
  if (variables.length === 0) return "";
  const items = variables.map((node) => ({
    node,
    doc: c.with(node, [
      node.name.name,
      node.domain.kind === "in"
        ? [" in ", printExpr(c, node.domain.values)]
        : [": ", printType(c, node.domain.type)],
    ]),
  }));
  return [" ", list(c, ["(", ")"], items, holder)];
}

function printWhere(c: Comments, facts: readonly Expr[]): Doc {
  if (facts.length === 0) return "";
  const docs = facts.map((fact, i) => {
    c.startsLine(unparen(fact));
    return printHead(c, fact, i === 0 ? "where " : "");
  });
  return group(indent([line, join([",", line], docs)]));
}

function printFunction(c: Comments, fn: FnDecl): Doc {
  const { name, params, result, where, body } = fn;
  const start = ["fn ", name.name, printParameters(c, params, fn)];
  const type = result ? [" -> ", printType(c, result)] : "";
  const end =
    body.kind === "block"
      ? [" ", c.with(body, group(printBlock(c, body)))]
      : assigned(c, body, printExpr(c, body));
  return [group([start, type]), printWhere(c, where), end];
}

// --------------------------------------------------------------- members and lines

function printMembers(c: Comments, holder: Node & { readonly members: readonly Member[] }): Doc {
  return braces(
    c,
    holder.members.map((node) => ({ node, doc: documented(c, node, printMember(c, node)) })),
    holder,
  );
}

function printMember(c: Comments, member: Member): Doc {
  switch (member.kind) {
    case "param":
    case "state": {
      const { name, type, init } = member;
      const value = init ? assigned(c, init, printExpr(c, init)) : "";
      return [
        member.kind,
        " ",
        name.name,
        ": ",
        printType(c, type),
        value,
        printCondition(c, member.condition),
      ];
    }
    case "field": {
      const value = assigned(c, member.value, printExpr(c, member.value));
      return [member.name.name, value, printCondition(c, member.condition)];
    }
    case "fn":
      return printFunction(c, member);
    case "init":
      return printInit(c, member);
  }
}

const printCondition = (c: Comments, condition: Expr | undefined): Doc =>
  condition ? [" if ", printHead(c, condition)] : "";

function printInit(c: Comments, block: InitBlock): Doc {
  const rules = block.rules.map((node) => ({
    node,
    doc: c.with(node, [
      printSelector(c, node.selector),
      assigned(c, node.value, printExpr(c, node.value)),
    ]),
  }));
  return ["init ", braces(c, rules, block)];
}

function printSelectors(c: Comments, selectors: readonly Selector[]): Doc {
  const docs = selectors.map((selector, i) => {
    if (i > 0) c.startsLine(selector);
    return printSelector(c, selector);
  });
  return group(indent(join([",", line], docs)));
}

function printSelector(c: Comments, selector: Selector): Doc {
  const path = selector.steps.map(printStep).join(".");
  return c.with(selector, selector.type ? `${path}: ${selector.type.name}` : path);
}

function printStep(step: SelectorStep): string {
  switch (step.kind) {
    case "name":
      return step.name;
    case "one":
      return "*";
    case "any":
      return "**";
    case "alternatives":
      return `{${step.names.map(({ name }) => name).join(", ")}}`;
  }
}

const printModelLine = (c: Comments, modelLine: ModelLine): Doc =>
  documented(c, modelLine, printBareModelLine(c, modelLine));

function printBareModelLine(c: Comments, modelLine: ModelLine): Doc {
  switch (modelLine.kind) {
    case "init":
      return printInit(c, modelLine);
    case "adapt":
      return ["adapt ", printSelectors(c, modelLine.selectors), " by ", printExpr(c, modelLine.by)];
    case "quantize":
      return [
        "quantize ",
        printSelectors(c, modelLine.selectors),
        " as ",
        printExpr(c, modelLine.format),
      ];
    case "freeze":
      return ["freeze ", printSelectors(c, modelLine.selectors)];
    case "set":
      return [
        "set ",
        modelLine.name.name,
        assigned(c, modelLine.value, printExpr(c, modelLine.value)),
      ];
  }
}

function printTrainLine(c: Comments, trainLine: TrainLine): Doc {
  switch (trainLine.kind) {
    case "let":
    case "var":
      return printStatement(c, trainLine);
    case "setting":
      return documented(c, trainLine, printSetting(c, trainLine));
    case "metrics":
      return documented(c, trainLine, [
        "metrics ",
        printSettings(c, trainLine.settings, trainLine),
      ]);
    case "group": {
      const settings = printSettings(c, trainLine.settings, trainLine);
      return documented(c, trainLine, [
        "group ",
        printSelectors(c, trainLine.selectors),
        " ",
        settings,
      ]);
    }
  }
}

/** `{ weight_decay = 0 }`: one setting stays on the line if the author had it there. */
function printSettings(c: Comments, settings: readonly Setting[], holder: Node): Doc {
  const lines = settings.map((node) => ({ node, doc: c.with(node, printSetting(c, node)) }));
  const [only] = lines;
  const open = only ? c.openerBefore(only.node.span.start) : 0;
  if (lines.length !== 1 || !only || c.isBrokenAfter(open + 1)) return braces(c, lines, holder);
  return group(["{", indent([line, only.doc, c.tail(only.node)]), line, "}"]);
}

const printSetting = (
  c: Comments,
  setting: { readonly name: { readonly name: string }; readonly value: Expr },
): Doc => [setting.name.name, assigned(c, setting.value, printExpr(c, setting.value))];
