import { RedirectException, type LicenseManagerClient } from '@aws-sdk/client-license-manager';

/** A client of a region; undefined: the installation's. */
export type ClientIn = (region: string | undefined) => LicenseManagerClient;

const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d+$/;

/** Calls License Manager in the region where the licence lives, which it learns when it is sent there. */
export function homeRegionCalls(clientIn: ClientIn): <Answer>(call: (to: LicenseManagerClient) => Promise<Answer>) => Promise<Answer> {
  let client = clientIn(undefined);
  return async (call) => {
    try {
      return await call(client);
    } catch (error) {
      const region = error instanceof RedirectException ? regionOf(error.Location ?? error.$response?.headers['location']) : undefined;
      if (region === undefined) throw error;
      client.destroy();
      client = clientIn(region);
      return call(client);
    }
  };
}

/** The region of a redirection, which is told as its name or as an address with the name in it. */
function regionOf(location: string | undefined): string | undefined {
  if (location === undefined) return undefined;
  const labels = (URL.canParse(location) ? new URL(location).hostname : location).split('.');
  return labels.find((label) => REGION.test(label));
}
