import { checkEndpoints } from '../checks/endpoints.ts';
import { tlsProbe } from '../checks/reach.ts';
import { runChecks, report } from '../checks/run-checks.ts';
import type { Finding } from '../checks/check.ts';
import { requireLicence } from '../licence-step.ts';
import type { CommandContext } from '../context.ts';
import { targetOf, type CommonFlags } from './command.ts';

/** Makes the checks of an installation and changes nothing. */
export async function doctor(context: CommandContext, flags: CommonFlags): Promise<readonly Finding[]> {
  const { config, secrets, aws, identity } = await targetOf(context, flags);
  try {
    context.say(`account ${identity.accountId}${identity.alias === null ? '' : ` (${identity.alias})`}, ${config.region}`);
    const probe = context.probe ?? tlsProbe();
    const needs = {
      aws, config, accountId: identity.accountId, version: context.version, configFile: flags.configFile, elsewhere: context.aws, probe,
    };
    const findings = [...(await runChecks(needs)), ...(await checkEndpoints(needs, probe))];
    if (flags.json) context.say(JSON.stringify(findings, null, 2));
    report(flags.json ? { ...context, say: () => undefined } : context, findings);
    await requireLicence({ context: flags.json ? { ...context, say: () => undefined } : context, config, secrets, accountId: identity.accountId, accept: false });
    return findings;
  } finally {
    aws.close();
  }
}
