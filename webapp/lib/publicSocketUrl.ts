import { connection } from "next/server";

/**
 * Where ChatApi's sockets are, when an operator gave it an address of its own; null for this page's host. Known when this
 * runs and not when it was built.
 */
export async function publicSocketUrl(): Promise<string | null> {
  await connection();
  return process.env.PUBLIC_SOCKET_URL || null;
}
