// What a spec did while it ran: how it is judged depends on that.

/** Notes about one spec. */
export interface Note {
  /** Programs that were asked for, whether or not they could be compiled. */
  programs: number;
  /** Operations that the compiler refused, as it should where the spec makes a mistake. */
  refusals: number;
  deviceRuns: number;
  /** Whether an operand held NaN or an infinity. */
  nonFinite: boolean;
  /** Why the spec asks for what the language does not have. */
  outside: string[];
}

const fresh = (): Note => ({
  programs: 0,
  refusals: 0,
  deviceRuns: 0,
  nonFinite: false,
  outside: [],
});

/** The notes about the spec that runs now. */
export const note: Note = fresh();

/** Starts the notes of the next spec. */
export function startNote(): void {
  Object.assign(note, fresh());
}
