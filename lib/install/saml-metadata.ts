import { X509Certificate } from 'node:crypto';

const ASIDE = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[[\s\S]*?\]\]>|<!DOCTYPE/.source;
const CLOSING = /<\/([\w.:-]+)\s*>/.source;
const OPENING = /<([\w.:-]+)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/.source;
const TOKEN = new RegExp(`${ASIDE}|${CLOSING}|${OPENING}|[^<]+|<`, 'g');

interface Element {
  readonly name: string;
  readonly attributes: string;
  text: string;
  readonly children: Element[];
}

/** The root element, or undefined for what is no well-formed document. A document type is refused: nothing here needs entities. */
function parse(xml: string): Element | undefined {
  const root: Element = { name: '', attributes: '', text: '', children: [] };
  const open: Element[] = [root];
  for (const [token, closing, opening, attributes = '', selfClosed] of xml.matchAll(TOKEN)) {
    const parent = open.at(-1);
    if (parent === undefined || token === '<' || token === '<!DOCTYPE') return undefined;
    if (closing !== undefined) {
      if (open.length < 2 || parent.name !== closing) return undefined;
      open.pop();
    } else if (opening !== undefined) {
      const element: Element = { name: opening, attributes, text: '', children: [] };
      parent.children.push(element);
      if (selfClosed === '') open.push(element);
    } else if (!token.startsWith('<')) parent.text += token;
  }
  return open.length === 1 && root.children.length === 1 && root.text.trim() === '' ? root.children[0] : undefined;
}

const localName = ({ name }: Element): string => name.split(':').at(-1) ?? '';
const below = (element: Element, name: string): readonly Element[] => element.children.flatMap((child) => [
  ...(localName(child) === name ? [child] : []),
  ...below(child, name),
]);

function isCertificate(base64: string): boolean {
  try {
    return new X509Certificate(Buffer.from(base64.replace(/\s/g, ''), 'base64')).raw.length > 0;
  } catch {
    return false;
  }
}

/** What is wrong with an identity provider's description, or undefined. */
export function samlMetadataFault(xml: string): string | undefined {
  if (Buffer.byteLength(xml) > 256 * 1024) return 'is larger than 256 KiB';
  const root = parse(xml.trim());
  if (root === undefined) return 'is not well-formed XML without a document type';
  const entities = [...(localName(root) === 'EntityDescriptor' ? [root] : []), ...below(root, 'EntityDescriptor')];
  if (entities.length === 0) return 'holds no EntityDescriptor';
  const signing = entities.flatMap((entity) => below(entity, 'KeyDescriptor')).filter(({ attributes }) => !/\buse\s*=\s*["']encryption["']/.test(attributes));
  if (!signing.flatMap((key) => below(key, 'X509Certificate')).some(({ text }) => isCertificate(text))) return 'holds no signing certificate';
  return undefined;
}
