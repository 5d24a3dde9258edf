/** Delays between attempts to connect, in milliseconds: doubling, capped, jittered so that viewers do not come back all at once. */
export class Backoff {
  private attempt = 0;

  constructor(
    private readonly firstMs = 300,
    private readonly capMs = 10_000,
    private readonly random: () => number = Math.random,
  ) {}

  /** The next delay: between half and all of the present step. */
  next(): number {
    const step = Math.min(this.capMs, this.firstMs * 2 ** this.attempt++);
    return step / 2 + this.random() * (step / 2);
  }

  /** A connection has lasted: begin anew. */
  reset() {
    this.attempt = 0;
  }
}
