/** JSON as this project keeps it in files: two spaces, a newline at the end; the order of keys is the value's. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
