import * as z from 'zod/mini';
import { ssmParameters } from '../adapters/aws/ssm-parameters.ts';
import { invalid } from '../core/shared/errors.ts';
import type { Environment } from './aws-base.ts';
import type { CustomResourceEvent } from './custom-resource.ts';

export const PARAMETER_ELSEWHERE = 'Custom::ParameterElsewhere';

const Properties = z.object({ Region: z.string(), Name: z.string() });

/** The value of a parameter of another region; empty for a deployment that wants it no more. */
export async function readElsewhere(environment: Environment, event: CustomResourceEvent): Promise<string> {
  if (event.RequestType === 'Delete') return '';
  const { Region, Name } = Properties.parse(event.ResourceProperties);
  const value = await ssmParameters({ ...environment, AWS_REGION: Region }).read(Name);
  if (value === undefined) throw invalid(`there is no parameter ${Name} in ${Region}: deploy what leaves it there first`);
  return value;
}
