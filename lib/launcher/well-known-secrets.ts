import { MASK } from './mask.ts';

const FORMATS: readonly RegExp[] = [
  // AWS access key id
  /\b(?:A3T[A-Z0-9]|AKIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ASIA)[A-Z0-9]{16}\b/g,
  // GitHub tokens: personal (classic, fine-grained), OAuth, app and refresh
  /\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{36,251}\b/g,
  /\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b/g,
  // JSON web token
  /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*/g,
  // Slack
  /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g,
  // Azure AD client secret: three characters, a digit, Q~, and 31 to 34 more
  /(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~.-])/g,
];
const AZURE_CONNECTION = /\b((?:AccountKey|SharedAccessKey|SharedAccessSignature)=)[^;\s"']+/g;
const KEY_BEGIN = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/;
const KEY_END = /-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/;

/** Masks secrets by their looks, line by line; private keys span lines, so one instance reads one stream in order. */
export class WellKnownMasker {
  #inKey = false;

  line(text: string): string {
    let rest = text;
    let out = '';
    for (;;) {
      if (this.#inKey) {
        const end = KEY_END.exec(rest);
        if (!end) return `${out}${MASK}`;
        this.#inKey = false;
        out += MASK;
        rest = rest.slice(end.index + end[0].length);
      }
      const begin = KEY_BEGIN.exec(rest);
      if (!begin) return out + maskFormats(rest);
      out += maskFormats(rest.slice(0, begin.index));
      rest = rest.slice(begin.index + begin[0].length);
      this.#inKey = true;
    }
  }
}

function maskFormats(text: string): string {
  let masked = text.replace(AZURE_CONNECTION, `$1${MASK}`);
  for (const format of FORMATS) masked = masked.replace(format, MASK);
  return masked;
}
