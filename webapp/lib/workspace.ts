// /data/runner/projects/01a212e1-6509-7c92-9638-0ca6e06ccfd7/workspace/src/app.ts
const workspace = /^.*\/projects\/[0-9a-f-]{36}\/workspace(\/|$)/;

/** A path of the server as people of the project know it: without the folder that the Runner keeps the workspace in. */
export const inWorkspace = (path: string): string => path.replace(workspace, "") || "the workspace";
