import { AcceptGrantCommand, CreateGrantVersionCommand, ListReceivedGrantsCommand, type GrantedLicense } from '@aws-sdk/client-license-manager';
import { classifyFault, whyUnusable } from '../adapters/license/aws-answers.ts';
import { findReceivedLicense, MARKETPLACE_FINGERPRINT } from '../adapters/license/aws-license.ts';
import { distribution, type Distribution } from '../adapters/license/distribution.ts';
import { homeRegionCalls } from '../adapters/license/home-region.ts';
import { jwtLicense } from '../adapters/license/jwt-license.ts';
import type { AwsClients } from './aws/clients.ts';
import type { InstallConfig, InstallSecrets } from './config.ts';
import type { CommandContext } from './context.ts';
import { CommandFault } from './outcome.ts';

export interface LicenceStep {
  readonly context: Pick<CommandContext, 'aws' | 'say' | 'now'>;
  readonly config: InstallConfig;
  readonly secrets: InstallSecrets;
  readonly accountId: string;
  /** Accepts and activates a licence that waits for it. */
  readonly accept: boolean;
  /** In place of this build's own. */
  readonly build?: Distribution;
}

/** Ends the command when the licence does not allow an installation; what cannot be learned here, the deployment itself will ask. */
export async function requireLicence(step: LicenceStep): Promise<void> {
  const { type } = step.config.license;
  if (type === 'jwt') await requireToken(step);
  if (type === 'aws') await requireReceived(step);
}

async function requireToken({ config, secrets, accountId, context, build = distribution() }: LicenceStep): Promise<void> {
  const installation = { awsAccountId: accountId, accountName: config.accountName };
  const authority = jwtLicense({ token: async () => secrets.licenseToken ?? undefined, publicKeys: build.publicKeys, installation, clock: { now: context.now } });
  const answer = await authority.ask(null);
  if (answer.kind !== 'granted') throw new CommandFault('licence', `license.token: ${answer.reason}`);
  context.say(`licence: ${answer.grant.licensee ?? 'unknown'}, tier ${answer.grant.tier ?? 'none'}, until ${answer.grant.validUntil?.toISOString().slice(0, 10) ?? 'no end'}`);
}

async function requireReceived({ config, context, accountId, accept, build = distribution() }: LicenceStep): Promise<void> {
  const product = { sku: build.productSku ?? config.license.productSku ?? '', fingerprint: build.keyFingerprint ?? config.license.keyFingerprint ?? MARKETPLACE_FINGERPRINT };
  const opened: AwsClients[] = [];
  const clientIn = (region: string | undefined) => {
    const clients = context.aws(region ?? config.region);
    opened.push(clients);
    return clients.licenseManager;
  };
  try {
    const send = homeRegionCalls(clientIn);
    const license = await send((to) => findReceivedLicense(to, product));
    if (license === undefined) throw new CommandFault('licence', `no licence for ${product.sku} in account ${accountId}`);
    const pending = license.ReceivedMetadata?.ReceivedStatus === 'PENDING_ACCEPT';
    if (pending && accept) await acceptLicence(send, license, context);
    const refused = pending && accept ? undefined : whyUnusable(license, context.now());
    if (refused !== undefined) throw new CommandFault('licence', pending ? `${refused.reason}, or run install again with --accept-license` : refused.reason);
    context.say(`licence: ${license.LicenseName ?? product.sku}, until ${license.Validity?.End?.slice(0, 10) ?? 'no end'}`);
  } catch (error) {
    if (error instanceof CommandFault) throw error;
    throw new CommandFault('licence', classifyFault(error).reason, { cause: error });
  } finally {
    for (const clients of opened) clients.close();
  }
}

async function acceptLicence(send: ReturnType<typeof homeRegionCalls>, license: GrantedLicense, context: LicenceStep['context']): Promise<void> {
  const { Grants = [] } = await send((to) => to.send(new ListReceivedGrantsCommand({ Filters: [{ Name: 'LicenseArn', Values: [license.LicenseArn ?? ''] }] })));
  const grant = Grants.find(({ LicenseArn }) => LicenseArn === license.LicenseArn);
  if (grant?.GrantArn === undefined) throw new CommandFault('licence', 'the licence waits to be accepted, and there is no grant to accept');
  const { GrantArn } = grant;
  await send((to) => to.send(new AcceptGrantCommand({ GrantArn })));
  await send((to) => to.send(new CreateGrantVersionCommand({ GrantArn, ClientToken: `activate-${context.now().getTime()}`, Status: 'ACTIVE' })));
  context.say('licence: accepted and activated');
}
