/**
 * Notices of the system for what wants a person while nobody looks at the page. Kept in this browser; off until somebody turns
 * them on, for the browser then asks.
 */
const KEY = "notices";
const listeners = new Set<() => void>();

export const noticeStore = {
  /** Whether this browser has them for this page at all: an iPhone's and a plain http page's have not. */
  areThere: (): boolean => typeof Notification !== "undefined",
  get: (): boolean => noticeStore.areThere() && localStorage.getItem(KEY) === "on" && Notification.permission === "granted",
  /** False when the browser, or who was asked by it, does not want them. */
  turn: async (on: boolean): Promise<boolean> => {
    const allowed = on && (await Notification.requestPermission()) === "granted";
    localStorage.setItem(KEY, allowed ? "on" : "off");
    for (const listener of listeners) listener();
    return allowed === on;
  },
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};

/** Says something, unless the page is looked at. The same tag from several tabs is one notice. Pressed, it opens the address. */
export function notify(title: string, body: string, tag: string, address: string): void {
  if (!noticeStore.get() || document.hasFocus()) return;
  try {
    const notice = new Notification(title, { body, tag, icon: "/icon.svg" });
    notice.onclick = () => {
      notice.close();
      window.focus();
      location.assign(address);
    };
  } catch {
    // Chrome on Android has them for service workers only.
  }
}
