/** `bundle.json`: names and types of the files beside it, each gzipped as `<name>.gz`. */
export type BundleIndex = {
  /** Of all contents together; part of every file's address. */
  version: string;
  types: Record<string, string>;
};

/** Where the build puts the bundle, relative to this folder's compiled modules. */
export const bundleFolder = './bundle/';
