// The primitives of the language: all records, and the functions that emit them.
import type { Op } from "../ir/op.js";
import {
  attention,
  attentionKeys,
  attentionNorm,
  attentionQueries,
  attentionValues,
} from "./attention.js";
import { broadcast, sum } from "./broadcast.js";
import { and, eq, ge, gt, le, lt, ne, not, or, select } from "./compare.js";
import { codeIn, floatIn, levelOf, stretch } from "./coded.js";
import { contract } from "./contract.js";
import { dynamicSlice, dynamicUpdate } from "./dynamic.js";
import {
  abs,
  add,
  cast,
  ceil,
  div,
  floor,
  maximum,
  minimum,
  mul,
  neg,
  rem,
  round,
  sign,
  stopGradient,
  sub,
} from "./elementwise.js";
import { gather, scatterAdd } from "./gather.js";
import { constant, extent, iota, leaf } from "./leaf.js";
import {
  asin,
  atan,
  cos,
  erf,
  exp,
  expm1,
  log,
  log1p,
  pow,
  rsqrt,
  sigmoid,
  sin,
  sqrt,
  tanh,
} from "./math.js";
import { after, reshape, transpose } from "./movement.js";
import { randomNormal, randomUniform } from "./random.js";
import { max, min, prod } from "./reduce.js";
import { scan } from "./scan.js";
import { concat, pad, slice } from "./slice.js";
import { places, windows } from "./window.js";

const table = [
  { title: "Sources", emit: [leaf, constant, extent, iota, randomUniform, randomNormal] },
  {
    title: "Arithmetic",
    emit: [
      neg,
      add,
      sub,
      mul,
      div,
      rem,
      minimum,
      maximum,
      abs,
      sign,
      floor,
      ceil,
      round,
      cast,
      stopGradient,
    ],
  },
  {
    title: "Functions",
    emit: [exp, expm1, log, log1p, sqrt, rsqrt, sin, cos, asin, atan, tanh, sigmoid, erf, pow],
  },
  { title: "Comparison and choice", emit: [eq, ne, lt, le, gt, ge, and, or, not, select] },
  {
    title: "Movement",
    emit: [broadcast, reshape, transpose, slice, pad, concat, windows, places, after],
  },
  { title: "Places known at run time", emit: [gather, scatterAdd, dynamicSlice, dynamicUpdate] },
  { title: "Numbers stored as codes", emit: [stretch, codeIn, levelOf, floatIn] },
  { title: "Reductions", emit: [sum, prod, max, min] },
  { title: "Contraction", emit: [contract] },
  {
    title: "Attention",
    emit: [attention, attentionNorm, attentionQueries, attentionKeys, attentionValues],
  },
  { title: "Recurrence", emit: [scan] },
] as const;

/** The primitives by family, as the reference page shows them. */
export const families: readonly { readonly title: string; readonly ops: readonly Op[] }[] =
  table.map(({ title, emit }) => ({ title, ops: emit.map((make) => make.op) }));

/** Every primitive, family by family. */
export const ops: readonly Op[] = families.flatMap((family) => family.ops);

const byName = new Map(ops.map((record) => [record.name, record]));

/** The primitive of a name. */
export const opNamed = (name: string): Op | undefined => byName.get(name);

export * from "./leaf.js";
export * from "./attention.js";
export * from "./broadcast.js";
export * from "./compare.js";
export * from "./elementwise.js";
export * from "./math.js";
export * from "./movement.js";
export * from "./slice.js";
export * from "./window.js";
export * from "./reduce.js";
export * from "./contract.js";
export * from "./coded.js";
export * from "./gather.js";
export * from "./dynamic.js";
export * from "./random.js";
export * from "./rounds.js";
export * from "./scan.js";
