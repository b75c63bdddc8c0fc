const mebibyte = 1024 ** 2;

/** What a skill may be at most. An archive is held against them before and while it is unpacked. */
export const skillLimits = {
  /** Of the archive as it is sent. */
  maxArchiveBytes: 10 * mebibyte,
  /** Of everything in it, unpacked. */
  maxTotalBytes: 20 * mebibyte,
  maxFileBytes: 10 * mebibyte,
  /** Files, folders and whatever else the archive lists. */
  maxEntries: 1000,
  /** Names in a path. */
  maxDepth: 10,
  maxPathBytes: 400,
  /** A file of more than `ratioFloorBytes` that is packed tighter than this is a bomb. */
  maxRatio: 250,
  ratioFloorBytes: mebibyte,
  maxSkillFileBytes: mebibyte,
  maxFrontMatterChars: 64 * 1024,
  /** Of one tenant. */
  maxSkills: 1000,
  /** Kept of one skill; the oldest goes first. */
  maxVersions: 20,
} as const;
