/** Something that is watched, as it stands now. Whoever knows it tells; alerts know nothing else of it. */
export interface Subject {
  /** Unique within its watch, and stays the same. */
  key: string;
  workspace: string;
  /** Whose it is: those of one kind that fail alike are one incident. */
  kind: string;
  name: string;
  /** Its page. */
  path: string;
  paused: boolean;
  /** When it was last well, by our clock; null when it never was. */
  wellAt: Date | null;
  lagMs: number;
  /** Infinite for what has no age: only its trouble counts. */
  lateAfterMs: number;
  trouble: SubjectTrouble | null;
}

export interface SubjectTrouble {
  code: string;
  message: string;
  hint?: string | null;
  /** It does not pass by itself: people are told at once, however fresh it is. */
  needsPerson: boolean;
  /** What one act would help: the account whose key is refused. Its own key where it is alone with it. */
  scope: string;
}

export const isLate = ({ paused, lagMs, lateAfterMs }: Subject): boolean => !paused && lagMs > lateAfterMs;
