-- A store of one table and few columns; the same profile twice.
CREATE TABLE profiles (uuid TEXT, team_id TEXT);
INSERT INTO profiles VALUES ('U', 'EXAMPLE123'), ('U', 'EXAMPLE123');
