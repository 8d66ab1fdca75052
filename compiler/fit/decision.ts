// What was decided about a program so that it fits, and why: records for `dl build --explain`.

/** One decision about one value. */
export type Decision =
  /** A large value is never whole: it is computed in a loop over chunks of rows. */
  | {
      readonly kind: "chunked";
      readonly of: string;
      readonly value: string;
      readonly origin?: string;
      readonly rows: string;
      readonly chunkRows: number;
      /** Absent where a size is not known. */
      readonly bytes?: number;
      readonly chunkBytes: number;
      /** How many values are computed in the loop. */
      readonly members: number;
      readonly reason: string;
    }
  /** A value of the forward pass that the backward pass needs: it stays in memory, or is computed a second time. */
  | {
      readonly kind: "kept" | "recomputed";
      readonly of: string;
      readonly value: string;
      readonly origin?: string;
      readonly bytes: number;
      /** Scalar operations of computing it again. */
      readonly flops: number;
      readonly reason: string;
    };
