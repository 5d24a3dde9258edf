import type { NextConfig } from "next";

const config: NextConfig = {
  output: "standalone",
  // The gateway compresses nothing and buffers nothing; neither do we: answers stream.
  compress: false,
  poweredByHeader: false,
  reactStrictMode: true,
  // The OpenTelemetry SDK loads parts of itself at run time.
  serverExternalPackages: ["@opentelemetry/sdk-node", "@opentelemetry/api", "@opentelemetry/api-logs"],
};

export default config;
