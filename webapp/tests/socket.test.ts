import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Backoff } from "@/lib/chat/backoff";
import { CLOSE_PROJECT_DELETED, type ConnectionState, ReconnectingSocket } from "@/lib/chat/socket";

describe("Backoff", () => {
  it("doubles, is capped, and is jittered between half and all of a step", () => {
    const low = new Backoff(100, 1000, () => 0);
    expect([low.next(), low.next(), low.next(), low.next(), low.next(), low.next()]).toEqual([50, 100, 200, 400, 500, 500]);
    const high = new Backoff(100, 1000, () => 1);
    expect([high.next(), high.next()]).toEqual([100, 200]);
    high.reset();
    expect(high.next()).toBe(100);
  });
});

/** The browser's WebSocket, as far as it is used: opened and closed by the test. */
class FakeWebSocket {
  static readonly OPEN = 1;
  static made: FakeWebSocket[] = [];
  readyState = 0;
  sent: string[] = [];
  onopen: (() => void) | null = null;
  onclose: ((close: { code: number }) => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;

  constructor(readonly address: string) {
    FakeWebSocket.made.push(this);
  }

  send(text: string) {
    this.sent.push(text);
  }

  close() {
    this.end(1000);
  }

  open() {
    this.readyState = 1;
    this.onopen?.();
  }

  end(code: number) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

describe("ReconnectingSocket", () => {
  let states: ConnectionState[];
  let exists: boolean;
  let seen: number;
  let page: EventTarget & { visibilityState: string };
  let socket: ReconnectingSocket<unknown>;

  beforeEach(() => {
    vi.useFakeTimers();
    FakeWebSocket.made = [];
    page = Object.assign(new EventTarget(), { visibilityState: "visible" });
    vi.stubGlobal("WebSocket", FakeWebSocket);
    vi.stubGlobal("window", new EventTarget());
    vi.stubGlobal("document", page);
    [states, exists, seen] = [[], true, 7];
    socket = new ReconnectingSocket({
      address: () => `ws://x/?after=${seen}`,
      onFrame: () => seen++,
      onState: (state) => states.push(state),
      exists: async () => exists,
    });
    socket.start();
  });

  afterEach(() => {
    socket.stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const last = () => FakeWebSocket.made.at(-1)!;

  it("comes back after a loss, from where it was", async () => {
    last().open();
    last().onmessage?.({ data: "{}" });
    last().end(1006);
    await vi.advanceTimersByTimeAsync(400);
    expect(FakeWebSocket.made).toHaveLength(2);
    expect(last().address).toBe("ws://x/?after=8");
    last().open();
    expect(states).toEqual(["connecting", "open", "reconnecting", "open"]);
  });

  it("waits longer each time while nobody answers", async () => {
    for (let i = 0; i < 30; i++) {
      last().end(1006);
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect(FakeWebSocket.made).toHaveLength(31);
    last().end(1006);
    await vi.advanceTimersByTimeAsync(4_900);
    expect(FakeWebSocket.made).toHaveLength(31);
  });

  it("ends for good when the project does not exist", async () => {
    exists = false;
    last().end(1006);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeWebSocket.made).toHaveLength(1);
    expect(states.at(-1)).toBe("gone");
  });

  it("ends for good when the project is deleted", async () => {
    last().open();
    last().end(CLOSE_PROJECT_DELETED);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeWebSocket.made).toHaveLength(1);
    expect(states.at(-1)).toBe("gone");
  });

  it("notices a socket that is dead and does not say so", async () => {
    last().open();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(FakeWebSocket.made).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(FakeWebSocket.made).toHaveLength(2);
  });

  it("wakes at once when the network comes back", async () => {
    for (let i = 0; i < 8; i++) {
      last().end(1006);
      await vi.advanceTimersByTimeAsync(10_000);
    }
    last().end(1006);
    await vi.advanceTimersByTimeAsync(1);
    const before = FakeWebSocket.made.length;
    window.dispatchEvent(new Event("online"));
    expect(FakeWebSocket.made).toHaveLength(before + 1);
  });

  it("wakes when the tab is looked at again, and not while it is hidden", async () => {
    last().end(1006);
    await vi.advanceTimersByTimeAsync(1);
    page.visibilityState = "hidden";
    page.dispatchEvent(new Event("visibilitychange"));
    expect(FakeWebSocket.made).toHaveLength(1);
    page.visibilityState = "visible";
    page.dispatchEvent(new Event("visibilitychange"));
    expect(FakeWebSocket.made).toHaveLength(2);
  });

  it("sends only on an open connection", () => {
    expect(socket.send({ type: "interrupt" })).toBe(false);
    last().open();
    expect(socket.send({ type: "interrupt" })).toBe(true);
    expect(last().sent).toEqual(['{"type":"interrupt"}']);
  });

  it("stops when it is told to", async () => {
    last().open();
    socket.stop();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(FakeWebSocket.made).toHaveLength(1);
  });
});
