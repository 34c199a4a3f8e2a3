-- Neither of the tables of pictures.
CREATE TABLE other (a);
