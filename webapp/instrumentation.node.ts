import { performance } from "node:perf_hooks";
import { metrics } from "@opentelemetry/api";
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
  measureProcess();
  process.once("SIGTERM", () => void sdk.shutdown());
}

/** Named as OpenTelemetry's conventions for Node.js have it. */
function measureProcess() {
  const meter = metrics.getMeter("webapp");
  meter.createObservableGauge("process.memory.usage", { unit: "By" }).addCallback((gauge) => gauge.observe(process.memoryUsage().rss));
  meter.createObservableGauge("v8js.memory.heap.used", { unit: "By" }).addCallback((gauge) => gauge.observe(process.memoryUsage().heapUsed));
  let last = performance.eventLoopUtilization();
  meter.createObservableGauge("nodejs.eventloop.utilization", { unit: "1" }).addCallback((gauge) => {
    const now = performance.eventLoopUtilization();
    gauge.observe(performance.eventLoopUtilization(now, last).utilization);
    last = now;
  });
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
