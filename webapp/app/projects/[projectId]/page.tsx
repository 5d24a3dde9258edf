import type { Metadata } from "next";
import { connection } from "next/server";
import { ChatPage } from "@/components/chat/ChatPage";

export const metadata: Metadata = { title: "Chat" };

export default async function Page({ params }: { params: Promise<{ projectId: string }> }) {
  // Where the socket is, is known when this runs and not when it was built: an operator may give ChatApi its own address.
  await connection();
  const { projectId } = await params;
  return <ChatPage projectId={projectId} socketUrl={process.env.PUBLIC_SOCKET_URL || null} />;
}
