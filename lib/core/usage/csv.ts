type Value = string | number | boolean | null;

/** One line of comma-separated values, its end included; what would break the line is quoted. */
export const csvLine = (values: readonly Value[]): string => `${values.map(field).join(',')}\n`;

function field(value: Value): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
