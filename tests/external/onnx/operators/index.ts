// All operators of ONNX that have a translation, by name; operators that cannot have one, with the reason.
import type { Family } from "../writer.js";
import { control } from "./control.js";
import { convolutions } from "./convolutions.js";
import { impossible } from "./impossible.js";
import { indices } from "./indices.js";
import { losses } from "./losses.js";
import { normalisations } from "./normalisations.js";
import { optimizers } from "./optimizers.js";
import { pointwise } from "./pointwise.js";
import { pooling } from "./pooling.js";
import { products } from "./products.js";
import { recurrents } from "./recurrent.js";
import { reductions } from "./reductions.js";
import { sampling } from "./sampling.js";
import { shapes } from "./shapes.js";
import { signals } from "./signals.js";

/** One record for each operator. */
export const translators: Family = {
  ...pointwise,
  ...reductions,
  ...shapes,
  ...products,
  ...indices,
  ...convolutions,
  ...pooling,
  ...normalisations,
  ...losses,
  ...recurrents,
  ...optimizers,
  ...sampling,
  ...signals,
  ...control,
  ...impossible,
};
