"use client";

import { useSyncExternalStore } from "react";
import { nameStore } from "@/lib/name";

/** What this person is called here; empty while nobody has said. */
export const useName = (): string => useSyncExternalStore(nameStore.subscribe, nameStore.get, () => "");
