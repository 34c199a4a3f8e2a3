-- A store with none of the tables.
CREATE TABLE other (a);
