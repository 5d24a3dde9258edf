import { InboxPage } from "@/components/requests/InboxPage";
import { publicSocketUrl } from "@/lib/publicSocketUrl";

export default async function Page() {
  return <InboxPage socketUrl={await publicSocketUrl()} />;
}
