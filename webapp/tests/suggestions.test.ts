import { describe, expect, it } from "vitest";
import { toolSummary, toolTitle, wish } from "@/components/tools/describe";
import { type Suggestion, whatIsAllowed, whereItIsSaved } from "@/lib/suggestions";

describe("what would be allowed always", () => {
  // As the CLI 2.1.197 proposes it for "touch d1" (transcript 04h).
  it.each<[Suggestion, string, RegExp]>([
    [{ type: "addRules", rules: [{ toolName: "Bash", ruleContent: "touch d1 *" }], behavior: "allow", destination: "userSettings" }, "Bash(touch d1 *)", /this project/],
    [{ type: "addRules", rules: [{ toolName: "mcp__files__read" }], behavior: "allow", destination: "session" }, "mcp__files__read", /this session/],
    [{ type: "addDirectories", directories: ["/workspace"], destination: "session" }, "files in /workspace", /this session/],
    [{ type: "addDirectories", directories: ["/data/projects/01a212e1-6509-7c92-9638-0ca6e06ccfd7/workspace"], destination: "session" }, "files in the workspace", /this session/],
    [{ type: "addDirectories", directories: ["/data/projects/01a212e1-6509-7c92-9638-0ca6e06ccfd7/workspace/src"], destination: "session" }, "files in src", /this session/],
    [{ type: "setMode", mode: "acceptEdits", destination: "session" }, "all edits", /this session/],
  ])("%j", (suggestion, what, where) => {
    expect(whatIsAllowed(suggestion)).toBe(what);
    expect(whereItIsSaved(suggestion)).toMatch(where);
  });
});

describe("a tool in words", () => {
  it.each([
    ["Bash", { command: "ls -l" }, "Bash", "ls -l", "wants to run a command"],
    ["Write", { file_path: "/w/src/app.ts", content: "" }, "Write", "src/app.ts", "wants to write src/app.ts"],
    ["mcp__github__create_issue", { title: "x" }, "github · create_issue", "", "wants to use github · create_issue"],
    ["AskUserQuestion", { questions: [{ question: "This?" }, { question: "That?" }] }, "Question", "This? · That?", "wants to use Question"],
    ["ExitPlanMode", { plan: "# The plan\n\n1. x" }, "Plan", "The plan", "wants to use Plan"],
    ["Unheard", "no object", "Unheard", "", "wants to use Unheard"],
    ["Unheard", null, "Unheard", "", "wants to use Unheard"],
  ])("%s %j", (name, input, title, summary, wanted) => {
    expect([toolTitle(name), toolSummary(name, input), wish(name, input)]).toEqual([title, summary, wanted]);
  });
});
