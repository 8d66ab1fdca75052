// Dims in the words of the modeler.
import { mul, sub } from "./arithmetic.js";
import { atomDim, type Atom, type Dim, type Term } from "./terms.js";

/** A dim as the modeler would write it: `3 * D`, `B * (T + 1)`, `(K - 1) / 2`, `D % H`. */
export function show(d: Dim): string {
  const rest = [...d.terms];
  const pieces: { readonly negative: boolean; readonly text: string }[] = [];
  for (const modulo of takeModulos(rest)) pieces.push({ negative: false, text: modulo });
  rest.sort(
    (a, b) => Number(b.coefficient > 0) - Number(a.coefficient > 0) || degree(b) - degree(a),
  );
  for (const term of rest) pieces.push({ negative: term.coefficient < 0, text: showTerm(term) });
  if (pieces.length === 0) return "0";
  return pieces
    .map(({ negative, text }, i) =>
      i === 0 ? (negative ? `-${text}` : text) : negative ? ` - ${text}` : ` + ${text}`,
    )
    .join("");
}

const degree = (t: Term): number => t.factors.reduce((sum, f) => sum + f.exponent, 0);

/** Finds `n - d * (n / d)` among the terms, removes it and yields `n % d`. */
function takeModulos(rest: Term[]): string[] {
  const found: string[] = [];
  for (const term of [...rest]) {
    const floor = term.factors.find((f) => f.atom.kind === "floor" && f.exponent === 1)?.atom;
    if (floor?.kind !== "floor") continue;
    const whole = mul(floor.den, atomDim(floor));
    const parts = sub(floor.num, whole).terms;
    const matches = parts.map((p) =>
      rest.find((r) => r.key === p.key && r.coefficient === p.coefficient),
    );
    if (matches.some((m) => m === undefined)) continue;
    for (const match of matches) if (match) rest.splice(rest.indexOf(match), 1);
    found.push(`${showFactor(floor.num, false)} % ${showFactor(floor.den, true)}`);
  }
  return found;
}

function showTerm(term: Term): string {
  const size = Math.abs(term.coefficient);
  const ordered = [...term.factors].sort((a, b) =>
    compareRanks(displayRank(a.atom), displayRank(b.atom)),
  );
  const factors = ordered.map(({ atom, exponent }) => {
    const text = showAtom(atom, term.factors.length > 1 || size !== 1 || exponent !== 1);
    return exponent === 1 ? text : `${text} ** ${String(exponent)}`;
  });
  if (factors.length === 0) return String(size);
  return [...(size === 1 ? [] : [String(size)]), ...factors].join(" * ");
}

const compareRanks = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

/** Names in the order in which they came about, then quotients and other atoms. */
function displayRank(atom: Atom): number {
  if (atom.kind !== "sym") return Infinity;
  return atom.sym.kind === "quotient" ? Number.MAX_SAFE_INTEGER : atom.sym.id;
}

function showAtom(atom: Atom, inProduct: boolean): string {
  if (atom.kind === "sym") {
    // A quotient that the facts gave a name is called by its formula.
    return inProduct && atom.sym.kind === "quotient" ? `(${atom.sym.name})` : atom.sym.name;
  }
  if (atom.kind === "floor") {
    const text = `${showFactor(atom.num, false)} / ${showFactor(atom.den, true)}`;
    return inProduct ? `(${text})` : text;
  }
  if (atom.kind === "pow")
    return `${showFactor(atom.base, true)} ** ${showFactor(atom.exponent, true)}`;
  return `${atom.kind}(${atom.args.map(show).join(", ")})`;
}

/** A dim as an operand of a product or quotient: in parentheses unless it is a name or number. */
function showFactor(d: Dim, isDivisor: boolean): string {
  const text = show(d);
  const [only, ...others] = d.terms;
  if (!only) return text;
  return others.length === 0 && isSimple(only, isDivisor) ? text : `(${text})`;
}

function isSimple({ coefficient, factors }: Term, isDivisor: boolean): boolean {
  if (coefficient < 0) return false;
  const [first, ...others] = factors;
  if (!first) return true;
  if (!isDivisor && factors.every((f) => f.atom.kind === "sym")) return true;
  const isBare = coefficient === 1 && others.length === 0 && first.exponent === 1;
  return isBare && first.atom.kind !== "floor";
}
