// `adjoint/client`: what an import of a `.dl` file gives, for TypeScript. Exact types for each import come from the plugin's `types`.

declare module "*.dl" {
  import type { Inputs, LoadOptions, Session, StepResult, TensorValue } from "adjoint/runtime";

  /** The model on a device. */
  export interface Opened {
    readonly session: Session;
    /** Entries by name. */
    readonly entries: Readonly<
      Record<string, (inputs: Inputs) => Promise<Record<string, TensorValue>>>
    >;
    /** Training steps by name. */
    readonly steps: Readonly<
      Record<
        string,
        (
          inputs: Inputs | readonly Inputs[],
          scalars?: { readonly seed?: number; readonly step?: number },
        ) => Promise<StepResult>
      >
    >;
  }

  /** Opens the model, with weights where some are given; on a device of its own where none is given. */
  export function open(options?: LoadOptions): Promise<Opened>;

  const model: { readonly open: typeof open };
  // eslint-disable-next-line no-restricted-syntax -- bundlers import a file by its default
  export default model;
}
