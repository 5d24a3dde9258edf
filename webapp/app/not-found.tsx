import Link from "next/link";

export default function NotFound() {
  return (
    <main className="grid min-h-dvh place-items-center p-6 text-center">
      <div>
        <h1 className="text-xl font-semibold">There is no such page</h1>
        <Link href="/" className="mt-4 inline-block text-primary underline underline-offset-4">
          To the projects
        </Link>
      </div>
    </main>
  );
}
