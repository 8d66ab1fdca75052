// The scalar functions that kernels know: for each its spelling in WGSL and its meaning in JavaScript.
import { roundToHalf } from "../../runtime/half.js";
import type { Dtype } from "../types/dtype.js";
import { HALF } from "./half.js";

/** One row. Adding a scalar function to the language of kernels is adding one. */
export interface Intrinsic {
  readonly arity: number;
  /** The dtype of the last argument, unless it is always the same. */
  readonly result: "operand" | "bool" | "f32";
  /** WGSL text of a call. `dtype` is that of the last argument, or the target of a conversion. */
  wgsl(args: readonly string[], dtype: Dtype): string;
  /** The meaning, in float64 for floats and exact 32-bit arithmetic for integers; booleans are 0 and 1. */
  js(args: readonly number[], dtype: Dtype, from: Dtype): number;
  /** JavaScript text of `js` on simple operands, where it has a short one: the reference evaluator runs it in loops. */
  inline?(args: readonly string[], dtype: Dtype, from: Dtype): string | undefined;
  /** WGSL functions that the text of the call needs, where WGSL's own differ from the meaning. */
  readonly prelude?: string;
  /** Whether it costs like a transcendental: fusion does not repeat it lightly. */
  readonly isCostly?: boolean;
}

const isInt = (dtype: Dtype): boolean => dtype === "i32" || dtype === "u32";
/** Brings a result back into the range of its dtype. */
const wrap = (value: number, dtype: Dtype): number =>
  dtype === "i32" ? value | 0 : dtype === "u32" ? value >>> 0 : value;

type Two = (a: number, b: number, dtype: Dtype) => number;

/** `exact` is the JavaScript text for integers, before the result is brought into range; without it there is none. */
const infix = (symbol: string, js: Two, exact?: (a: string, b: string) => string): Intrinsic => ({
  arity: 2,
  result: "operand",
  wgsl: ([a, b]) => `(${String(a)} ${symbol} ${String(b)})`,
  js: ([a = 0, b = 0], dtype) => wrap(js(a, b, dtype), dtype),
  inline: ([a = "", b = ""], dtype) => {
    if (!isInt(dtype)) return `(${a} ${symbol} ${b})`;
    return exact && `((${exact(a, b)}) ${dtype === "i32" ? "|" : ">>>"} 0)`;
  },
});

const compare = (symbol: string, js: (a: number, b: number) => boolean): Intrinsic => ({
  arity: 2,
  result: "bool",
  wgsl: ([a, b]) => `(${String(a)} ${symbol} ${String(b)})`,
  js: ([a = 0, b = 0]) => Number(js(a, b)),
  inline: ([a, b]) => `(${String(a)} ${symbol} ${String(b)} ? 1 : 0)`,
});

/**
 * A connective of two truths. WGSL's `&&` and `||` branch, and software drivers take minutes and gigabytes for a kernel with some
 * dozens of branches; of `&` between truths SwiftShader makes wrong code inside of loops. A selection is neither.
 */
const connective = (
  symbol: "&&" | "||",
  wgsl: (a: string, b: string) => string,
  js: (a: number, b: number) => boolean,
): Intrinsic => ({
  ...compare(symbol, js),
  wgsl: ([a, b]) => wgsl(String(a), String(b)),
});

const unary = (
  name: string,
  js: (x: number) => number,
  text?: string,
  isCostly = false,
): Intrinsic => ({
  arity: 1,
  result: "operand",
  wgsl: ([x]) => `${name}(${String(x)})`,
  js: ([x = 0]) => js(x),
  ...inlineCall(text),
  ...(isCostly ? { isCostly } : {}),
});

const binary = (name: string, js: (a: number, b: number) => number, text: string): Intrinsic => ({
  arity: 2,
  result: "operand",
  wgsl: ([a, b]) => `${name}(${String(a)}, ${String(b)})`,
  js: ([a = 0, b = 0]) => js(a, b),
  ...inlineCall(text),
});

/** The inline text of a function of JavaScript. */
const inlineCall = (text: string | undefined): Pick<Intrinsic, "inline"> =>
  text === undefined ? {} : { inline: (args) => `${text}(${args.join(", ")})` };

/** A function whose WGSL namesake is inaccurate or overflows on some driver, so that we bring our own. */
const polyfill = (
  name: string,
  prelude: string,
  js: (...x: readonly number[]) => number,
  text?: string,
  arity = 1,
): Intrinsic => ({
  arity,
  result: "operand",
  wgsl: (args) => `${name}(${args.join(", ")})`,
  js: (args) => js(...args),
  ...inlineCall(text),
  prelude,
  isCostly: true,
});

/** Rounds half to even, as WGSL, NumPy and PyTorch do. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

const scratch = new DataView(new ArrayBuffer(4));

function floatOfBits(word: number): number {
  scratch.setUint32(0, word);
  return scratch.getFloat32(0);
}

/** Error function in double precision: Maclaurin series below 3, continued fraction above. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 3) {
    let term = a;
    let sum = a;
    for (let n = 1; n < 200 && Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= (-a * a) / n;
      sum += term / (2 * n + 1);
    }
    return Math.sign(x) * sum * (2 / Math.sqrt(Math.PI));
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)));
}

// WGSL's tanh overflows to NaN for |x| above 44 to 89 by driver and is relatively wrong near 0.
const TANH = `fn dl_tanh(x: f32) -> f32 {
  let x2 = x * x;
  let small = x * (1.0 + x2 * (-0.33333333 + x2 * (0.13333333 - x2 * 0.053968254)));
  let e = exp(-2.0 * min(abs(x), 15.0));
  return select(sign(x) * (1.0 - e) / (1.0 + e), small, abs(x) < 0.2);
}`;
// W. J. Cody's range reduction is replaced by the rational form of Abramowitz and Stegun's series below 1 and
// by 1 - exp(-x^2) p(t) (7.1.26 refined by Numerical Recipes' erfcc, error below 1.2e-7) above.
const ERF = `fn dl_erf(x: f32) -> f32 {
  let a = min(abs(x), 6.0);
  let x2 = a * a;
  let series = a * (1.1283792 + x2 * (-0.37612638 + x2 * (0.11283791 + x2 * (-0.026866168 + x2 * (0.0052239776 + x2 * (-0.00085483255 + x2 * 0.00012055332))))));
  let t = 1.0 / (1.0 + 0.5 * a);
  let p = -1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  let tail = 1.0 - t * exp(-x2 + p);
  return sign(x) * select(tail, series, a < 0.75);
}`;
// Drivers' sin and cos are wrong by 2e-4 on some adapters: reduce by multiples of pi/2 in three parts (Cody and Waite), then minimax.
const SINCOS = `fn dl_sincos(x: f32, shift: i32) -> f32 {
  let q = round(x * 0.63661977);
  var r = x - q * 1.5703125;
  r = r - q * 0.00048382673;
  r = r - q * -5.6390323e-11;
  let n = (i32(q) + shift) & 3;
  let r2 = r * r;
  let s = r * (1.0 + r2 * (-0.16666667 + r2 * (0.008333333 + r2 * (-0.00019841270 + r2 * 2.7557319e-6))));
  let c = 1.0 + r2 * (-0.5 + r2 * (0.041666667 + r2 * (-0.0013888889 + r2 * 2.4801587e-5)));
  let v = select(s, c, (n & 1) == 1);
  return select(v, -v, n >= 2);
}`;
const SIGMOID = `fn dl_sigmoid(x: f32) -> f32 {
  let e = exp(-min(abs(x), 88.0));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}`;
// WGSL's pow is exp2(y * log2(x)): NaN for negative x and for 0 ** 0.
const POW = `fn dl_pow(x: f32, y: f32) -> f32 {
  let even = round(y * 0.5) * 2.0 == y;
  let magnitude = select(pow(abs(x), y), select(0.0, 1.0, y == 0.0), x == 0.0 || y == 0.0);
  return select(magnitude, -magnitude, x < 0.0 && !even);
}`;

// Where 1 + x rounds x away: log((1 + s) / (1 - s)) as a series in s = x / (2 + x).
const LOG1P = `fn dl_log1p(x: f32) -> f32 {
  let s = x / max(2.0 + x, 1.0);
  let s2 = s * s;
  let series = 2.0 * s * (1.0 + s2 * (0.33333333 + s2 * (0.2 + s2 * (0.14285714 + s2 * (0.11111111 + s2 * 0.090909091)))));
  return select(log(1.0 + x), series, abs(x) < 0.4);
}`;
const EXPM1 = `fn dl_expm1(x: f32) -> f32 {
  let series = x * (1.0 + x * (0.5 + x * (0.16666667 + x * (0.041666667 + x * (0.0083333333 + x * (0.0013888889 + x * 0.0001984127))))));
  return select(exp(x) - 1.0, series, abs(x) < 0.5);
}`;
// WGSL allows 4096 ULP for atan and asin: the polynomials of Moshier's Cephes on a reduced range instead.
const ATAN = `fn dl_atan(x: f32) -> f32 {
  let a = abs(x);
  let isFar = a > 2.4142136;
  let isNear = a <= 0.41421356;
  let t = select(select((a - 1.0) / (a + 1.0), a, isNear), -1.0 / max(a, 1.0), isFar);
  let start = select(select(0.78539816, 0.0, isNear), 1.5707963, isFar);
  let z = t * t;
  let y = start + t + t * z * (-0.33332950 + z * (0.19977711 + z * (-0.13877686 + z * 0.080537446)));
  return select(y, -y, x < 0.0);
}`;
const ASIN = `fn dl_asin(x: f32) -> f32 {
  let a = abs(x);
  let isFar = a > 0.5;
  let z = select(a * a, 0.5 * max(1.0 - a, 0.0), isFar);
  let t = select(a, sqrt(z), isFar);
  let p = t + t * z * (0.16666752 + z * (0.074953003 + z * (0.045470026 + z * (0.024181311 + z * 0.042163199))));
  let y = select(p, 1.5707963 - 2.0 * p, isFar);
  return select(y, -y, x < 0.0);
}`;

/** Conversion between dtypes as WGSL spells it; booleans go through \`select\`. */
function convertWgsl(args: readonly string[], dtype: Dtype): string {
  return `${dtype}(${args.join(", ")})`;
}

function convertJs(x: number, dtype: Dtype): number {
  if (dtype === "bool") return Number(x !== 0);
  if (dtype === "i32") return Math.max(-2147483648, Math.min(2147483647, Math.trunc(x)));
  if (dtype === "u32") return x < 0 ? x >>> 0 : Math.min(4294967295, Math.trunc(x));
  return dtype === "f16" ? roundToHalf(x) : x;
}

export const intrinsics = {
  add: infix(
    "+",
    (a, b) => a + b,
    (a, b) => `${a} + ${b}`,
  ),
  sub: infix(
    "-",
    (a, b) => a - b,
    (a, b) => `${a} - ${b}`,
  ),
  mul: infix(
    "*",
    (a, b, d) => (isInt(d) ? Math.imul(a, b) : a * b),
    (a, b) => `Math.imul(${a}, ${b})`,
  ),
  /** `a * b + c`; floats may be rounded once or twice. */
  fma: {
    arity: 3,
    result: "operand",
    wgsl: ([a, b, c], dtype) =>
      isInt(dtype)
        ? `(${String(a)} * ${String(b)} + ${String(c)})`
        : `fma(${String(a)}, ${String(b)}, ${String(c)})`,
    js: ([a = 0, b = 0, c = 0], dtype) =>
      isInt(dtype) ? wrap(Math.imul(a, b) + c, dtype) : a * b + c,
  },
  // Integer quotients truncate toward zero, as in WGSL (the op `div` rounds down); a zero divisor gives the dividend.
  div: infix("/", (a, b, d) => (isInt(d) ? (b === 0 ? a : Math.trunc(a / b)) : a / b)),
  rem: infix("%", (a, b, d) => (isInt(d) && b === 0 ? 0 : a % b)),
  xor: infix(
    "^",
    (a, b) => a ^ b,
    (a, b) => `${a} ^ ${b}`,
  ),
  bitand: infix(
    "&",
    (a, b) => a & b,
    (a, b) => `${a} & ${b}`,
  ),
  /** The float32 whose bits a word holds. */
  float: {
    arity: 1,
    result: "f32",
    wgsl: ([x]) => `bitcast<f32>(${String(x)})`,
    js: ([x = 0]) => floatOfBits(x),
  },
  /** Whether a float32 is neither infinite nor no number; by its bits, since compilers assume that of all. */
  finite: {
    arity: 1,
    result: "bool",
    wgsl: ([x]) => `((bitcast<u32>(${String(x)}) & 0x7f800000u) != 0x7f800000u)`,
    js: ([x = 0]) => Number(Number.isFinite(x)),
  },
  /** The nearest number that a half can be. */
  half: {
    arity: 1,
    result: "f32",
    wgsl: ([x]) => `dl_half(${String(x)})`,
    js: ([x = 0]) => roundToHalf(x),
    prelude: HALF,
  },
  shr: {
    arity: 2,
    result: "operand",
    wgsl: ([a, b]) => `(${String(a)} >> ${String(b)})`,
    js: ([a = 0, b = 0], dtype) => (dtype === "u32" ? a >>> b : a >> b),
    inline: ([a, b], dtype) => `(${String(a)} ${dtype === "u32" ? ">>>" : ">>"} ${String(b)})`,
  },
  neg: {
    arity: 1,
    result: "operand",
    wgsl: ([x]) => `(-${String(x)})`,
    js: ([x = 0], dtype) => wrap(-x, dtype),
    inline: ([x], dtype) => (isInt(dtype) ? undefined : `(-${String(x)})`),
  },
  abs: unary("abs", Math.abs, "Math.abs"),
  sign: unary("sign", Math.sign, "Math.sign"),
  floor: unary("floor", Math.floor, "Math.floor"),
  ceil: unary("ceil", Math.ceil, "Math.ceil"),
  round: unary("round", roundHalfEven),
  min: binary("min", Math.min, "Math.min"),
  max: binary("max", Math.max, "Math.max"),
  sqrt: unary("sqrt", Math.sqrt, "Math.sqrt"),
  rsqrt: unary("inverseSqrt", (x) => 1 / Math.sqrt(x), "1 / Math.sqrt"),
  exp: unary("exp", Math.exp, "Math.exp", true),
  log: unary("log", Math.log, "Math.log", true),
  sin: {
    ...polyfill("dl_sincos", SINCOS, Math.sin, "Math.sin"),
    wgsl: ([x]) => `dl_sincos(${String(x)}, 0)`,
  },
  cos: {
    ...polyfill("dl_sincos", SINCOS, Math.cos, "Math.cos"),
    wgsl: ([x]) => `dl_sincos(${String(x)}, 1)`,
  },
  tanh: polyfill("dl_tanh", TANH, Math.tanh, "Math.tanh"),
  sigmoid: polyfill("dl_sigmoid", SIGMOID, (x = 0) =>
    x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)),
  ),
  erf: polyfill("dl_erf", ERF, (x = 0) => erf(x)),
  log1p: polyfill("dl_log1p", LOG1P, Math.log1p, "Math.log1p"),
  expm1: polyfill("dl_expm1", EXPM1, Math.expm1, "Math.expm1"),
  atan: polyfill("dl_atan", ATAN, Math.atan, "Math.atan"),
  asin: polyfill("dl_asin", ASIN, Math.asin, "Math.asin"),
  pow: polyfill("dl_pow", POW, (x = 0, y = 0) => x ** y, "Math.pow", 2),
  eq: compare("==", (a, b) => a === b),
  ne: compare("!=", (a, b) => a !== b),
  lt: compare("<", (a, b) => a < b),
  le: compare("<=", (a, b) => a <= b),
  gt: compare(">", (a, b) => a > b),
  ge: compare(">=", (a, b) => a >= b),
  and: connective(
    "&&",
    (a, b) => `select(false, ${b}, ${a})`,
    (a, b) => a !== 0 && b !== 0,
  ),
  or: connective(
    "||",
    (a, b) => `select(${b}, true, ${a})`,
    (a, b) => a !== 0 || b !== 0,
  ),
  not: {
    arity: 1,
    result: "bool",
    wgsl: ([x]) => `(!${String(x)})`,
    js: ([x = 0]) => Number(x === 0),
  },
  /** `select(condition, yes, no)`. */
  select: {
    arity: 3,
    result: "operand",
    wgsl: ([c, yes, no]) => `select(${String(no)}, ${String(yes)}, ${String(c)})`,
    js: ([c = 0, yes = 0, no = 0]) => (c !== 0 ? yes : no),
    inline: ([c, yes, no]) => `(${String(c)} !== 0 ? ${String(yes)} : ${String(no)})`,
  },
  convert: {
    arity: 1,
    result: "operand",
    wgsl: convertWgsl,
    js: ([x = 0], dtype) => convertJs(x, dtype),
    inline: ([x], dtype) => (dtype === "f32" ? String(x) : undefined),
  },
} as const satisfies Record<string, Intrinsic>;

export type IntrinsicName = keyof typeof intrinsics;

/** The row of an intrinsic under its general type. */
export const intrinsic = (name: IntrinsicName): Intrinsic => intrinsics[name];
