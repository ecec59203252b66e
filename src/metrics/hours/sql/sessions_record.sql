-- Sessions hold what arrived up to then.
INSERT INTO session_builds (watermark) SELECT {watermark:DateTime64(3, 'UTC')}
