// Node tests whose numbers do not follow from their models, with the reason.

/** By title. Such a test counts as a miss. */
export const wrongTests: Readonly<Record<string, string>> = {
  test_adam_multiple:
    "the expected numbers were made with an epsilon of 0.01, which the model does not say",
};
