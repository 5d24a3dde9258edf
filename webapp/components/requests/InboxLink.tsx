import { Inbox } from "lucide-react";
import Link from "next/link";

/** The way to what waits, and how much that is. */
export function InboxLink({ count }: { count: number }) {
  return (
    <Link href="/inbox" aria-label={count === 0 ? "Inbox: nothing waits" : `Inbox: ${count} waiting`} title="What waits for an answer" className="relative rounded-lg p-2 text-muted-foreground hover:bg-accent hover:text-foreground">
      <Inbox className="size-5" aria-hidden />
      {count > 0 && (
        <span data-testid="inbox-count" className="absolute -top-0.5 -right-0.5 grid h-4 min-w-4 place-items-center rounded-full bg-primary px-1 text-[0.625rem] leading-none font-semibold text-primary-foreground">
          {count}
        </span>
      )}
    </Link>
  );
}
