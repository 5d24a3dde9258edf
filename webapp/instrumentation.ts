/** Next.js calls this once, before the server takes requests. */
export async function register() {
  if (process.env.NEXT_RUNTIME === "nodejs" && process.env.OTEL_EXPORTER_OTLP_ENDPOINT) {
    const { startTelemetry } = await import("./instrumentation.node");
    startTelemetry();
  }
}
