import classes from './SandboxedHtml.module.css';

// Inside the frame nothing runs and nothing but pictures is fetched, whatever an email carries.
const policy =
  '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data: https: http:; style-src \'unsafe-inline\'; font-src data:"><base target="_blank">';

interface Props {
  html: string;
  title: string;
  height?: number;
}

/** The HTML of an email, drawn where it can do no harm. Emails are made for a white ground. */
export function SandboxedHtml({ html, title, height = 460 }: Props) {
  return (
    <iframe
      className={classes.frame}
      style={{ height }}
      title={title}
      sandbox="allow-popups"
      srcDoc={`${policy}${html}`}
      referrerPolicy="no-referrer"
    />
  );
}
