/** A policy that set a flag of a run. */
export interface FlagOwner {
  readonly flag: string;
  readonly policyUlid: string;
}

/** What one policy wants of a run's flags. */
export interface FlagWishes {
  readonly policyUlid: string;
  readonly flag: readonly string[];
  readonly reset: readonly string[];
}

export const MAX_FLAGS = 100;
const MAX_FLAG_LENGTH = 255;

/**
 * The owners of a run's flags after one evaluation. Each policy's resets go before what it adds; a flag goes with its last owner, and
 * nobody takes away what another has set. Owners that were deleted count as having agreed to every reset.
 */
export function ownersAfter(before: readonly FlagOwner[], wishes: readonly FlagWishes[], living: ReadonlySet<string>): readonly FlagOwner[] {
  let owners = [...before];
  for (const { policyUlid, flag, reset } of wishes) {
    for (const name of reset) {
      if (!owners.some((owner) => owner.flag === name && owner.policyUlid === policyUlid)) continue;
      owners = owners.filter((owner) => owner.flag !== name || (owner.policyUlid !== policyUlid && living.has(owner.policyUlid)));
    }
    for (const name of flag) {
      const isNew = !owners.some((owner) => owner.flag === name);
      if (name === '' || name.length > MAX_FLAG_LENGTH || (isNew && flagsOf(owners).length >= MAX_FLAGS)) continue;
      if (!owners.some((owner) => owner.flag === name && owner.policyUlid === policyUlid)) owners.push({ flag: name, policyUlid });
    }
  }
  return owners;
}

/** The flags themselves, in the order in which they were set. */
export const flagsOf = (owners: readonly FlagOwner[]): readonly string[] => [...new Set(owners.map(({ flag }) => flag))];
