// How names, sizes and pieces of source stand in a sentence.

/** A name, dim or piece of source between backticks. */
export const quoted = (text: string): string => `\`${text}\``;
