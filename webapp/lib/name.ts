/** What this person is called here: kept in this browser, told with everything that is sent. */
const KEY = "name";
const listeners = new Set<() => void>();

export const nameStore = {
  get: (): string => (typeof localStorage === "undefined" ? "" : (localStorage.getItem(KEY) ?? "")),
  set: (name: string) => {
    localStorage.setItem(KEY, name.trim().slice(0, 60));
    for (const listener of listeners) listener();
  },
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};

/** The path with the name as its query parameter; as it is while nobody has given one. */
export function withName(path: string): string {
  const name = nameStore.get();
  return name ? `${path}${path.includes("?") ? "&" : "?"}name=${encodeURIComponent(name)}` : path;
}
