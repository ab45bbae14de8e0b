import { resolve, resolveDynamic, type Made, type Scope, type Template, type TemplateResource } from './template.ts';

/** A resource with its properties as the service gets them. */
export interface Wanted {
  readonly stack: string;
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface DeploymentOptions {
  readonly pseudo: Readonly<Record<string, string>>;
  /** Makes a resource; undefined for a type that it does not know. */
  readonly make: (wanted: Wanted) => Promise<Made | undefined>;
  /** The value of a parameter of SSM; undefined when it does not exist. */
  readonly readParameter: (name: string) => Promise<string | undefined>;
  /** A value of a secret that is a JSON document. */
  readonly readSecret: (secretId: string, key: string) => Promise<string>;
}

/** Makes what templates describe, stack by stack: what a reference names is made before what refers to it. */
export async function deploy(stacks: readonly { readonly name: string; readonly template: Template }[], options: DeploymentOptions): Promise<void> {
  for (const { name, template } of stacks) await deployStack(name, template, options);
}

async function deployStack(stackName: string, { Resources: resources, Parameters: parameters = {} }: Template, options: DeploymentOptions): Promise<void> {
  const done = new Map<string, Made>();
  const underWay: string[] = [];

  const scope: Scope = {
    stackName,
    pseudo: {
      'AWS::StackId': `arn:aws:cloudformation:${options.pseudo['AWS::Region'] ?? ''}:${options.pseudo['AWS::AccountId'] ?? ''}:stack/${stackName}/1`,
      ...options.pseudo,
    },
    has: (id) => Object.hasOwn(resources, id),
    hasParameter: (name) => Object.hasOwn(parameters, name),
    async parameter(name) {
      const { Type: type, Default: value } = parameters[name] ?? { Type: '' };
      if (value === undefined) throw new Error(`${stackName}: the parameter ${name} has no value`);
      if (type === 'String') return value;
      if (!type.startsWith('AWS::SSM::Parameter::Value<')) throw new Error(`${stackName}: the parameter ${name} is a ${type}, which is not read here`);
      const found = await options.readParameter(value);
      if (found === undefined) throw new Error(`${stackName}: ${value}, which it reads, was published by no stack before it`);
      return found;
    },
    async made(id) {
      const known = done.get(id);
      if (known !== undefined) return known;
      if (underWay.includes(id)) throw new Error(`${stackName}: ${[...underWay, id].join(' needs ')}`);
      underWay.push(id);
      const made = await make(id, resources[id] as TemplateResource);
      underWay.pop();
      done.set(id, made);
      return made;
    },
  };

  async function make(id: string, { Type: type, Properties: properties = {}, DependsOn: after = [] }: TemplateResource): Promise<Made> {
    for (const earlier of typeof after === 'string' ? [after] : after) await scope.made(earlier);
    const at = `${stackName}.${id}`;
    const resolved = (await resolveDynamic(await resolve(properties, scope, at), options.readSecret, at)) as Wanted['properties'];
    const made = await options.make({ stack: stackName, id, type, properties: resolved });
    if (made === undefined) throw new Error(`${stackName}.${id}: the local cloud has no ${type}`);
    return made;
  }

  for (const id of Object.keys(resources)) await scope.made(id);
}
