import type { Metadata } from "next";
import { ChatPage } from "@/components/chat/ChatPage";
import { publicSocketUrl } from "@/lib/publicSocketUrl";

export const metadata: Metadata = { title: "Chat" };

export default async function Page({ params }: { params: Promise<{ projectId: string }> }) {
  const { projectId } = await params;
  return <ChatPage projectId={projectId} socketUrl={await publicSocketUrl()} />;
}
