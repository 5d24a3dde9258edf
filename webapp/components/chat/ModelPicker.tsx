import type { ModelOffer } from "@/lib/rest";

/** The session's model, of those that its Claude Code offers. */
export function ModelPicker({ model, models, onChange }: { model: string | null; models: ModelOffer[]; onChange: (model: string) => void }) {
  const current = models.find((offer) => offer.value === model);
  return (
    <select
      value={model ?? ""}
      onChange={(event) => onChange(event.target.value)}
      aria-label="Model"
      title={current?.description}
      className="h-7 max-w-48 truncate rounded-md bg-transparent px-1 text-xs text-muted-foreground outline-none hover:bg-accent hover:text-foreground focus-visible:ring-2 focus-visible:ring-ring"
    >
      <option value="">Default model</option>
      {model && !current && <option value={model}>{model}</option>}
      {models
        .filter((offer) => offer.value !== "default")
        .map((offer) => (
          <option key={offer.value} value={offer.value}>
            {offer.display_name}
          </option>
        ))}
    </select>
  );
}
