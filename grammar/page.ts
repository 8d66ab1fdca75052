// The rules of the parser in EBNF, for the grammar page: printed from the parser, so that it cannot go stale.
import {
  Alternation,
  Alternative,
  NonTerminal,
  Option,
  Repetition,
  RepetitionMandatory,
  RepetitionMandatoryWithSeparator,
  RepetitionWithSeparator,
  Terminal,
  type IProduction,
  type TokenType,
} from "chevrotain";
import { sharedParser } from "./parser.js";
import { infix, keywords, prefixLevel, NumberLiteral, StringLiteral } from "./tokens.js";

/** Every rule, one a paragraph, the whole before its parts. `{ x }` is any number, `[ x ]` at most one, `( x | y )` a choice. */
export function grammarPage(): string {
  const rules = Object.values(sharedParser().getGAstProductions()).reverse();
  return rules
    .map(({ name, definition }) => `${kebab(name)} = ${sequence(definition)}`)
    .join("\n\n");
}

const kebab = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const sequence = (parts: readonly IProduction[]): string => parts.map(part).join(" ");

function part(production: IProduction): string {
  if (production instanceof NonTerminal) return kebab(production.nonTerminalName);
  if (production instanceof Terminal) return terminal(production.terminalType);
  if (production instanceof Alternation) return choice(production.definition);
  if (production instanceof RepetitionWithSeparator) return separated(production, "[ ", " ]");
  if (production instanceof RepetitionMandatoryWithSeparator) return separated(production, "", "");
  if (production instanceof RepetitionMandatory)
    return `${sequence(production.definition)} { ${sequence(production.definition)} }`;
  if (production instanceof Option) return `[ ${sequence(production.definition)} ]`;
  if (production instanceof Repetition) return `{ ${sequence(production.definition)} }`;
  return production instanceof Alternative ? sequence(production.definition) : "";
}

function separated(
  { separator, definition }: { readonly separator: TokenType; readonly definition: IProduction[] },
  open: string,
  close: string,
): string {
  const item = sequence(definition);
  return `${open}${item} { ${terminal(separator)} ${item} }${close}`;
}

function choice(alternatives: readonly IProduction[]): string {
  const options = new Set(alternatives.map(part).filter((option) => option !== "HOLE"));
  return `( ${[...options].join(" | ")} )`;
}

/** A word or sign as it is written; classes of tokens in capitals. */
function terminal(type: TokenType): string {
  if (type.name === "Hole") return "HOLE";
  if (type === NumberLiteral) return "NUMBER";
  if (type === StringLiteral) return "STRING";
  if (type.LABEL === "a name") return "NAME";
  if (type.LABEL === "a dtype") return "DTYPE";
  if (type.LABEL === "an operator") return "OPERATOR";
  return (type.LABEL ?? type.name).replaceAll("` or `", '" | "').replaceAll("`", '"');
}

/** The operators by how tightly they bind, tightest first. */
export function operatorTable(): string {
  const byLevel = new Map<number, string[]>();
  for (const { operator, level } of infix.values())
    byLevel.set(level, [...(byLevel.get(level) ?? []), operator]);
  for (const [operator, level] of Object.entries(prefixLevel))
    byLevel.set(level, [`unary ${operator}`]);
  const rows = [...byLevel]
    .sort(([a], [b]) => b - a)
    .map(([, operators]) => operators.map((o) => `\`${o}\``).join(" "));
  return rows.join("; ");
}

/** The words that are keywords somewhere, in the order of the alphabet. */
export const keywordList = (): string =>
  [...keywords.values()]
    .map(({ word }) => word)
    .sort()
    .map((word) => `\`${word}\``)
    .join(" ");
