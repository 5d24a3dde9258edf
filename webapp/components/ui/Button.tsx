import type { ComponentProps } from "react";

const looks = {
  primary: "bg-primary text-primary-foreground hover:opacity-90",
  plain: "border border-input bg-card hover:bg-accent",
  ghost: "hover:bg-accent text-muted-foreground hover:text-foreground",
  danger: "border border-destructive/40 text-destructive hover:bg-destructive/10",
};

export function Button({ look = "plain", className = "", ...props }: ComponentProps<"button"> & { look?: keyof typeof looks }) {
  return (
    <button
      type="button"
      {...props}
      className={`inline-flex h-9 shrink-0 items-center justify-center gap-2 rounded-lg px-3 text-sm font-medium whitespace-nowrap transition disabled:cursor-not-allowed disabled:opacity-45 ${looks[look]} ${className}`}
    />
  );
}
