import classes from './Sidebar.module.css';

/** The mark: two circles that meet. */
export function Brand() {
  return (
    <span className={classes.brand}>
      <svg viewBox="0 0 32 24" width="32" height="24" aria-hidden="true">
        <circle cx="11.5" cy="12" r="8" fill="none" stroke="#8fd0b8" strokeWidth="3" />
        <circle cx="20.5" cy="12" r="8" fill="none" stroke="#f2b441" strokeWidth="3" />
      </svg>
      Rapport
    </span>
  );
}
