// What a kernel is to compute, before anybody chose how.
import type { Value } from "../ir/op.js";
import type { ContractKernelSpec } from "./templates/contract-space.js";
import type { RowsSpec } from "./templates/rows-space.js";

/** What a kernel is to compute. */
export type KernelSpec =
  | { readonly kind: "map"; readonly stores: readonly Value[] }
  | { readonly kind: "rows"; readonly rows: RowsSpec }
  | ({ readonly kind: "contract" } & ContractKernelSpec)
  | { readonly kind: "scatter"; readonly result: Value }
  | { readonly kind: "fused"; readonly results: readonly Value[] };
