import classes from './SandboxedHtml.module.css';

// Inside the frame nothing runs and nothing but pictures is fetched, whatever an email carries.
const policy =
  '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data: https: http:; style-src \'unsafe-inline\'; font-src data:"><base target="_blank">';

interface Props {
  html: string;
  title: string;
  height?: number;
  /** As wide as its place without. */
  width?: number;
  /** What the mail program it is read in looks like. */
  scheme?: 'light' | 'dark';
}

/** The HTML of an email, drawn where it can do no harm. Emails are made for a white ground. */
export function SandboxedHtml({ html, title, height = 460, width, scheme = 'light' }: Props) {
  return (
    <div className={classes.place}>
      <iframe
        className={classes.frame}
        data-scheme={scheme}
        style={{ height, ...(width && { width }) }}
        title={title}
        sandbox="allow-popups"
        srcDoc={`${policy}<meta name="color-scheme" content="${scheme}">${inScheme(html, scheme)}`}
        referrerPolicy="no-referrer"
      />
    </div>
  );
}

/** A frame cannot be told what its reader prefers; so what asks for it is told here: always, or never. */
const inScheme = (html: string, scheme: 'light' | 'dark') =>
  html.replace(/\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)/gi, (_, asked: string) =>
    asked.toLowerCase() === scheme ? '(min-width: 0)' : '(max-width: 0)',
  );
