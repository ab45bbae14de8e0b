/** Collects keys asked for in one turn and loads them together, each once per request. */
export function batched<Key, Value>(load: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Value>>): Loader<Key, Value> {
  const known = new Map<Key, Promise<Value | undefined>>();
  let gathering: { readonly keys: Key[]; readonly loaded: Promise<ReadonlyMap<Key, Value>> } | undefined;

  const gather = () => {
    const keys: Key[] = [];
    const loaded = nextTurn().then(() => {
      gathering = undefined;
      return load(keys);
    });
    return { keys, loaded };
  };
  const read = (key: Key): Promise<Value | undefined> => {
    const found = known.get(key);
    if (found !== undefined) return found;
    gathering ??= gather();
    gathering.keys.push(key);
    const value = gathering.loaded.then((values) => values.get(key));
    known.set(key, value);
    return value;
  };
  return Object.assign(read, { known: (key: Key, value: Value | undefined) => void known.set(key, Promise.resolve(value)) });
}

/** Reads by key; what another statement read along is made known to it. */
export interface Loader<Key, Value> {
  (key: Key): Promise<Value | undefined>;
  known(key: Key, value: Value | undefined): void;
}

/** After every promise that is settled by now has been followed up, so that siblings of a list join one batch. */
const nextTurn = () => Promise.resolve().then(() => new Promise<void>((resolve) => process.nextTick(resolve)));

/** Computes a value once per request, when it is first needed. */
export function once<Value>(compute: () => Promise<Value>): () => Promise<Value> {
  let value: Promise<Value> | undefined;
  return () => (value ??= compute());
}

/** Answers each question once per request. */
export function remembered<Question, Key, Answer>(keyOf: (question: Question) => Key, ask: (question: Question) => Promise<Answer>): (question: Question) => Promise<Answer> {
  const known = new Map<Key, Promise<Answer>>();
  return (question) => {
    const key = keyOf(question);
    const answer = known.get(key) ?? ask(question);
    known.set(key, answer);
    return answer;
  };
}
