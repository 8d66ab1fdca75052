// The laws that every declaration obeys without anyone writing a line; `@skip(law, "reason")` leaves one out.

/** What each law says, in one sentence. */
export const laws = {
  shape: "a result has the shape that its signature says",
  finite: "results are finite for ordinary inputs, and never NaN",
  gradients: "derivatives agree with central differences",
  rows: "a row of a batch does not depend on the other rows",
  clauses: "sizes just outside of a `where` clause are refused",
  bytes: "building twice gives the same bytes",
  saved: "a model that was saved and loaded computes the same",
  identity: "an adapter changes nothing before it is trained",
  device: "a device agrees with the float64 reference, forward and backward",
} as const;

/** The name of a law. */
export type LawName = keyof typeof laws;

/** All laws, in the order in which they are tried. */
export const lawNames = Object.keys(laws) as readonly LawName[];

/** Whether a text names a law. */
export const isLaw = (text: string): text is LawName => Object.hasOwn(laws, text);
