/** What the page tells its script, in an attribute. */
export type PageSettings = {
  /** Address of the folder with the page's files, relative to the page, without a slash at its end. */
  files: string;
  /** What the headers editor starts with. */
  headers: Record<string, string>;
  /** The tabs that a first visit opens. */
  tabs: { query: string; variables?: string }[];
};
