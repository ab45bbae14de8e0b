import { resolve, resolveDynamic, type Made, type Scope, type Template, type TemplateResource } from './template.ts';
import { takenNames } from './taken-names.ts';

/** A resource with its properties as the service gets them. */
export interface Wanted {
  readonly stack: string;
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface NamedTemplate {
  readonly name: string;
  readonly template: Template;
}

export interface DeploymentOptions {
  readonly pseudo: Readonly<Record<string, string>>;
  /** Makes a resource; undefined for a type that it does not know. */
  readonly make: (wanted: Wanted) => Promise<Made | undefined>;
  /** Takes a resource away; false for a type that it does not know. */
  readonly remove: (wanted: Wanted, made: Made) => Promise<boolean>;
  /** The value of a parameter of SSM; undefined when it does not exist. */
  readonly readParameter: (name: string) => Promise<string | undefined>;
  /** A value of a secret that is a JSON document. */
  readonly readSecret: (secretId: string, key: string) => Promise<string>;
}

export interface Deployments {
  /**
   * Makes what templates describe, stack by stack: what a reference names is made before what refers to it. A stack that is there keeps what it
   * has, as long as that is wanted the same; answers how many resources were made.
   */
  deploy(stacks: readonly NamedTemplate[]): Promise<number>;
  /** Takes a stack away, last made first, and leaves what its template retains; false when there is none. */
  remove(stackName: string): Promise<boolean>;
  has(stackName: string): boolean;
}

/** What a stack has made of a resource, and what for, secrets not yet put in. */
interface Standing {
  readonly wanted: Wanted;
  readonly made: Made;
  readonly retained: boolean;
}

const RETAINED = ['Retain', 'RetainExceptOnCreate'];

export function deployments(options: DeploymentOptions): Deployments {
  const stacks = new Map<string, Map<string, Standing>>();
  const names = takenNames();

  async function deployStack({ name: stackName, template: { Resources: resources, Parameters: parameters = {} } }: NamedTemplate): Promise<number> {
    const before = stacks.get(stackName) ?? new Map<string, Standing>();
    const standing = new Map<string, Standing>();
    const underWay: string[] = [];
    let count = 0;

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
        const known = standing.get(id);
        if (known !== undefined) return known.made;
        if (underWay.includes(id)) throw new Error(`${stackName}: ${[...underWay, id].join(' needs ')}`);
        underWay.push(id);
        const stands = await stand(id, resources[id] as TemplateResource);
        underWay.pop();
        standing.set(id, stands);
        return stands.made;
      },
    };

    async function stand(id: string, resource: TemplateResource): Promise<Standing> {
      const { Type: type, Properties: properties = {}, DependsOn: after = [], DeletionPolicy: policy = 'Delete' } = resource;
      for (const earlier of typeof after === 'string' ? [after] : after) await scope.made(earlier);
      const at = `${stackName}.${id}`;
      const wanted: Wanted = { stack: stackName, id, type, properties: (await resolve(properties, scope, at)) as Wanted['properties'] };
      const known = before.get(id);
      if (known !== undefined && JSON.stringify(known.wanted) === JSON.stringify(wanted)) return known;
      if (known !== undefined) throw new Error(`${at}: the local cloud does not change a ${type} that is there`);
      names.take(wanted);
      const resolved = (await resolveDynamic(wanted.properties, options.readSecret, at)) as Wanted['properties'];
      const made = await options.make({ ...wanted, properties: resolved });
      if (made === undefined) throw new Error(`${at}: the local cloud has no ${type}`);
      count += 1;
      return { wanted, made, retained: RETAINED.includes(policy) };
    }

    stacks.set(stackName, standing);
    for (const id of Object.keys(resources)) await scope.made(id);
    return count;
  }

  return {
    async deploy(wanted) {
      let count = 0;
      for (const stack of wanted) count += await deployStack(stack);
      return count;
    },
    async remove(stackName) {
      const standing = stacks.get(stackName);
      if (standing === undefined) return false;
      for (const { wanted, made, retained } of [...standing.values()].reverse()) {
        // Its name stays taken as well.
        if (retained) continue;
        if (!(await options.remove(wanted, made))) throw new Error(`${stackName}.${wanted.id}: the local cloud does not take a ${wanted.type} away`);
        names.free(wanted);
      }
      stacks.delete(stackName);
      return true;
    },
    has: (stackName) => stacks.has(stackName),
  };
}
