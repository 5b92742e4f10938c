/** Equal to package.json (a test holds them together): reading that file at start would cost time and a path. */
export const version = '0.1.0'
