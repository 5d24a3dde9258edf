import { code } from "@streamdown/code";
import { memo } from "react";
import { Streamdown } from "streamdown";

const plugins = { code };
const controls = { code: { copy: true, download: false }, table: { copy: true, download: false, fullscreen: false } };

/**
 * Markdown, also while it still streams: what is unfinished is shown as if it were, so that nothing jumps when it ends.
 * HTML is sanitised and links are hardened by Streamdown.
 */
export const Markdown = memo(function Markdown({ text, isStreaming }: { text: string; isStreaming: boolean }) {
  return (
    <Streamdown className="min-w-0 text-[0.9375rem] leading-relaxed [&>*:first-child]:mt-0 [&>*:last-child]:mb-0" mode={isStreaming ? "streaming" : "static"} isAnimating={isStreaming} plugins={plugins} controls={controls} lineNumbers={false}>
      {text}
    </Streamdown>
  );
});
