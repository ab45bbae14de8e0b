import { invalid } from '../shared/errors.ts';

const ACCOUNT_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{1,37}$/;

/** The installation's one account. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly settings: AccountSettings;
  readonly createdAt: Date;
}

export interface AccountSettings {
  /** Administrators of a space may create, change and delete the spaces below it. */
  readonly spaceAdminsManageChildren?: boolean;
}

/** The name, if it may be one: 2 to 38 letters, digits, dashes and underscores, the first no sign. */
export function accountName(name: string): string {
  if (!ACCOUNT_NAME.test(name)) throw invalid(`"${name}" cannot be an account name: it takes 2 to 38 letters, digits, "-" and "_", and starts with a letter or digit`, { field: 'name' });
  return name;
}
