/** What is to be done about a state that a run could not save: for its log and for the note on its end, by whoever of worker and server writes it. */
export const keptStateNote = (stackId: string, artifactId: string): string =>
  `the state that could not be saved is kept for 30 days as ${artifactId}: lock the stack, then import it by stackManagedStateImport(stackId: "${stackId}", state: "${artifactId}")`;
