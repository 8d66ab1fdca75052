// Findings about what a machine cannot do.
import type { Span } from "../../../grammar/source.js";
import { showType, type TensorType } from "../../types/tensor.js";
import type { Diagnostic } from "../diagnostic.js";
import { wholeFile } from "../diagnostic.js";
import { quoted } from "../explain.js";
import { finding } from "./finding.js";

/** A tensor or buffer beyond what can be addressed. `size` and `limit` with their unit. */
export const sizeOverflow = ({
  at,
  what,
  size,
  limit,
}: {
  readonly at: Span;
  readonly what: string;
  readonly size: string;
  readonly limit?: string;
}): Diagnostic =>
  finding("size-overflow", {
    primary: { span: at, text: `${what} would take ${size}` },
    notes: limit === undefined ? [] : [`the limit is ${limit}`],
  });

/** A tensor with more axes than kernels can index. */
export const rankTooLarge = ({
  at,
  type,
  limit,
}: {
  readonly at: Span;
  readonly type: TensorType;
  readonly limit: number;
}): Diagnostic =>
  finding("rank-too-large", {
    primary: { span: at, text: `${quoted(showType(type))} has ${String(type.shape.length)} axes` },
    notes: [`kernels handle up to ${String(limit)}`],
  });

/** No device to run on. `artifact` is the file that was to be run. */
export const noAdapter = ({
  artifact,
  tried = [],
}: {
  readonly artifact: string;
  readonly tried?: readonly string[];
}): Diagnostic =>
  finding("no-adapter", {
    primary: { span: wholeFile(artifact), text: "WebGPU offers no adapter on this machine" },
    notes: tried,
  });
