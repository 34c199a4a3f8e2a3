CREATE TABLE app_update (pid INTEGER PRIMARY KEY, bundle_id TEXT, install_date INTEGER);
CREATE TABLE job_software (pid INTEGER PRIMARY KEY, store_account_name TEXT);
INSERT INTO app_update VALUES (1, 'org.example.old', 1612325106);
INSERT INTO job_software VALUES (1, NULL), (2, 'person@example.org');
