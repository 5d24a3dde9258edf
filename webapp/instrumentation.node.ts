import { logs, SeverityNumber } from "@opentelemetry/api-logs";
import { NodeSDK } from "@opentelemetry/sdk-node";

/**
 * Sends traces (Next.js makes the spans), metrics and logs to where OTEL_EXPORTER_OTLP_ENDPOINT says, as Aspire sets it.
 * The SDK reads the rest of its settings from the environment.
 */
export function startTelemetry() {
  process.env.OTEL_TRACES_EXPORTER ??= "otlp";
  process.env.OTEL_METRICS_EXPORTER ??= "otlp";
  process.env.OTEL_LOGS_EXPORTER ??= "otlp";
  const sdk = new NodeSDK();
  sdk.start();
  sendConsole();
  process.once("SIGTERM", () => void sdk.shutdown());
}

/** What the server prints is what it logs. */
function sendConsole() {
  const logger = logs.getLogger("console");
  const levels = { log: SeverityNumber.INFO, info: SeverityNumber.INFO, warn: SeverityNumber.WARN, error: SeverityNumber.ERROR } as const;
  for (const [level, severityNumber] of Object.entries(levels) as [keyof typeof levels, SeverityNumber][]) {
    const print = console[level].bind(console);
    console[level] = (...args: unknown[]) => {
      print(...args);
      logger.emit({ severityNumber, severityText: level.toUpperCase(), body: args.map(String).join(" ") });
    };
  }
  console.info("webapp is up; telemetry goes to", process.env.OTEL_EXPORTER_OTLP_ENDPOINT);
}
