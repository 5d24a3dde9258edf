import { Markdown } from "@/components/chat/Markdown";
import { inputOf } from "./describe";

interface Hit {
  title: string;
  url: string;
}

/**
 * What a web search found, of the CLI's WebSearchOutput: groups of hits, and words of the model between them.
 * `{"query":"…","results":[{"tool_use_id":"srvtoolu_1","content":[{"title":"…","url":"https://…"}]},"In short: …"],"durationSeconds":0.1}`
 */
export function SearchHits({ results }: { results: unknown[] }) {
  return (
    <div className="flex min-w-0 flex-col gap-2" data-testid="search-hits">
      {results.map((result, index) => (typeof result === "string" ? <Markdown key={index} text={result} isStreaming={false} /> : <Hits key={index} hits={hitsOf(result)} />))}
    </div>
  );
}

function Hits({ hits }: { hits: Hit[] }) {
  if (hits.length === 0) return <p className="text-sm text-muted-foreground">Nothing was found.</p>;
  return (
    <ul className="flex flex-col gap-1.5">
      {hits.map((hit, index) => (
        <li key={index} className="min-w-0">
          <a href={hit.url} target="_blank" rel="noreferrer noopener" className="font-medium text-primary hover:underline">
            {hit.title || hit.url}
          </a>
          <p className="truncate font-mono text-xs text-muted-foreground">{hit.url}</p>
        </li>
      ))}
    </ul>
  );
}

/** Only what is a page: a hit that would run a script is none. */
function hitsOf(result: unknown): Hit[] {
  const { content } = inputOf(result);
  if (!Array.isArray(content)) return [];
  return content.map(inputOf).flatMap(({ title, url }) => (/^https?:\/\//.test(String(url)) ? [{ title: String(title ?? ""), url: String(url) }] : []));
}
