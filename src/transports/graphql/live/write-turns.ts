/** What holds back writes until a turn ends. */
export type Holder = { endTurn(): void };

/** Tells who wrote that the code which runs now, with all promises that it settles, is through. */
export class WriteTurns {
  private holders: Holder[] = [];

  /** At most once in a turn. */
  join(holder: Holder): void {
    if (this.holders.length === 0) process.nextTick(this.end);
    this.holders.push(holder);
  }

  private readonly end = (): void => {
    const { holders } = this;
    this.holders = [];
    for (const holder of holders) holder.endTurn();
  };
}
