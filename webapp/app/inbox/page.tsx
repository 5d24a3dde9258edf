import { InboxPage } from "@/components/requests/InboxPage";

export default function Page() {
  return <InboxPage />;
}
