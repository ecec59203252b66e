// The two packages carry no types. Only what is used here.
declare module 'mjml-core' {
  interface MjmlOptions {
    presets: unknown[];
    ignoreIncludes: boolean;
    fonts: Record<string, string>;
    keepComments: boolean;
    validationLevel: 'soft';
  }
  interface MjmlError {
    line: number;
    message: string;
    tagName: string;
  }
  const core: { default(mjml: string, options: MjmlOptions): Promise<{ html: string; errors: MjmlError[] }> };
  export default core;
}
declare module 'mjml-preset-core' {
  const preset: unknown;
  export default preset;
}
