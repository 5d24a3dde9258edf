import { LedgerPage } from "@/components/ledger/LedgerPage";

export default function Page() {
  return <LedgerPage />;
}
