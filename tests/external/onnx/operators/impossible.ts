// Operators that no program can have, since the sizes of their results depend on the numbers they are given, or on chance.
import { Miss, type Family, type Translate } from "../writer.js";

const never =
  (reason: string): Translate =>
  () => {
    throw new Miss(reason);
  };

const dataDependent = never(
  "the size of the result depends on the numbers given, and shapes are types",
);

/** Operators without a translation, with the reason. */
export const impossible: Family = {
  NonMaxSuppression: dataDependent,
  Unique: dataDependent,
  NonZero: dataDependent,
  Bernoulli: never("the expected numbers are those of NumPy's generator"),
};
