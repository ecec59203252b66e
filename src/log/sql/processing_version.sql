SELECT max(version) AS version FROM processing_versions
