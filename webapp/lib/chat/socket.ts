import { Backoff } from "./backoff";
import type { BrowserFrame } from "./wire";

/** The address of one of the server's sockets: at this page's own host, unless an operator gave ChatApi another. */
export const socketAddress = (base: string | null | undefined, path: string): string =>
  `${(base ?? `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}`).replace(/\/$/, "")}${path}`;

/** Where the connection is. `gone`: there is nothing to come back to. */
export type ConnectionState = "connecting" | "open" | "reconnecting" | "gone";

/** The server closes with this when the project was deleted. */
export const CLOSE_PROJECT_DELETED = 4404;

/** The server sends something at least every 15 s. Two of these missed and a half: the socket is dead, whatever it says. */
const SILENCE_LIMIT_MS = 40_000;

/** After this much uptime a connection counts as good. */
const STABLE_MS = 5_000;

/** A handshake that takes longer is given up. */
const CONNECT_LIMIT_MS = 10_000;

interface Handlers<F> {
  /** The address to connect to now: it names the last event that was seen. */
  address: () => string;
  onFrame: (frame: F) => void;
  onState: (state: ConnectionState) => void;
  /** A connection that never opened: does the project still exist? False ends the attempts. */
  exists: () => Promise<boolean>;
}

/**
 * A WebSocket that comes back: with jittered backoff, at once when the tab or the network comes back,
 * and also when the socket only seems to live.
 */
export class ReconnectingSocket<F> {
  private socket: WebSocket | null = null;
  private readonly backoff = new Backoff();
  private retry: ReturnType<typeof setTimeout> | undefined;
  private watch: ReturnType<typeof setInterval> | undefined;
  private stable: ReturnType<typeof setTimeout> | undefined;
  private lastFrame = 0;
  private stopped = true;

  constructor(private readonly handlers: Handlers<F>) {}

  start() {
    if (!this.stopped) return;
    this.stopped = false;
    window.addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    window.addEventListener("pageshow", this.wake);
    this.watch = setInterval(this.check, 5_000);
    this.handlers.onState("connecting");
    this.connect();
  }

  stop() {
    this.stopped = true;
    window.removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    window.removeEventListener("pageshow", this.wake);
    clearInterval(this.watch);
    clearTimeout(this.retry);
    clearTimeout(this.stable);
    this.drop();
  }

  /** Sends a frame. False when there is no open connection. */
  send(frame: BrowserFrame): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  /** Drops the connection and makes another one at once, e.g. with another address. */
  reconnect() {
    this.drop();
    this.handlers.onState("reconnecting");
    this.connect();
  }

  private connect() {
    clearTimeout(this.retry);
    if (this.stopped) return;
    const socket = new WebSocket(this.handlers.address());
    this.socket = socket;
    let opened = false;
    const limit = setTimeout(() => socket.close(), CONNECT_LIMIT_MS);

    socket.onopen = () => {
      opened = true;
      clearTimeout(limit);
      this.lastFrame = Date.now();
      this.stable = setTimeout(() => this.backoff.reset(), STABLE_MS);
      this.handlers.onState("open");
    };
    socket.onmessage = (message) => {
      if (this.socket !== socket) return;
      this.lastFrame = Date.now();
      this.handlers.onFrame(JSON.parse(message.data as string) as F);
    };
    socket.onclose = (close) => {
      clearTimeout(limit);
      clearTimeout(this.stable);
      if (this.socket !== socket || this.stopped) return;
      this.socket = null;
      if (close.code === CLOSE_PROJECT_DELETED) this.end();
      else void this.comeBack(opened);
    };
  }

  private async comeBack(opened: boolean) {
    this.handlers.onState("reconnecting");
    // A browser does not tell why a handshake was refused, so ask. Nobody answering is no refusal.
    if (!opened && !(await this.handlers.exists())) return this.end();
    if (this.stopped || this.socket) return;
    this.retry = setTimeout(() => this.connect(), this.backoff.next());
  }

  private end() {
    this.stop();
    this.handlers.onState("gone");
  }

  private drop() {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private readonly check = () => {
    if (this.socket?.readyState === WebSocket.OPEN && Date.now() - this.lastFrame > SILENCE_LIMIT_MS) this.reconnect();
  };

  private readonly wake = () => {
    if (document.visibilityState === "hidden" || this.stopped) return;
    if (!this.socket) {
      this.backoff.reset();
      this.connect();
    } else this.check();
  };
}
