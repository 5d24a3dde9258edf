// What a team would write with Node: ws, ioredis, one subscription for each project that has viewers.
import { createServer } from "node:http";
import Redis from "ioredis";
import { WebSocketServer } from "ws";

const redis = new Redis(process.env.REDIS);
const viewers = new Map();
redis.on("message", (channel, message) => {
  for (const socket of viewers.get(channel) ?? []) socket.send(message);
});

const server = createServer((request, response) => response.end("ok"));
new WebSocketServer({ server, perMessageDeflate: false }).on("connection", (socket, request) => {
  const channel = new URL(request.url, "http://localhost").searchParams.get("project");
  if (!viewers.has(channel)) {
    viewers.set(channel, new Set());
    redis.subscribe(channel);
  }
  const all = viewers.get(channel);
  all.add(socket);
  socket.on("close", () => {
    all.delete(socket);
    if (all.size === 0 && viewers.delete(channel)) redis.unsubscribe(channel);
  });
});
server.listen(Number(process.env.PORT), "127.0.0.1", 4096);
