// The TextMate grammar, printed from the token table.
import { axisPattern, lineRules, type LineRule } from "./colour.js";
import { dtypeNames, type TokenClass } from "./tokens.js";

const scopes: Readonly<Record<TokenClass, string>> = {
  keyword: "keyword.control.adjoint",
  name: "variable.other.adjoint",
  number: "constant.numeric.adjoint",
  string: "string.quoted.double.adjoint",
  operator: "keyword.operator.adjoint",
  bracket: "punctuation.section.adjoint",
  comment: "comment.line.double-slash.adjoint",
};

/** What a scope is coloured as; the inverse of what the grammar says. */
export function colourOfScope(scope: string): TokenClass {
  if (scope.startsWith("comment.")) return "comment";
  if (scope.startsWith("string.")) return "string";
  if (scope.startsWith("constant.numeric.")) return "number";
  if (scope.startsWith("keyword.operator.")) return "operator";
  if (scope.startsWith("punctuation.")) return "bracket";
  return scope.startsWith("keyword.") ? "keyword" : "name";
}

interface Rule {
  readonly name?: string;
  readonly match: string;
  readonly captures?: Readonly<Record<string, { readonly name: string }>>;
}

/** Names that are worth a colour of their own in editors that colour by the text. */
const special: readonly Rule[] = [
  { name: "comment.line.documentation.adjoint", match: "///(?!/).*$" },
];

const named: readonly Rule[] = [
  { name: "entity.name.function.adjoint", match: String.raw`(?<=\bfn )[A-Za-z_]\w*` },
  { name: "entity.name.type.adjoint", match: String.raw`\b[A-Z]\w*[a-z]\w*\b` },
  { name: "storage.type.adjoint", match: `\\b(${[...dtypeNames].join("|")})\\b(?=\\[)` },
  { name: "variable.parameter.adjoint", match: String.raw`\b[A-Za-z_]\w*(?=\s*=(?![=>]))` },
  { name: "entity.name.function.call.adjoint", match: String.raw`\b[a-z_]\w*(?=\()` },
];

/** Oniguruma looks back by fixed lengths only, so that blanks before the word belong to the match. */
const leading = String.raw`(?:^[ \t]*|(?<=[{};,])[ \t]*|(?<=[{};,] ))`;

function ruleOf({ colour, pattern, leads }: LineRule): Rule {
  const name = scopes[colour];
  // A group marks the word alone, where what stands before it belongs to the match.
  return colour === "keyword"
    ? { match: `${leads ? leading : ""}${pattern}`, captures: { "1": { name } } }
    : { name, match: pattern };
}

/** The grammar as data; editors read it as JSON. */
export function textMateGrammar(): object {
  const rules = lineRules.map((rule) => ({ rule, made: ruleOf(rule) }));
  const before = rules.filter(
    ({ rule }) => rule.colour !== "name" && rule.colour !== "bracket" && rule.colour !== "operator",
  );
  const after = rules.filter(({ rule }) => !before.some((b) => b.rule === rule));
  const plain = rules.filter(({ rule }) => rule.colour !== "keyword").map(({ made }) => made);
  return {
    $schema: "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
    name: "Adjoint",
    scopeName: "source.adjoint",
    fileTypes: ["dl"],
    patterns: [
      ...special,
      {
        name: "meta.pattern.adjoint",
        begin: axisPattern.begin,
        end: axisPattern.end,
        beginCaptures: { "0": { name: scopes.bracket } },
        endCaptures: { "0": { name: scopes.bracket } },
        patterns: plain,
      },
      ...before.map(({ made }) => made),
      ...named,
      ...after.map(({ made }) => made),
    ],
  };
}
