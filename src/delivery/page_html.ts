/** Pages for people who get emails: no sign-in, no script, from 360 px on, in the colours their system has. */
export const page = (title: string, body: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><meta name="color-scheme" content="light dark"><title>${safe(title)}</title>
<style>
:root{color-scheme:light dark}
body{font:1.05rem/1.6 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-items:center}
main{box-sizing:border-box;width:100%;max-width:36rem;padding:1.5rem;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.2}
h2{font-size:1.15rem;line-height:1.3;margin:2rem 0 .5rem}
button{font:inherit;font-weight:600;padding:.7rem 1.4rem;border:0;border-radius:.5rem;background:#1c5fb0;color:#fff;cursor:pointer}
button.big{width:100%;padding:1rem 1.4rem}
button.quiet{background:none;color:inherit;border:1px solid currentColor}
button:focus-visible,input:focus-visible{outline:3px solid #4c8fd8;outline-offset:2px}
label{display:flex;gap:.75rem;align-items:center;min-height:2.75rem}
input[type=checkbox]{flex:none;width:1.3rem;height:1.3rem}
ul{list-style:none;margin:0 0 1rem;padding:0}
</style></head>
<body><main><h1>${safe(title)}</h1>${body}</main></body></html>`;

export const safe = (text: string) =>
  text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
