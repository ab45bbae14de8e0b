import { forbidden, unavailable } from '../../shared/errors.ts';
import { checkLicense, type CheckNeeds } from './check-license.ts';
import { releaseLicense } from './release-license.ts';

export type DeploymentStep = 'create' | 'update' | 'delete';

/**
 * Whether a deployment may go on. The first one needs a licence that holds now, or it is rolled back; a later one is kept back by a denial,
 * which never stops what runs, and passes when nothing was learned; taking the installation away always passes.
 */
export async function admitDeployment(needs: CheckNeeds, step: DeploymentStep): Promise<void> {
  if (step === 'delete') {
    await releaseLicense(needs).catch((error: unknown) => needs.telemetry.log('warn', 'the licence could not be given back', { error }));
    return;
  }
  const checked = await checkLicense(needs);
  if (checked === undefined) {
    if (step === 'create') throw unavailable('the licence is being checked by another deployment: try again in two minutes');
    return;
  }
  const { answer } = checked;
  if (answer.kind === 'granted' || (step === 'update' && answer.kind === 'inconclusive')) return;
  throw forbidden(`the licence does not allow this deployment: ${answer.reason}`, { licence: answer.kind });
}
