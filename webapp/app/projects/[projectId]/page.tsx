import type { Metadata } from "next";
import { ChatPage } from "@/components/chat/ChatPage";
import { publicSocketUrl } from "@/lib/publicSocketUrl";

export const metadata: Metadata = { title: "Chat" };

export default async function Page({ params, searchParams }: { params: Promise<{ projectId: string }>; searchParams: Promise<{ session?: string | string[] }> }) {
  const { projectId } = await params;
  const { session } = await searchParams;
  return <ChatPage projectId={projectId} namedSession={typeof session === "string" ? session : null} socketUrl={await publicSocketUrl()} />;
}
