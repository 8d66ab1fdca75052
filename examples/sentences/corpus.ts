// A small corpus to search: a few sentences on each of several subjects.

/** The sentences. */
export const corpus: readonly string[] = [
  "The express train to the airport leaves every fifteen minutes.",
  "A taxi to the terminal costs about forty dollars.",
  "The museum is closed on Mondays.",
  "Tickets for the concert are sold out.",
  "The fan of my laptop rattles when it gets hot.",
  "Install the update and restart the machine.",
  "The hard disk clicks before it stops responding.",
  "Forgotten passwords can be reset from the login page.",
  "Boil the pasta until it is firm and add the tomato sauce.",
  "A soup of lentils and carrots is ready in half an hour.",
  "This bakery sells fresh bread from six in the morning.",
  "The recipe calls for two eggs and a cup of flour.",
  "Heavy rain is expected in the north tomorrow.",
  "The summer was the driest in forty years.",
  "Our team won the final after extra time.",
  "She runs ten kilometres before breakfast.",
  "The committee approved the budget for next year.",
  "Interest rates rose for the third time this year.",
  "The kitten slept on the warm rug.",
  "Dogs need a walk at least twice a day.",
];
