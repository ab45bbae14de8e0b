/** A resource of a template as it was synthesised, references and all. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
}

export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Type: string; readonly Default?: string }>>;
}

/** What became of a resource: what `Ref` and `Fn::GetAtt` answer with. */
export interface Made {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What a template's references lead to. */
export interface Scope {
  readonly stackName: string;
  readonly pseudo: Readonly<Record<string, string>>;
  made(id: string): Promise<Made>;
  parameter(name: string): Promise<string>;
  has(id: string): boolean;
  hasParameter(name: string): boolean;
}

/** Stands for a property that is left out. */
const NO_VALUE = Symbol('no value');

type Json = Readonly<Record<string, unknown>>;

/** A value with every reference replaced by what it names; what cannot be resolved is an error that says where. */
export async function resolve(value: unknown, scope: Scope, at: string): Promise<unknown> {
  const resolved = await resolveValue(value, scope, at);
  return resolved === NO_VALUE ? undefined : resolved;
}

async function resolveValue(value: unknown, scope: Scope, at: string): Promise<unknown> {
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const [index, item] of value.entries()) items.push(await resolveValue(item, scope, `${at}[${index}]`));
    return items.filter((item) => item !== NO_VALUE);
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined && (only[0] === 'Ref' || only[0].startsWith('Fn::'))) return intrinsic(only[0], only[1], scope, at);
  const resolved: Record<string, unknown> = {};
  for (const [key, inner] of entries) {
    const result = await resolveValue(inner, scope, `${at}.${key}`);
    if (result !== NO_VALUE) resolved[key] = result;
  }
  return resolved;
}

async function reference(name: string, scope: Scope, at: string): Promise<unknown> {
  if (name === 'AWS::NoValue') return NO_VALUE;
  if (name === 'AWS::StackName') return scope.stackName;
  const pseudo = scope.pseudo[name];
  if (pseudo !== undefined) return pseudo;
  if (scope.hasParameter(name)) return scope.parameter(name);
  if (scope.has(name)) return (await scope.made(name)).ref;
  throw new Error(`${at}: nothing in ${scope.stackName} is named ${name}`);
}

async function attribute(id: string, name: string, scope: Scope, at: string): Promise<string> {
  if (!scope.has(id)) throw new Error(`${at}: nothing in ${scope.stackName} is named ${id}`);
  const { [name]: found } = (await scope.made(id)).attributes;
  if (found === undefined) throw new Error(`${at}: ${id} has no attribute ${name} here`);
  return found;
}

const text = (value: unknown, at: string): string => {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`${at}: ${JSON.stringify(value)} is no text`);
};

async function substitute(template: string, own: Json, scope: Scope, at: string): Promise<string> {
  let result = '';
  let from = 0;
  for (const match of template.matchAll(/\$\{(!?)([^}]+)\}/g)) {
    const [whole, literal, name = ''] = match;
    result += template.slice(from, match.index);
    from = match.index + whole.length;
    const [id = '', ...path] = name.split('.');
    if (literal === '!') result += `\${${name}}`;
    else if (name in own) result += text(own[name], at);
    else result += text(path.length > 0 ? await attribute(id, path.join('.'), scope, at) : await reference(name, scope, at), at);
  }
  return result + template.slice(from);
}

async function intrinsic(name: string, given: unknown, scope: Scope, at: string): Promise<unknown> {
  const argument = name === 'Ref' ? given : await resolveValue(given, scope, at);
  switch (name) {
    case 'Ref':
      return reference(given as string, scope, at);
    case 'Fn::GetAtt': {
      const [id = '', ...path] = typeof argument === 'string' ? argument.split('.') : (argument as readonly string[]);
      return attribute(id, path.join('.'), scope, at);
    }
    case 'Fn::Join': {
      const [between, parts] = argument as readonly [string, readonly unknown[]];
      return parts.map((part) => text(part, at)).join(between);
    }
    case 'Fn::Sub': {
      const [template, own] = typeof argument === 'string' ? [argument, {}] : (argument as readonly [string, Json]);
      return substitute(template, own, scope, at);
    }
    case 'Fn::Split': {
      const [between, whole] = argument as readonly [string, unknown];
      return text(whole, at).split(between);
    }
    case 'Fn::Select': {
      const [index, list] = argument as readonly [number | string, readonly unknown[]];
      const found = list[Number(index)];
      if (found === undefined) throw new Error(`${at}: nothing stands at ${index}`);
      return found;
    }
    case 'Fn::GetAZs':
      return ['a', 'b', 'c'].map((zone) => `${text(argument === '' ? scope.pseudo['AWS::Region'] : argument, at)}${zone}`);
    default:
      throw new Error(`${at}: ${name} is not resolved here`);
  }
}

/** `{{resolve:secretsmanager:…}}` in finished texts, which `read` knows the secrets for; any other kind is refused. */
export async function resolveDynamic(value: unknown, read: (secretId: string, key: string) => Promise<string>, at: string): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((item) => resolveDynamic(item, read, at)));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(async ([key, inner]) => [key, await resolveDynamic(inner, read, `${at}.${key}`)] as const);
    return Object.fromEntries(await Promise.all(entries));
  }
  if (typeof value !== 'string' || !value.includes('{{resolve:')) return value;
  let result = value;
  for (const [whole, secretId = '', key = ''] of value.matchAll(/\{\{resolve:secretsmanager:(.+?):SecretString:(\w+)(?:::)?\}\}/g))
    result = result.replace(whole, await read(secretId, key));
  if (result.includes('{{resolve:')) throw new Error(`${at}: this dynamic reference is not resolved here: ${value}`);
  return result;
}
